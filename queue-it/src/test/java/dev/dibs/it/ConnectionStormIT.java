package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.dibs.ClaimUpdate;
import dev.dibs.NewTask;
import dev.dibs.RetryPolicy;
import dev.dibs.Status;
import dev.dibs.Task;
import dev.dibs.TaskQueue;
import dev.dibs.Worker;
import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.jdbc.Schema;
import dev.dibs.testkit.DibsPostgres;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.ds.PGSimpleDataSource;

/** Fewer connections than are asked for: of the server, and of a pool. */
@Timeout(300)
class ConnectionStormIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  private static final int MAX_CONNECTIONS = 20;

  /**
   * Five workers without a pool want three connections each (15) and one for each of their seven
   * handlers (35); two more have pools of five (10), which their handlers use too.
   */
  @Test
  void connections_threeTimesWhatTheServerHas_allTasksAreHandled() throws Exception {
    int tasks = TestSize.of(500, 20_000);
    try (EmbeddedPostgres server =
        EmbeddedPostgres.builder()
            .setServerConfig("max_connections", Integer.toString(MAX_CONNECTIONS))
            .start()) {
      DataSource operator = server.getPostgresDatabase();
      // Not a superuser, for whom the server keeps a few connections free.
      Db.execute(operator, "CREATE ROLE app LOGIN", "CREATE SCHEMA dibs AUTHORIZATION app");
      Counting source = new Counting();
      source.setUrl("jdbc:postgresql://localhost:" + server.getPort() + "/postgres?user=app");
      Schema.install(source, "dibs");
      TaskQueue producer = PostgresTaskQueue.create(source, "dibs");
      producer.enqueueAll(
          Stream.generate(() -> NewTask.of("a", "1").maxAttempts(1000)).limit(tasks).toList());
      List<Worker> workers = new ArrayList<>();
      try (Connection watcher = operator.getConnection();
          HikariDataSource one = pool(source, 5);
          HikariDataSource two = pool(source, 5);
          AutoCloseable all = () -> workers.forEach(Worker::close)) {
        for (DataSource each : List.of(source, source, source, source, source, one, two)) {
          Worker worker =
              Worker.builder(PostgresTaskQueue.create(each, "dibs"))
                  .concurrency(7)
                  .retry(RetryPolicy.exponential(Duration.ofMillis(20), Duration.ofMillis(200)))
                  .build();
          workers.add(
              worker.register("a", task -> Db.query(each, "SELECT pg_sleep(0.02)")).start());
        }
        String open = "SELECT pg_sleep(0.1) FROM dibs.tasks WHERE status <> 'completed' LIMIT 1";
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(4);
        while (Db.query(watcher, open) != null) {
          assertThat(System.nanoTime()).as("time to complete them all").isLessThan(end);
        }
      }
      System.out.printf(
          "connections: %d tasks, all completed; 60 asked for, %d there, %d times refused%n",
          tasks, MAX_CONNECTIONS, source.refused.get());
      assertThat(source.refused).as("the server had too few").hasPositiveValue();
      assertThat(producer.counts()).containsEntry(Status.COMPLETED, (long) tasks);
    }
  }

  /**
   * The only connection of the pool is held by a handler, until a claim and a renewal have failed
   * for want of it. The lease is long enough that the next renewal comes in time.
   */
  @Test
  void pool_heldByAHandlerBeyondItsTimeout_workerGoesOnAndKeepsItsLeases() throws Exception {
    try (HikariDataSource pool = pool(postgres.dataSource(), 1)) {
      WatchedQueue queue = new WatchedQueue(PostgresTaskQueue.create(pool, postgres.schema()));
      queue.enqueue("hog", "1");
      List<UUID> neighbours = queue.enqueueAll("neighbour", Collections.nCopies(5, "1"));
      CountDownLatch running = new CountDownLatch(neighbours.size());
      CountDownLatch renewed = new CountDownLatch(1);
      try (Worker worker =
          Worker.builder(queue).concurrency(8).lease(Duration.ofSeconds(9)).build()) {
        worker.register(
            "hog",
            task -> {
              running.await();
              try (Connection connection = pool.getConnection()) {
                Db.query(connection, "SELECT 1");
                queue.awaitFailure(WatchedQueue.Failure::isClaim);
                queue.awaitFailure(failure -> failure.isOf(ClaimUpdate.Extend.class));
              }
            });
        worker.register(
            "neighbour",
            task -> {
              running.countDown();
              renewed.await();
            });
        worker.start();
        queue.awaitCompleted(1);
        int before = queue.renewals();
        queue.awaitRenewals(before + neighbours.size());
        renewed.countDown();
        queue.awaitCompleted(1 + neighbours.size());
        List<UUID> later = queue.enqueueAll("neighbour", Collections.nCopies(20, "1"));
        queue.awaitCompleted(1 + neighbours.size() + later.size());
      }
      assertThat(neighbours)
          .extracting(id -> queue.find(id).map(Task::attempt).orElseThrow())
          .as("no lease was lost")
          .containsOnly(1);
    }
  }

  private static HikariDataSource pool(DataSource source, int size) {
    HikariDataSource pool = new HikariDataSource();
    pool.setDataSource(source);
    pool.setMaximumPoolSize(size);
    pool.setConnectionTimeout(250);
    return pool;
  }

  /** Counts how often the server had no connection to give. */
  private static final class Counting extends PGSimpleDataSource {
    private static final long serialVersionUID = 1L;

    private final AtomicInteger refused = new AtomicInteger();

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
      try {
        return super.getConnection(user, password);
      } catch (SQLException e) {
        if ("53300".equals(e.getSQLState())) {
          refused.incrementAndGet();
        }
        throw e;
      }
    }
  }
}
