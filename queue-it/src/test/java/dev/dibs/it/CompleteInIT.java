package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.zaxxer.hikari.HikariDataSource;
import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.DatabaseException;
import dev.dibs.Handler;
import dev.dibs.LeaseLostException;
import dev.dibs.RetryPolicy;
import dev.dibs.Status;
import dev.dibs.TaskQueue;
import dev.dibs.Worker;
import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.testkit.DibsPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

/** A handler's own writes and the completion of its task in one transaction. */
@Timeout(60)
class CompleteInIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  private TaskQueue queue;

  @BeforeEach
  void empty() throws SQLException {
    try (Connection connection = postgres.connect()) {
      Db.execute(
          connection,
          "TRUNCATE tasks",
          "CREATE TABLE IF NOT EXISTS effects (id uuid)",
          "TRUNCATE effects");
    }
    queue = PostgresTaskQueue.create(postgres.dataSource(), postgres.schema());
  }

  @Test
  void transaction_committed_effectAndCompletionAreThere() throws Exception {
    UUID id = queue.enqueue("a", "1");
    run(1, task -> effect(task, Connection::commit));
    assertThat(queue.find(id).orElseThrow().status()).isEqualTo(Status.COMPLETED);
    assertThat(queue.errors(id)).isEmpty();
    assertThat(effects()).isEqualTo(1);
  }

  @Test
  void transaction_rolledBackAndHandlerReturns_isAFailedAttempt() throws Exception {
    UUID id = queue.enqueue("a", "1");
    run(2, task -> effect(task, task.attempt() == 1 ? Connection::rollback : Connection::commit));
    assertThat(queue.find(id).orElseThrow().status()).isEqualTo(Status.COMPLETED);
    assertThat(queue.errors(id)).hasSize(1);
    assertThat(queue.errors(id).get(0).error()).contains("completeIn was not committed");
    assertThat(effects()).isEqualTo(1);
  }

  @Test
  void handler_throwsBeforeItCommits_failureIsRecordedAndNothingElse() throws Exception {
    UUID id = queue.enqueue("a", "1");
    run(
        2,
        task ->
            effect(
                task,
                connection -> {
                  if (task.attempt() == 1) {
                    throw new IllegalStateException("on purpose");
                  }
                  connection.commit();
                }));
    assertThat(queue.find(id).orElseThrow().status()).isEqualTo(Status.COMPLETED);
    assertThat(queue.errors(id).get(0).error()).contains("on purpose");
    assertThat(effects()).isEqualTo(1);
  }

  @Test
  void handler_throwsAfterItCommitted_taskStaysCompleted() throws Exception {
    UUID id = queue.enqueue("a", "1");
    run(
        1,
        task -> {
          effect(task, Connection::commit);
          throw new IllegalStateException("too late to matter");
        });
    assertThat(queue.find(id).orElseThrow().status()).isEqualTo(Status.COMPLETED);
    assertThat(queue.errors(id)).isEmpty();
  }

  @Test
  void claim_lostItsLease_isRefusedAndTheTransactionGoesOn() throws Exception {
    queue.enqueue("a", "1");
    Claim stale = queue.claim(ClaimRequest.of("a").lease(Duration.ofMillis(1))).get(0);
    Claim fresh = claimExpired();
    try (Connection connection = begin()) {
      assertThatExceptionOfType(LeaseLostException.class)
          .isThrownBy(() -> stale.completeIn(connection));
      assertThat(Db.query(connection, "SELECT 1")).isEqualTo("1");
      fresh.completeIn(connection);
      assertThat(queue.counts()).containsEntry(Status.PROCESSING, 1L);
      connection.commit();
    }
    assertThat(queue.counts()).containsEntry(Status.COMPLETED, 1L);
  }

  /** The renewal changed the row since the snapshot was taken. */
  @ParameterizedTest
  @ValueSource(ints = {Connection.TRANSACTION_REPEATABLE_READ, Connection.TRANSACTION_SERIALIZABLE})
  void snapshot_olderThanARenewal_isATransientErrorAndTheNextTransactionWorks(int isolation)
      throws Exception {
    queue.enqueue("a", "1");
    Claim claim = queue.claim(ClaimRequest.of("a")).get(0);
    try (Connection connection = begin()) {
      connection.setTransactionIsolation(isolation);
      Db.query(connection, "SELECT count(*) FROM tasks");
      claim.extend(Duration.ofMinutes(1));
      assertThatExceptionOfType(DatabaseException.class)
          .isThrownBy(() -> claim.completeIn(connection))
          .matches(DatabaseException::isTransient)
          .matches(e -> ((SQLException) e.getCause()).getSQLState().equals("40001"));
      connection.rollback();
      claim.completeIn(connection);
      connection.commit();
    }
    assertThat(queue.counts()).containsEntry(Status.COMPLETED, 1L);
  }

  /**
   * While one handler holds its completion open for many leases, the others keep theirs. What a
   * renewal does that waits for the row is in the catalogue of mutants.
   */
  @Test
  void openTransaction_ofOneHandler_costsNoOtherItsLease() throws Exception {
    UUID holder = queue.enqueue("a", "\"hold\"");
    CountDownLatch held = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    try (Worker worker =
        Worker.builder(queue).concurrency(5).lease(Duration.ofMillis(600)).build()) {
      worker.register(
          "a",
          task -> {
            if (task.id().equals(holder)) {
              effect(
                  task,
                  connection -> {
                    held.countDown();
                    await(end);
                    connection.commit();
                  });
            } else {
              await(end);
            }
          });
      worker.start();
      await(held);
      List<UUID> others = queue.enqueueAll("a", Collections.nCopies(3, "1"));
      awaitRow(
          "SELECT count(*) = 3 FROM tasks WHERE status = 'processing' AND id <> '%s'"
              .formatted(holder));
      // Three leases later, by the database's clock.
      awaitRow(
          "SELECT clock_timestamp() > max(started_at) + interval '1800 ms' FROM tasks"
              + " WHERE id <> '%s'".formatted(holder));
      List<Claim> stolen = queue.claim(ClaimRequest.of("a").limit(10));
      end.countDown();
      assertThat(stolen).isEmpty();
      worker.close();
      assertThat(queue.counts()).containsEntry(Status.COMPLETED, 1L + others.size());
      assertThat(effects()).isEqualTo(1);
    }
  }

  /** The server ends connections all the time; whatever is repeated, each effect is there once. */
  @Test
  void effects_underTerminatedBackends_happenOnce() throws Exception {
    PGSimpleDataSource named = postgres.dataSource().unwrap(PGSimpleDataSource.class);
    String application = "effects " + postgres.schema();
    named.setApplicationName(application);
    int tasks = 300;
    try (HikariDataSource pool = new HikariDataSource();
        Connection operator = postgres.connect()) {
      pool.setDataSource(named);
      pool.setMaximumPoolSize(6);
      TaskQueue pooled = PostgresTaskQueue.create(pool, postgres.schema());
      queue.enqueueAll("a", Collections.nCopies(tasks, "1"));
      try (Worker worker =
          Worker.builder(pooled)
              .concurrency(4)
              .lease(Duration.ofSeconds(1))
              .retry(RetryPolicy.fixed(Duration.ofMillis(10)))
              .build()) {
        worker.register(
            "a",
            task -> {
              try (Connection connection = pool.getConnection()) {
                connection.setAutoCommit(false);
                Db.execute(
                    connection,
                    "INSERT INTO %s.effects VALUES ('%s')".formatted(postgres.schema(), task.id()));
                task.completeIn(connection);
                connection.commit();
              }
            });
        worker.start();
        for (int done = 0; done < tasks; done += 20) {
          awaitRow("SELECT count(*) >= " + done + " FROM effects");
          Db.execute(
              operator,
              "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '"
                  + application
                  + "'");
        }
        awaitRow("SELECT count(*) = " + tasks + " FROM tasks WHERE status = 'completed'");
      } finally {
        named.setApplicationName(null);
      }
    }
    assertThat(effects()).isEqualTo(tasks);
    assertThat(count("DISTINCT id")).isEqualTo(tasks);
  }

  /** How a transaction ends. */
  private interface End {
    void of(Connection connection) throws Exception;
  }

  private static void effect(Claim task, End end) throws Exception {
    try (Connection connection = begin()) {
      Db.execute(
          connection,
          "INSERT INTO %s.effects VALUES ('%s')".formatted(postgres.schema(), task.id()));
      task.completeIn(connection);
      end.of(connection);
    }
  }

  private static Connection begin() throws SQLException {
    Connection connection = postgres.connect();
    connection.setAutoCommit(false);
    return connection;
  }

  /** Runs a worker until so many attempts have begun, and closes it. */
  private void run(int attempts, Handler handler) throws Exception {
    CountDownLatch begun = new CountDownLatch(attempts);
    try (Worker worker = Worker.builder(queue).retry(RetryPolicy.fixed(Duration.ZERO)).build()) {
      worker.register(
          "a",
          task -> {
            begun.countDown();
            handler.handle(task);
          });
      worker.start();
      await(begun);
    }
  }

  private Claim claimExpired() {
    List<Claim> claims = List.of();
    while (claims.isEmpty()) {
      claims = queue.claim(ClaimRequest.of("a"));
    }
    return claims.get(0);
  }

  private static void await(CountDownLatch latch) throws InterruptedException {
    assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
  }

  private static void awaitRow(String sql) throws SQLException {
    try (Connection connection = postgres.connect()) {
      Db.await(connection, sql);
    }
  }

  private static long effects() throws SQLException {
    return count("*");
  }

  private static long count(String what) throws SQLException {
    try (Connection connection = postgres.connect()) {
      return Long.parseLong(Db.query(connection, "SELECT count(" + what + ") FROM effects"));
    }
  }
}
