package dev.dibs.it.mutants;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.dibs.TaskQueue;
import dev.dibs.it.Db;
import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.testkit.DibsPostgres;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Where scenes are played: one server and one pool for all of them, an empty table for each, and
 * whatever runs beside a scene until it is over.
 */
final class Ground implements AutoCloseable {
  private static final int CONNECTIONS = 40;
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** Something that runs again and again beside a scene. */
  interface Beside {
    void turn() throws Exception;
  }

  private final DibsPostgres postgres;
  private final HikariDataSource pool;
  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  Ground(DibsPostgres postgres) throws SQLException {
    this.postgres = postgres;
    this.pool = pool(CONNECTIONS, 5, "");
    // Statistics change only when a scene has them made.
    Db.execute(pool, "ALTER TABLE tasks SET (autovacuum_enabled = off)");
  }

  private HikariDataSource pool(int size, int prepareThreshold, String options)
      throws SQLException {
    PGSimpleDataSource source = postgres.dataSource().unwrap(PGSimpleDataSource.class);
    source.setCurrentSchema(postgres.schema());
    source.setPrepareThreshold(prepareThreshold);
    source.setOptions(options);
    HikariConfig config = new HikariConfig();
    config.setDataSource(source);
    config.setMaximumPoolSize(size);
    config.setConnectionTimeout(PATIENCE.toMillis());
    return new HikariDataSource(config);
  }

  DibsPostgres postgres() {
    return postgres;
  }

  String schema() {
    return postgres.schema();
  }

  /** Connections whose search path is the schema of the tasks. */
  DataSource dataSource() {
    return pool;
  }

  /** The queue without any mistake, as a process of its own would make it. */
  TaskQueue queue() {
    return queue(pool);
  }

  /** The queue without any mistake on connections of a scene's own. */
  TaskQueue queue(DataSource dataSource) {
    return PostgresTaskQueue.create(dataSource, schema());
  }

  /**
   * Connections of the scene's own with these server settings; every statement is prepared and its
   * plan kept from the first execution on, unless it forbids that.
   */
  DataSource connections(int size, String options) throws SQLException {
    return closing(pool(size, 1, options));
  }

  /** Has it closed with the scene. */
  <T extends AutoCloseable> T closing(T resource) {
    open.push(resource);
    return resource;
  }

  /** Lets it take turns in a thread of its own, a moment apart, until the scene is over. */
  void beside(String name, Beside beside) {
    CountDownLatch stop = new CountDownLatch(1);
    AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                while (!stop.await(5, TimeUnit.MILLISECONDS)) {
                  beside.turn();
                }
              } catch (Exception e) {
                failure.set(e);
              }
            },
            name);
    thread.setDaemon(true);
    thread.start();
    closing(
        () -> {
          stop.countDown();
          thread.join(PATIENCE.toMillis());
          Exception failed = failure.get();
          if (failed != null) {
            throw new IllegalStateException(name + " could not go on", failed);
          }
        });
  }

  /** Empties the table. */
  void clear() throws SQLException {
    Db.execute(pool, "SET lock_timeout = '20s'", "TRUNCATE tasks", "RESET lock_timeout");
  }

  /** Ends what runs beside the scene. */
  void endScene() throws Exception {
    while (!open.isEmpty()) {
      open.pop().close();
    }
  }

  @Override
  public void close() {
    pool.close();
  }
}
