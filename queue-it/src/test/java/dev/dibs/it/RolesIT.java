package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.NewTask;
import dev.dibs.SetupException;
import dev.dibs.Status;
import dev.dibs.TaskQueue;
import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.jdbc.Schema;
import dev.dibs.testkit.DibsPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

/** What each kind of role can do after {@code dibs_grant}, and what it cannot, as real roles. */
@Timeout(60)
class RolesIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  private static final String INSERT = "INSERT INTO tasks (type, payload) VALUES ('a', '1')";
  private static final String PAUSE = "INSERT INTO dibs_pauses (kind, name) VALUES ('type', 'a')";
  private static final String DDL = "ALTER TABLE tasks ADD COLUMN mine text";

  private String schema;
  private String quoted;
  private String role;
  private TaskQueue owner;

  @BeforeEach
  void newSchemaAndRole() throws SQLException {
    schema = postgres.schema() + " \"Roles\"";
    quoted = quoted(schema);
    role = postgres.schema() + " \"Role\"";
    Db.execute(postgres.dataSource(), "CREATE ROLE " + quoted(role) + " LOGIN PASSWORD 'secret'");
    Schema.install(postgres.dataSource(), schema);
    owner = PostgresTaskQueue.create(postgres.dataSource(), schema);
  }

  @AfterEach
  void dropBoth() throws SQLException {
    Db.execute(
        postgres.dataSource(),
        "DROP SCHEMA " + quoted + " CASCADE",
        "DROP OWNED BY " + quoted(role),
        "DROP ROLE " + quoted(role));
  }

  // After the merge only: until enqueue is INSERT … ON CONFLICT DO NOTHING it needs UPDATE
  // (status).
  @Test
  void producer_enqueues() {
    TaskQueue queue = granted("producer");
    UUID id = queue.enqueue("a", "1");
    queue.enqueueAll("a", List.of("2", "3"));
    queue.enqueue(NewTask.of("a", "4").queue("other").maxAttempts(3).delay(Duration.ofHours(1)));
    queue.enqueue(NewTask.of("a", "5").uniqueKey("key"));
    queue.enqueue(NewTask.of("a", "6").uniqueKey("key", Duration.ofHours(1)));
    queue.enqueue(NewTask.of("a", "1").id(id));
    assertThat(queue.counts()).containsEntry(Status.PENDING, 6L);
  }

  @Test
  void producer_enqueuesWithinItsTransaction() throws SQLException {
    TaskQueue queue = granted("producer");
    try (Connection connection = connect()) {
      connection.setAutoCommit(false);
      UUID id = queue.within(connection).enqueue("a", "1");
      queue.within(connection).enqueueAll("a", List.of("2", "3"));
      queue.within(connection).enqueue(NewTask.of("a", "1").id(id));
      connection.commit();
    }
    assertThat(queue.counts()).containsEntry(Status.PENDING, 3L);
  }

  @Test
  void producer_insertsWithSqlAndReadsResults() throws SQLException {
    TaskQueue queue = granted("producer");
    UUID id = owner.enqueue("a", "1");
    owner.claim(ClaimRequest.of("a")).get(0).complete();
    assertThat(queue.find(id).orElseThrow().status()).isEqualTo(Status.COMPLETED);
    try (Connection connection = connect()) {
      Db.execute(
          connection,
          INSERT,
          "INSERT INTO tasks (type, payload, unique_key) VALUES ('a', '2', 'key') ON CONFLICT DO NOTHING",
          "SELECT result, progress, error, errors FROM tasks");
    }
    assertThat(queue.counts()).containsEntry(Status.PENDING, 2L);
  }

  @Test
  void producer_cannotDoMore() {
    TaskQueue queue = granted("producer");
    owner.enqueue("a", "1");
    assertDenied(() -> queue.claim(ClaimRequest.of("a")));
    assertDeniedSql(
        "UPDATE tasks SET status = 'completed'",
        "UPDATE tasks SET payload = '2'",
        "SELECT * FROM tasks FOR UPDATE",
        "INSERT INTO tasks (type, payload, status) VALUES ('a', '1', 'completed')",
        "INSERT INTO tasks (type, payload, result) VALUES ('a', '1', '1')",
        "DELETE FROM tasks",
        "TRUNCATE tasks",
        PAUSE,
        "DELETE FROM dibs_pauses",
        "SELECT * FROM dibs_housekeeping",
        "SELECT claim_task()",
        "SELECT cancel_task(gen_random_uuid())",
        "SELECT dibs_grant('admin', current_user)",
        "UPDATE dibs_migrations SET version = 3",
        DDL);
  }

  @Test
  void worker_claimsAndEndsAttempts() throws SQLException {
    TaskQueue queue = granted("worker");
    owner.enqueueAll("a", List.of("1", "2", "3"));
    owner.enqueue(NewTask.of("a", "4").maxAttempts(1));
    owner.enqueue("a", "5");
    List<Claim> claims = queue.claim(ClaimRequest.of("a").limit(5));
    claims.get(0).extend(Duration.ofMinutes(1));
    claims.get(0).complete();
    claims.get(1).fail(new IllegalStateException("tried again"));
    claims.get(2).release();
    claims.get(3).fail(new IllegalStateException("the last attempt"));
    claims.get(4).snooze(Duration.ofHours(1));
    assertThat(queue.counts())
        .containsEntry(Status.COMPLETED, 1L)
        .containsEntry(Status.FAILED, 1L)
        .containsEntry(Status.PENDING, 3L);
    owner.enqueueAll("b", List.of("1", "2", "3", "4"));
    try (Connection connection = connect()) {
      for (String end :
          List.of(
              "extend_task(id, token)",
              "complete_task(id, token)",
              "fail_task(id, token, 'broken')",
              "release_task(id, token)")) {
        assertThat(Db.query(connection, "SELECT " + end + " FROM claim_task(ARRAY['b'])"))
            .as(end)
            .isEqualTo("t");
      }
      Db.execute(
          connection,
          "SELECT * FROM dibs_pauses",
          "UPDATE tasks SET progress = '1', result = '2', errors = with_error(errors, 1, 'x') WHERE live");
    }
  }

  @Test
  void worker_cannotDoMore() {
    TaskQueue queue = granted("worker");
    owner.enqueue("a", "1");
    assertDenied(() -> queue.enqueue("a", "2"));
    assertDeniedSql(
        INSERT,
        "DELETE FROM tasks",
        "TRUNCATE tasks",
        "UPDATE tasks SET payload = '2'",
        "UPDATE tasks SET type = 'b', queue = 'c', priority = 1",
        "UPDATE tasks SET max_attempts = 99",
        "UPDATE tasks SET cancel_requested = true",
        "UPDATE tasks SET unique_key = NULL",
        PAUSE,
        "DELETE FROM dibs_pauses",
        "SELECT * FROM dibs_housekeeping",
        "SELECT cancel_task(gen_random_uuid())",
        "SELECT dibs_grant('admin', current_user)",
        DDL);
  }

  @Test
  void monitor_readsWhatThereIsToDo() throws SQLException {
    TaskQueue queue = granted("monitor");
    owner.enqueue("a", "1");
    assertThat(queue.counts()).containsEntry(Status.PENDING, 1L);
    try (Connection connection = connect()) {
      Db.execute(
          connection,
          "SELECT queue, type, status, count(*), min(run_at) FROM tasks GROUP BY queue, type, status",
          "SELECT count(*), now() - min(run_at) FROM tasks WHERE live AND status = 'pending' AND run_at <= now()",
          "SELECT id, type, attempt, now() - started_at, lease_until - now() FROM tasks WHERE live",
          "SELECT id FROM tasks WHERE dead ORDER BY completed_at",
          "SELECT * FROM dibs_pauses",
          "SELECT * FROM dibs_migrations");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"payload", "result", "progress", "error", "errors", "token", "unique_key"})
  void monitor_cannotReadContents(String column) {
    granted("monitor");
    assertDeniedSql(
        "SELECT " + column + " FROM tasks", "SELECT 1 FROM tasks WHERE " + column + " IS NULL");
  }

  @Test
  void monitor_cannotDoMore() {
    TaskQueue queue = granted("monitor");
    UUID id = owner.enqueue("a", "1");
    assertDenied(() -> queue.find(id));
    assertDenied(() -> queue.enqueue("a", "2"));
    assertDenied(() -> queue.claim(ClaimRequest.of("a")));
    assertDeniedSql(
        INSERT,
        "UPDATE tasks SET status = 'failed'",
        "DELETE FROM tasks",
        PAUSE,
        "SELECT * FROM dibs_housekeeping",
        "SELECT claim_task()",
        "SELECT cancel_task(gen_random_uuid())",
        DDL);
  }

  @Test
  void admin_doesAllWithData() throws SQLException {
    TaskQueue queue = granted("admin");
    UUID id = queue.enqueue("a", "1");
    queue.claim(ClaimRequest.of("a")).get(0).complete();
    assertThat(queue.find(id).orElseThrow().status()).isEqualTo(Status.COMPLETED);
    try (Connection connection = connect()) {
      Db.execute(
          connection,
          PAUSE,
          "DELETE FROM dibs_pauses",
          INSERT,
          "SELECT complete_task(id, token) FROM claim_task()",
          INSERT,
          "SELECT cancel_task(id) FROM tasks WHERE live",
          "UPDATE tasks SET payload = '2'",
          "INSERT INTO dibs_housekeeping (holder, lease_until) VALUES (gen_random_uuid(), now())",
          "DELETE FROM dibs_housekeeping",
          "DELETE FROM tasks");
    }
  }

  @Test
  void admin_cannotChangeTheSchema() {
    granted("admin");
    assertDeniedSql(
        DDL,
        "TRUNCATE tasks",
        "DROP TABLE dibs_pauses",
        "CREATE TABLE mine (n int)",
        "CREATE INDEX mine ON tasks (created_at)",
        "DELETE FROM dibs_migrations",
        "SELECT dibs_grant('worker', current_user)");
    assertDenied(
        () -> {
          rewindToMigration1();
          Schema.migrate(dataSource(), schema);
        });
  }

  @Test
  void migrator_migratesWorksAndGrants() throws SQLException {
    granted("migrator");
    rewindToMigration1();
    Schema.migrate(dataSource(), schema);

    TaskQueue queue = PostgresTaskQueue.create(dataSource(), schema);
    queue.enqueue("a", "1");
    queue.claim(ClaimRequest.of("a")).get(0).complete();
    String other = quoted(role + "2");
    Db.execute(postgres.dataSource(), "CREATE ROLE " + other + " LOGIN PASSWORD 'secret'");
    try {
      try (Connection connection = connect()) {
        Db.execute(connection, "SELECT dibs_grant('worker', '" + role + "2')", DDL);
      }
      PostgresTaskQueue.create(dataSource(role + "2"), schema).claim(ClaimRequest.of("a"));
    } finally {
      try (Connection connection = connect()) {
        // DROP OWNED leaves what somebody other than the schema's owner granted.
        Db.execute(connection, "REVOKE ALL ON SCHEMA " + quoted + " FROM " + other);
      }
      Db.execute(postgres.dataSource(), "DROP OWNED BY " + other, "DROP ROLE " + other);
    }
  }

  @Test
  void dibsGrant_ownerWithoutTheSchema_saysWhatItLacks() throws SQLException {
    granted("migrator");
    asOwner("REVOKE GRANT OPTION FOR USAGE ON SCHEMA " + quoted + " FROM " + quoted(role));
    String other = quoted(role + "2");
    Db.execute(postgres.dataSource(), "CREATE ROLE " + other);
    try (Connection connection = connect()) {
      String grant = "SELECT dibs_grant('worker', '" + role + "2')";
      String cure =
          "GRANT USAGE ON SCHEMA " + quoted + " TO " + quoted(role) + " WITH GRANT OPTION";
      assertThatExceptionOfType(SQLException.class)
          .isThrownBy(() -> Db.execute(connection, grant))
          .withMessageContaining("let the owner of the schema run " + cure);
      asOwner(cure);
      Db.execute(connection, grant, "REVOKE ALL ON SCHEMA " + quoted + " FROM " + other);
    } finally {
      Db.execute(postgres.dataSource(), "DROP OWNED BY " + other, "DROP ROLE " + other);
    }
  }

  @Test
  void dibsGrant_wrongArguments_saysWhatIsRight() {
    assertThatExceptionOfType(SQLException.class)
        .isThrownBy(() -> asOwner("SELECT dibs_grant('boss', current_user)"))
        .withMessageContaining("producer, worker, monitor, admin or migrator, was 'boss'");
    assertThatExceptionOfType(SQLException.class)
        .isThrownBy(() -> asOwner("SELECT dibs_grant('worker', 'nobody at all')"))
        .withMessageContaining("there is no role 'nobody at all'");
  }

  private TaskQueue granted(String kind) {
    try {
      asOwner("SELECT dibs_grant('" + kind + "', '" + role + "')");
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
    return PostgresTaskQueue.create(dataSource(), schema);
  }

  /** As a database where only the first migration was run, so that the second has work. */
  private void rewindToMigration1() throws SQLException {
    asOwner(
        "DROP TABLE dibs_pauses, dibs_housekeeping",
        "DROP FUNCTION with_error, claim_in_lanes, refuse_enqueue, cancel_task, dibs_grant",
        "ALTER TABLE tasks DROP errors, DROP unique_key, DROP unique_window, DROP cancel_requested,"
            + " DROP progress, DROP result, DROP dead",
        "DELETE FROM dibs_migrations WHERE version = 2");
  }

  private void assertDenied(ThrowingCallable call) {
    assertThatExceptionOfType(SetupException.class)
        .isThrownBy(call)
        .withMessageContaining("the database role lacks a privilege");
  }

  private void assertDeniedSql(String... statements) {
    for (String sql : statements) {
      assertThatExceptionOfType(SQLException.class)
          .as(sql)
          .isThrownBy(
              () -> {
                try (Connection connection = connect()) {
                  Db.execute(connection, sql);
                }
              })
          .matches(e -> e.getSQLState().equals("42501"), "SQLSTATE 42501");
    }
  }

  private void asOwner(String... statements) throws SQLException {
    try (Connection connection = postgres.connect()) {
      Db.execute(connection, "SET search_path = " + quoted);
      Db.execute(connection, statements);
    }
  }

  private Connection connect() throws SQLException {
    Connection connection = dataSource().getConnection();
    Db.execute(connection, "SET search_path = " + quoted);
    return connection;
  }

  private PGSimpleDataSource dataSource() {
    return dataSource(role);
  }

  private static PGSimpleDataSource dataSource(String user) {
    PGSimpleDataSource dataSource = new PGSimpleDataSource();
    dataSource.setUrl(postgres.jdbcUrl());
    dataSource.setUser(user);
    dataSource.setPassword("secret");
    return dataSource;
  }

  private static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }
}
