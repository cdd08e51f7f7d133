package dev.dibs.it;

import static dev.dibs.it.WrappedSource.pass;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.zaxxer.hikari.HikariDataSource;
import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.DatabaseException;
import dev.dibs.DibsException;
import dev.dibs.FailedFilter;
import dev.dibs.IdConflictException;
import dev.dibs.InvalidInputException;
import dev.dibs.NewTask;
import dev.dibs.Outcome;
import dev.dibs.OutcomeUnknownException;
import dev.dibs.SetupException;
import dev.dibs.Status;
import dev.dibs.TaskQueue;
import dev.dibs.Worker;
import dev.dibs.it.WrappedSource.Wrapping;
import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.testkit.DibsPostgres;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;
import org.postgresql.jdbc.PreferQueryMode;

/**
 * Whose connection and whose transaction: pools of every kind, callers' transactions, isolation.
 */
@Timeout(60)
class ConnectionsIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  private TaskQueue queue;

  @BeforeEach
  void empty() throws SQLException {
    try (Connection connection = postgres.connect()) {
      Db.execute(connection, "TRUNCATE tasks");
    }
    queue = PostgresTaskQueue.create(postgres.dataSource(), postgres.schema());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void pool_ofOneConnection_drainsAndIsLeftAsFound(boolean autocommit) throws Exception {
    try (HikariDataSource pool = new HikariDataSource()) {
      pool.setDataSource(postgres.dataSource());
      pool.setMaximumPoolSize(1);
      pool.setAutoCommit(autocommit);
      TaskQueue pooled = PostgresTaskQueue.create(pool, postgres.schema());
      pooled.enqueueAll("a", Collections.nCopies(500, "1"));
      CountDownLatch all = new CountDownLatch(500);
      try (Worker worker = Worker.builder(pooled).concurrency(20).build()) {
        worker.register("a", task -> all.countDown()).start();
        all.await();
      }
      assertThat(queue.counts()).containsEntry(Status.COMPLETED, 500L);
      try (Connection connection = pool.getConnection()) {
        assertThat(connection.getAutoCommit()).isEqualTo(autocommit);
      }
    }
  }

  @Test
  void pool_exhausted_isATransientErrorAndTheWorkerGoesOn() throws Exception {
    try (HikariDataSource pool = new HikariDataSource()) {
      pool.setDataSource(postgres.dataSource());
      pool.setMaximumPoolSize(1);
      pool.setConnectionTimeout(250);
      TaskQueue pooled = PostgresTaskQueue.create(pool, postgres.schema());
      UUID id = queue.enqueue("a", "1");
      CountDownLatch ran = new CountDownLatch(1);
      try (Worker worker = Worker.builder(pooled).build()) {
        worker.register("a", task -> ran.countDown());
        try (Connection hog = pool.getConnection()) {
          assertThat(hog.isClosed()).isFalse();
          worker.start();
          assertThatExceptionOfType(DatabaseException.class)
              .isThrownBy(() -> pooled.find(id))
              .withMessageStartingWith("find: no connection to the database")
              .matches(DatabaseException::isTransient);
        }
        assertThat(ran.await(30, TimeUnit.SECONDS)).isTrue();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"repeatable read", "serializable"})
  void isolation_otherThanReadCommitted_isATypedErrorThatNamesIt(String level) throws SQLException {
    PGSimpleDataSource strict = postgres.dataSource().unwrap(PGSimpleDataSource.class);
    strict.setOptions("-c default_transaction_isolation=" + level.replace(" ", "\\ "));
    TaskQueue other = PostgresTaskQueue.create(strict, postgres.schema());
    assertThatExceptionOfType(SetupException.class)
        .isThrownBy(() -> other.claim(ClaimRequest.of("a")))
        .withMessageContaining(level.toUpperCase(Locale.ROOT))
        .withMessageContaining("default_transaction_isolation");
  }

  /** In the simple mode the driver writes all values into the text of the statement. */
  @ParameterizedTest
  @EnumSource(PreferQueryMode.class)
  void driver_inAnyQueryMode_sendsWhatItIsGiven(PreferQueryMode mode) throws SQLException {
    PGSimpleDataSource source = postgres.dataSource().unwrap(PGSimpleDataSource.class);
    source.setPreferQueryMode(mode);
    TaskQueue other = PostgresTaskQueue.create(source, postgres.schema());
    other.enqueueAll("a", Collections.nCopies(500, "1"));
    other.enqueueAll("a", Collections.nCopies(100, "2"));
    NewTask keyed = NewTask.of("a", "3").uniqueKey("k");
    List<UUID> twice = other.enqueueAll(List.of(keyed, NewTask.of("a", "4").uniqueKey("k")));
    assertThat(twice).containsExactly(keyed.id(), keyed.id());

    ClaimRequest request = ClaimRequest.of("a").limit(300);
    List<Claim> completed = other.claim(request);
    List<Claim> failed = other.claim(request);
    List<Claim> completedAlone = other.claim(request);
    assertThat(completed).hasSize(300);
    assertThat(failed).hasSize(300);
    assertThat(completedAlone).hasSize(1);
    other.applyAll(completed.stream().<ClaimUpdate>map(ClaimUpdate.Complete::new).toList());
    other.applyAll(
        failed.stream().<ClaimUpdate>map(claim -> new ClaimUpdate.Fail(claim, "broken")).toList());
    completedAlone.get(0).complete();
    other.admin().redrive(FailedFilter.all().ids(List.of(failed.get(0).id(), failed.get(1).id())));
    assertThat(other.counts())
        .containsEntry(Status.COMPLETED, 301L)
        .containsEntry(Status.FAILED, 298L)
        .containsEntry(Status.PENDING, 2L);
  }

  @Test
  void within_callersTransaction_appearsWithItsCommitAndNotOtherwise() throws SQLException {
    try (Connection connection = postgres.connect()) {
      connection.setAutoCommit(false);
      queue.within(connection).enqueue("a", "1");
      assertThat(queue.counts()).containsEntry(Status.PENDING, 0L);
      connection.rollback();
      assertThat(queue.counts()).containsEntry(Status.PENDING, 0L);
      queue.within(connection).enqueueAll("a", List.of("1", "2"));
      connection.commit();
      assertThat(queue.counts()).containsEntry(Status.PENDING, 2L);
      assertThat(connection.getAutoCommit()).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {Connection.TRANSACTION_REPEATABLE_READ, Connection.TRANSACTION_SERIALIZABLE})
  void within_strictTransaction_enqueues(int isolation) throws SQLException {
    try (Connection connection = postgres.connect()) {
      connection.setTransactionIsolation(isolation);
      connection.setAutoCommit(false);
      queue.within(connection).enqueue("a", "1");
      connection.commit();
    }
    assertThat(queue.counts()).containsEntry(Status.PENDING, 1L);
  }

  @Test
  void within_refusedInput_doesNotSpoilTheTransaction() throws SQLException {
    UUID taken = queue.enqueue("a", "{\"n\": 1}");
    NewTask conflicting = NewTask.of("b", "{}").id(taken);
    NewTask other = NewTask.of("a", "2");
    try (Connection connection = postgres.connect()) {
      connection.setAutoCommit(false);
      assertThatExceptionOfType(InvalidInputException.class)
          .isThrownBy(() -> queue.within(connection).enqueue("a", "\"\\u0000\""));
      assertThatExceptionOfType(InvalidInputException.class)
          .isThrownBy(() -> queue.within(connection).enqueueAll("a", List.of("1", "{", "3")))
          .withMessageStartingWith("task at index 1: payload:");
      assertThatExceptionOfType(InvalidInputException.class)
          .isThrownBy(() -> queue.within(connection).enqueueAll(Arrays.asList(other, null)))
          .withMessageStartingWith("task at index 1: must not be null");
      assertThatExceptionOfType(IdConflictException.class)
          .isThrownBy(() -> queue.within(connection).enqueueAll(List.of(other, conflicting)))
          .matches(e -> e.id().equals(taken));
      assertThat(queue.within(connection).enqueue(NewTask.of("a", "{\"n\":1.0}").id(taken)))
          .as("the same task again")
          .isEqualTo(taken);
      assertThat(Db.query(connection, "SELECT count(*) FROM tasks")).isEqualTo("1");
      connection.commit();
    }
  }

  @Test
  void enqueueAll_oneConflict_writesNothing() {
    UUID taken = queue.enqueue("a", "1");
    assertThatExceptionOfType(IdConflictException.class)
        .isThrownBy(
            () -> queue.enqueueAll(List.of(NewTask.of("a", "2"), NewTask.of("a", "3").id(taken))));
    assertThat(queue.counts()).containsEntry(Status.PENDING, 1L);
  }

  @Test
  void apply_rowLockedElsewhere_oneWaitsAndManyDoNot() throws Exception {
    queue.enqueueAll("a", List.of("1", "2"));
    List<Claim> claims = queue.claim(ClaimRequest.of("a").limit(2));
    List<ClaimUpdate> updates =
        claims.stream().<ClaimUpdate>map(ClaimUpdate.Complete::new).toList();
    try (Connection holder = postgres.connect()) {
      holder.setAutoCommit(false);
      Db.execute(holder, "SELECT 1 FROM tasks WHERE id = '" + claims.get(0).id() + "' FOR UPDATE");
      assertThat(queue.applyAll(updates)).containsExactly(Outcome.LOCKED, Outcome.APPLIED);
      CompletableFuture<Void> waiting = CompletableFuture.runAsync(claims.get(0)::complete);
      try (Connection watcher = postgres.connect()) {
        while (Db.query(watcher, "SELECT 1 FROM pg_locks WHERE NOT granted") == null) {
          Thread.onSpinWait();
        }
      }
      assertThat(waiting).isNotDone();
      holder.commit();
      waiting.get();
    }
    assertThat(queue.counts()).containsEntry(Status.COMPLETED, 2L);
  }

  @Test
  void apply_triggerKeepsTheUpdateOut_isATypedErrorAndNotTriedForEver() throws SQLException {
    queue.enqueue("a", "1");
    Claim claim = queue.claim(ClaimRequest.of("a")).get(0);
    try (Connection owner = postgres.connect()) {
      Db.execute(
          owner,
          "CREATE FUNCTION keep_out() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
          "CREATE TRIGGER keep_out BEFORE UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION keep_out()");
      try {
        assertThatExceptionOfType(DatabaseException.class)
            .isThrownBy(claim::complete)
            .withMessageContaining("a trigger or a rule");
      } finally {
        Db.execute(owner, "DROP TRIGGER keep_out ON tasks", "DROP FUNCTION keep_out()");
      }
      claim.complete();
    }
    assertThat(queue.counts()).containsEntry(Status.COMPLETED, 1L);
  }

  @Test
  void applyAll_oppositeOrders_neverDeadlock() throws Exception {
    queue.enqueueAll("a", Collections.nCopies(200, "1"));
    List<Claim> claims = queue.claim(ClaimRequest.of("a").limit(200));
    List<ClaimUpdate> forward =
        claims.stream()
            .<ClaimUpdate>map(claim -> new ClaimUpdate.Extend(claim, Duration.ofMinutes(1)))
            .toList();
    List<ClaimUpdate> backward = new ArrayList<>(forward);
    Collections.reverse(backward);
    String before = deadlocks();
    CompletableFuture<?>[] threads = new CompletableFuture<?>[4];
    for (int i = 0; i < threads.length; i++) {
      List<ClaimUpdate> order = i % 2 == 0 ? forward : backward;
      threads[i] =
          CompletableFuture.runAsync(
              () -> {
                for (int n = 0; n < 50; n++) {
                  queue.applyAll(order);
                }
              });
    }
    CompletableFuture.allOf(threads).get();
    assertThat(deadlocks()).isEqualTo(before);
  }

  @Test
  void call_schemaWithoutPrivileges_saysWhatToGrant() throws SQLException {
    String role = postgres.schema() + "_stranger";
    try (Connection connection = postgres.connect()) {
      Db.execute(connection, "CREATE ROLE " + role + " LOGIN");
      try {
        PGSimpleDataSource stranger = postgres.dataSource().unwrap(PGSimpleDataSource.class);
        stranger.setOptions("-c role=" + role);
        assertThatExceptionOfType(DibsException.class)
            .isThrownBy(
                () ->
                    PostgresTaskQueue.create(stranger, postgres.schema())
                        .claim(ClaimRequest.of("a")))
            .isInstanceOf(SetupException.class)
            .withMessageContaining("permission denied");
      } finally {
        Db.execute(connection, "DROP ROLE " + role);
      }
    }
  }

  @Test
  void dataSource_thatHidesTheDriver_saysWhatToUse() {
    TaskQueue hidden =
        wrapped(
            (real, method, arguments) ->
                method.getName().equals("isWrapperFor") ? false : pass(real, method, arguments));
    assertThatExceptionOfType(SetupException.class)
        .isThrownBy(() -> hidden.claim(ClaimRequest.of("a")))
        .withMessageContaining("do not unwrap");
  }

  /** As those are that Tomcat's pool keeps: they name the connection of their first use. */
  @Test
  void statement_thatNamesAClosedConnection_isSent() {
    TaskQueue kept =
        wrapped(
            (real, method, arguments) -> {
              if (real instanceof PreparedStatement && method.getName().equals("getConnection")) {
                throw new SQLException("already closed");
              }
              return pass(real, method, arguments);
            });
    UUID id = kept.enqueue("a", "1");
    assertThat(kept.claim(ClaimRequest.of("a"))).extracting(Claim::id).containsExactly(id);
  }

  @Test
  void wrapper_thatFailsWithoutSqlState_leavesTheOutcomeUnknown() {
    TaskQueue failing =
        wrapped(
            (real, method, arguments) -> {
              Object result = pass(real, method, arguments);
              if (real instanceof PreparedStatement && method.getName().startsWith("execute")) {
                throw new SQLException("failed after the statement");
              }
              return result;
            });
    NewTask task = NewTask.of("a", "1");
    assertThatExceptionOfType(OutcomeUnknownException.class)
        .isThrownBy(() -> failing.enqueue(task));
    assertThatExceptionOfType(DatabaseException.class)
        .isThrownBy(() -> failing.find(task.id()))
        .matches(DatabaseException::isTransient);
    queue.enqueue(task);
    assertThat(queue.counts()).containsEntry(Status.PENDING, 1L);
  }

  private static TaskQueue wrapped(Wrapping wrapping) {
    return PostgresTaskQueue.create(
        WrappedSource.of(postgres.dataSource(), wrapping), postgres.schema());
  }

  private static String deadlocks() throws SQLException {
    return Db.query(
        postgres.dataSource(),
        "SELECT sum(deadlocks) FROM pg_stat_database WHERE datname = current_database()");
  }
}
