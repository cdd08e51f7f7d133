package dev.dibs.it;

import com.zaxxer.hikari.HikariDataSource;
import dev.dibs.TaskQueue;
import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.testkit.DibsPostgres;
import dev.dibs.testkit.contract.TaskQueueContract;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The contract, in a schema in which others have put operators and functions of their own. */
class PostgresTaskQueueContractIT implements TaskQueueContract {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  /** What lies behind the cursor is found within 10 s; the rest is for a busy machine. */
  private static final Duration FOUND_WITHIN = Duration.ofSeconds(15);

  private static HikariDataSource pool;
  private static TasksTable table;

  private TaskQueue queue;

  @BeforeAll
  static void openPool() {
    pool = new HikariDataSource();
    pool.setDataSource(postgres.dataSource());
    pool.setMaximumPoolSize(6);
    table = new TasksTable(pool, postgres.schema());
    Traps.lay(pool, postgres.schema());
  }

  @AfterAll
  static void closePool() {
    pool.close();
  }

  @BeforeEach
  void beginEmpty() {
    table.clear();
    queue = PostgresTaskQueue.create(pool, postgres.schema());
  }

  @Override
  public TaskQueue queue() {
    return queue;
  }

  @Override
  public void forward(Duration time) {
    table.moveBack(time);
  }

  @Override
  public void inTransaction(Consumer<Connection> work) {
    try (Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      work.accept(connection);
      connection.commit();
    } catch (SQLException e) {
      throw new IllegalStateException("the transaction could not be committed", e);
    }
  }

  @Override
  public boolean soon(BooleanSupplier condition) {
    long begun = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - begun > FOUND_WITHIN.toNanos()) {
        return false;
      }
      CompletableFuture.runAsync(
              () -> {}, CompletableFuture.delayedExecutor(20, TimeUnit.MILLISECONDS))
          .join();
    }
    return true;
  }
}
