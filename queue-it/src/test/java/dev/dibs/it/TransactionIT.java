package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.DatabaseException;
import dev.dibs.NewTask;
import dev.dibs.SetupException;
import dev.dibs.Status;
import dev.dibs.TaskQueue;
import dev.dibs.jdbc.Doctor;
import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.jdbc.Schema;
import dev.dibs.testkit.DibsPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import javax.sql.DataSource;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.transaction.support.TransactionTemplate;

/** Callers' transactions, also as Spring and jOOQ manage them, and at every isolation level. */
@Timeout(60)
class TransactionIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  private final DataSource dataSource = postgres.dataSource();
  private final TransactionTemplate spring =
      new TransactionTemplate(new DataSourceTransactionManager(dataSource));
  private final DSLContext jooq = DSL.using(dataSource, SQLDialect.POSTGRES);
  private TaskQueue queue;

  @BeforeEach
  void empty() throws SQLException {
    try (Connection connection = postgres.connect()) {
      Db.execute(connection, "TRUNCATE tasks");
    }
    queue = PostgresTaskQueue.create(dataSource, postgres.schema());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void spring_enqueueAndCompleteIn_goWithItsTransaction(boolean commit) {
    Claim claim = claimed();
    spring.executeWithoutResult(
        status -> {
          Connection connection = DataSourceUtils.getConnection(dataSource);
          queue.within(connection).enqueue("b", "1");
          claim.completeIn(connection);
          DataSourceUtils.releaseConnection(connection, dataSource);
          if (!commit) {
            status.setRollbackOnly();
          }
        });
    assertThat(queue.counts())
        .containsEntry(Status.COMPLETED, commit ? 1L : 0L)
        .containsEntry(Status.PENDING, commit ? 1L : 0L);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void jooq_enqueueAndCompleteIn_goWithItsTransaction(boolean commit) {
    Claim claim = claimed();
    try {
      jooq.transaction(
          transaction -> {
            transaction
                .dsl()
                .connection(
                    connection -> {
                      queue.within(connection).enqueue("b", "1");
                      claim.completeIn(connection);
                    });
            if (!commit) {
              throw new IllegalStateException("rolls back");
            }
          });
    } catch (IllegalStateException e) {
      assertThat(commit).isFalse();
    }
    assertThat(queue.counts())
        .containsEntry(Status.COMPLETED, commit ? 1L : 0L)
        .containsEntry(Status.PENDING, commit ? 1L : 0L);
  }

  /** Setting its connection to autocommit would commit what the caller has begun. */
  @Test
  void call_onADataSourceThatGivesTheCallersTransaction_refusesAndEndsNothing() {
    DataSource aware = new TransactionAwareDataSourceProxy(dataSource);
    TaskQueue mistaken = PostgresTaskQueue.create(aware, postgres.schema());
    spring.executeWithoutResult(
        status -> {
          JdbcTemplate template = new JdbcTemplate(dataSource);
          template.update(
              "INSERT INTO %s.tasks (type, payload) VALUES ('mine', '1')"
                  .formatted(postgres.schema()));
          assertThatExceptionOfType(SetupException.class)
              .isThrownBy(() -> mistaken.enqueue("b", "1"))
              .withMessageContaining("queue.within(connection)");
          assertThatExceptionOfType(SetupException.class)
              .isThrownBy(() -> Schema.install(aware, postgres.schema()))
              .withMessageStartingWith("install: the DataSource gave a connection with an open");
          assertThatExceptionOfType(SetupException.class)
              .isThrownBy(() -> Doctor.check(aware, postgres.schema()))
              .withMessageStartingWith("check: the DataSource gave a connection with an open");
          status.setRollbackOnly();
        });
    assertThat(queue.counts()).containsEntry(Status.PENDING, 0L);
  }

  /** READ COMMITTED looks again after it has waited. */
  @Test
  void within_uniqueKeyTakenMeanwhile_skipsAndTheTransactionGoesOn() throws Exception {
    NewTask mine = NewTask.of("a", "1").uniqueKey("k");
    NewTask other = NewTask.of("a", "2").uniqueKey("k");
    try (Connection connection = postgres.connect();
        Connection rival = postgres.connect()) {
      connection.setAutoCommit(false);
      rival.setAutoCommit(false);
      queue.within(rival).enqueue(other);
      CompletableFuture<UUID> waiting =
          CompletableFuture.supplyAsync(() -> queue.within(connection).enqueue(mine));
      awaitLockWait();
      rival.commit();
      assertThat(waiting.get()).isEqualTo(other.id());
      queue.within(connection).enqueue("b", "1");
      connection.commit();
    }
    assertThat(queue.counts()).containsEntry(Status.PENDING, 2L);
  }

  @Test
  void within_rivalRollsBack_isEnqueued() throws Exception {
    NewTask mine = NewTask.of("a", "1").uniqueKey("k");
    try (Connection connection = postgres.connect();
        Connection rival = postgres.connect()) {
      connection.setAutoCommit(false);
      rival.setAutoCommit(false);
      queue.within(rival).enqueue(NewTask.of("a", "2").uniqueKey("k"));
      CompletableFuture<UUID> waiting =
          CompletableFuture.supplyAsync(() -> queue.within(connection).enqueue(mine));
      awaitLockWait();
      rival.rollback();
      assertThat(waiting.get()).isEqualTo(mine.id());
      connection.commit();
    }
  }

  /** A snapshot that cannot see the rival cannot say who it is. */
  @ParameterizedTest
  @ValueSource(ints = {Connection.TRANSACTION_REPEATABLE_READ, Connection.TRANSACTION_SERIALIZABLE})
  void within_uniqueKeyTakenSinceTheSnapshot_isATransientError(int isolation) throws Exception {
    NewTask other = NewTask.of("a", "2").uniqueKey("k");
    try (Connection connection = postgres.connect()) {
      connection.setTransactionIsolation(isolation);
      connection.setAutoCommit(false);
      Db.query(connection, "SELECT count(*) FROM tasks");
      queue.enqueue(other);
      assertThatExceptionOfType(DatabaseException.class)
          .isThrownBy(() -> queue.within(connection).enqueue(NewTask.of("a", "1").uniqueKey("k")))
          .matches(DatabaseException::isTransient);
      connection.rollback();
      assertThat(queue.within(connection).enqueue(NewTask.of("a", "1").uniqueKey("k")))
          .isEqualTo(other.id());
      connection.commit();
    }
    assertThat(queue.counts()).containsEntry(Status.PENDING, 1L);
  }

  @ParameterizedTest
  @ValueSource(ints = {Connection.TRANSACTION_REPEATABLE_READ, Connection.TRANSACTION_SERIALIZABLE})
  void within_higherIsolation_enqueues(int isolation) throws Exception {
    try (Connection connection = postgres.connect()) {
      connection.setTransactionIsolation(isolation);
      connection.setAutoCommit(false);
      queue.within(connection).enqueue("a", "1");
      queue.within(connection).enqueue(NewTask.of("a", "1").uniqueKey("k"));
      connection.commit();
    }
    assertThat(queue.counts()).containsEntry(Status.PENDING, 2L);
  }

  private Claim claimed() {
    queue.enqueue("a", "1");
    return queue.claim(ClaimRequest.of("a")).get(0);
  }

  private static void awaitLockWait() throws SQLException {
    try (Connection connection = postgres.connect()) {
      String waiting =
          "SELECT count(*) > 0 FROM pg_stat_activity"
              + " WHERE wait_event_type = 'Lock' AND query LIKE '%"
              + postgres.schema()
              + "%'";
      Db.await(connection, waiting);
    }
  }
}
