package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.dibs.AttemptError;
import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.DatabaseException;
import dev.dibs.LeaseLostException;
import dev.dibs.NewTask;
import dev.dibs.Priority;
import dev.dibs.Status;
import dev.dibs.Task;
import dev.dibs.TaskQueue;
import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.testkit.DibsPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.ds.PGSimpleDataSource;
import org.postgresql.jdbc.PreferQueryMode;

/** What programs in any language and operators with psql rely on: plain SQL on the table. */
class SqlContractIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  private TaskQueue queue;
  private Connection sql;

  @BeforeEach
  void open() throws SQLException {
    queue = PostgresTaskQueue.create(postgres.dataSource(), postgres.schema());
    sql = postgres.connect();
    Db.execute(sql, "TRUNCATE tasks");
  }

  @AfterEach
  void close() throws SQLException {
    sql.close();
  }

  @Test
  void insert_typeAndPayload_isClaimedInJava() throws SQLException {
    Db.execute(
        sql, "INSERT INTO tasks(type, payload) VALUES ('send_email', '{\"to\": \"a@b.c\"}')");
    Claim claim = queue.claim(ClaimRequest.of("send_email")).get(0);
    assertThat(claim.payload()).isEqualTo("{\"to\": \"a@b.c\"}");
    assertThat(claim.id().version()).isEqualTo(7);
    claim.complete();
    assertThat(Db.query(sql, "SELECT status FROM tasks")).isEqualTo("completed");
  }

  @Test
  void defaults_ofSqlAndJava_areTheSame() throws SQLException {
    Db.execute(sql, "INSERT INTO tasks(type, payload) VALUES ('a', '{}')");
    queue.enqueue("a", "{}");
    assertThat(
            Db.query(
                sql,
                "SELECT count(DISTINCT (queue, priority, max_attempts, status, attempt)) FROM tasks"))
        .isEqualTo("1");
  }

  /** One simple-query message, in which the statement's time stands still. */
  @Test
  void claimTask_insertInTheSameMessage_findsIt() throws SQLException {
    PGSimpleDataSource simple = postgres.dataSource().unwrap(PGSimpleDataSource.class);
    simple.setPreferQueryMode(PreferQueryMode.SIMPLE);
    simple.setCurrentSchema(postgres.schema());
    try (Connection connection = simple.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(
          "INSERT INTO tasks(type, payload) VALUES ('a', '1'); SELECT * FROM claim_task();"
              + " SELECT bool_and(run_at <= statement_timestamp()) FROM tasks");
      assertThat(statement.getMoreResults()).isTrue();
      assertThat(statement.getResultSet().next()).as("claimed a row").isTrue();
      assertThat(statement.getMoreResults()).isTrue();
      statement.getResultSet().next();
      assertThat(statement.getResultSet().getBoolean(1))
          .as("due by statement_timestamp(), with which a claim would have found nothing")
          .isFalse();
    }
  }

  @Test
  void claimTask_severalTypes_oldestHeadOfHighestPriority() throws SQLException {
    UUID late = queue.enqueue(NewTask.of("b", "1"));
    UUID early = queue.enqueue(NewTask.of("a", "2"));
    Db.execute(
        sql, "UPDATE tasks SET run_at = run_at - interval '1 minute' WHERE id = '" + early + "'");
    UUID urgent = queue.enqueue(NewTask.of("c", "3").priority(Priority.URGENT));
    queue.enqueue(NewTask.of("other", "4").queue("elsewhere").priority(Priority.URGENT));
    queue.enqueue(NewTask.of("tomorrow", "5").delay(Duration.ofDays(1)).priority(Priority.URGENT));
    assertThat(claimed("claim_task()")).containsExactly(urgent.toString());
    assertThat(claimed("claim_task()")).containsExactly(early.toString());
    assertThat(claimed("claim_task()")).containsExactly(late.toString());
    assertThat(claimed("claim_task()")).isEmpty();
  }

  @Test
  void claimTask_typesAndQueue_onlyThose() throws SQLException {
    UUID b = queue.enqueue(NewTask.of("b", "1"));
    queue.enqueue(NewTask.of("a", "1"));
    UUID other = queue.enqueue(NewTask.of("a", "1").queue("q"));
    assertThat(claimed("claim_task(ARRAY['b', 'c'])")).containsExactly(b.toString());
    assertThat(claimed("claim_task(types => ARRAY['b'])")).isEmpty();
    assertThat(claimed("claim_task(queue => 'q')")).containsExactly(other.toString());
  }

  @Test
  void claimTask_lease_isAnHourOrAsGiven() throws SQLException {
    queue.enqueue("a", "1");
    queue.enqueue("a", "2");
    assertThat(
            Db.query(
                sql, "SELECT lease_until - started_at > interval '59 minutes' FROM claim_task()"))
        .isEqualTo("t");
    assertThat(
            Db.query(
                sql,
                "SELECT lease_until - started_at < interval '1 minute' FROM claim_task(lease => '30 s')"))
        .isEqualTo("t");
    for (String bad : List.of("'0'", "'-1 s'", "'31 days'", "NULL")) {
      assertThatExceptionOfType(SQLException.class)
          .isThrownBy(() -> Db.query(sql, "SELECT 1 FROM claim_task(lease => " + bad + ")"))
          .withMessageContaining("lease must be 1 millisecond to 30 days");
    }
  }

  @Test
  void completeTask_rightToken_completesAndMayBeRepeated() throws SQLException {
    queue.enqueue("a", "1");
    String token = Db.query(sql, "SELECT token FROM claim_task()");
    String id = Db.query(sql, "SELECT id FROM tasks");
    assertThat(call("complete_task", id, UUID.randomUUID().toString())).isEqualTo("f");
    assertThat(call("complete_task", id, token)).isEqualTo("t");
    assertThat(call("complete_task", id, token)).isEqualTo("t");
    assertThat(queue.counts()).containsEntry(Status.COMPLETED, 1L);
    assertThat(call("complete_task", UUID.randomUUID().toString(), token)).isEqualTo("f");
    assertThat(Db.query(sql, "SELECT complete_task(NULL, NULL)")).isEqualTo("f");
  }

  @Test
  void failTask_attemptsLeft_waitsAndThenFails() throws SQLException {
    UUID id = queue.enqueue(NewTask.of("a", "1").maxAttempts(2));
    String token = Db.query(sql, "SELECT token FROM claim_task()");
    assertThat(Db.query(sql, "SELECT fail_task('" + id + "', '" + token + "', 'boom')"))
        .isEqualTo("t");
    Task waiting = queue.find(id).orElseThrow();
    assertThat(waiting.status()).isEqualTo(Status.PENDING);
    assertThat(waiting.error()).contains("boom");
    assertThat(Db.query(sql, "SELECT run_at > clock_timestamp() FROM tasks")).isEqualTo("t");
    Db.execute(sql, "UPDATE tasks SET run_at = now()");
    token = Db.query(sql, "SELECT token FROM claim_task()");
    assertThat(Db.query(sql, "SELECT fail_task('" + id + "', '" + token + "', 'again')"))
        .isEqualTo("t");
    assertThat(queue.find(id).orElseThrow().status()).isEqualTo(Status.FAILED);
    assertThat(queue.find(id).orElseThrow().completedAt()).isPresent();
  }

  @Test
  void extendAndReleaseTask_fenced() throws SQLException {
    UUID id = queue.enqueue("a", "1");
    String token = Db.query(sql, "SELECT token FROM claim_task(lease => '1 minute')");
    assertThat(Db.query(sql, "SELECT extend_task('" + id + "', '" + token + "')")).isEqualTo("t");
    assertThat(Db.query(sql, "SELECT lease_until > now() + interval '59 minutes' FROM tasks"))
        .isEqualTo("t");
    assertThat(Db.query(sql, "SELECT release_task('" + id + "', '" + token + "')")).isEqualTo("t");
    assertThat(queue.find(id).orElseThrow().attempt()).isZero();
    assertThat(Db.query(sql, "SELECT extend_task('" + id + "', '" + token + "')")).isEqualTo("f");
    assertThat(Db.query(sql, "SELECT release_task('" + id + "', '" + token + "')")).isEqualTo("t");
  }

  @Test
  @Tag("writes-by-hand")
  void updates_ofOlderWorkers_areNotForbidden() throws SQLException {
    UUID done = queue.enqueue("a", "1");
    UUID broken = queue.enqueue("a", "2");
    queue.claim(ClaimRequest.of("a").limit(2));
    Db.execute(
        sql, "UPDATE tasks SET status='completed', completed_at=now() WHERE id='" + done + "'");
    Db.execute(sql, "UPDATE tasks SET status='failed', error='boom' WHERE id='" + broken + "'");
    assertThat(
            Db.column(
                sql, "SELECT status || ' ' || count(*) FROM tasks GROUP BY status ORDER BY 1"))
        .containsExactly("completed 1", "failed 1");
  }

  @Test
  void rescue_byHand_isALostLeaseForTheOldClaimant() throws SQLException {
    queue.enqueue("a", "1");
    Claim old = queue.claim(ClaimRequest.of("a")).get(0);
    Db.execute(sql, "UPDATE tasks SET started_at = now() - interval '2 hours'");
    Db.execute(
        sql,
        "UPDATE tasks SET status='pending', started_at=NULL"
            + " WHERE status='processing' AND started_at < now() - interval '1 hour'");
    assertThatExceptionOfType(LeaseLostException.class).isThrownBy(old::complete);
    assertThatExceptionOfType(LeaseLostException.class).isThrownBy(old::release);
    assertThat(claimed("claim_task()")).containsExactly(old.id().toString());
    assertThatExceptionOfType(LeaseLostException.class).isThrownBy(old::complete);
  }

  @Test
  void olderWorker_processingWithoutLease_isLeasedForAnHour() throws SQLException {
    Db.execute(
        sql,
        "INSERT INTO tasks(type, payload, status, started_at) VALUES"
            + " ('a', '1', 'processing', now() - interval '59 minutes'),"
            + " ('a', '2', 'processing', now() - interval '61 minutes')");
    assertThat(queue.claim(ClaimRequest.of("a").limit(10)))
        .extracting(Claim::payload)
        .containsExactly("2");
    assertThat(claimed("claim_task()")).isEmpty();
  }

  @Test
  void olderWorker_takesATaskWithAnOldLease_hasItsHour() throws SQLException {
    queue.enqueue("a", "1");
    queue.claim(ClaimRequest.of("a"));
    Db.execute(
        sql,
        "UPDATE tasks SET started_at = started_at - interval '1 day',"
            + " lease_until = lease_until - interval '1 day'");
    // Put back by hand, and taken by an older worker that knows no leases.
    Db.execute(sql, "UPDATE tasks SET status='pending', started_at=NULL");
    Db.execute(sql, "UPDATE tasks SET status='processing', started_at=clock_timestamp()");
    assertThat(claimed("claim_task()")).isEmpty();
    assertThat(queue.claim(ClaimRequest.of("a"))).isEmpty();
  }

  @Test
  void functions_roleWithoutTheSchemaInItsPath_findTheRightTable() throws SQLException {
    String role = postgres.schema() + "_role";
    String decoy = postgres.schema() + "_decoy";
    Db.execute(
        sql,
        "CREATE ROLE " + role,
        "CREATE SCHEMA " + decoy,
        "CREATE TABLE " + decoy + ".tasks (LIKE tasks INCLUDING ALL)",
        "GRANT USAGE ON SCHEMA " + decoy + ", " + postgres.schema() + " TO " + role,
        "GRANT SELECT, INSERT, UPDATE ON tasks TO " + role,
        "GRANT SELECT ON " + decoy + ".tasks TO " + role);
    try {
      Db.execute(sql, "SET ROLE " + role);
      assertThatExceptionOfType(SQLException.class)
          .as("not granted yet")
          .isThrownBy(() -> Db.query(sql, "SELECT 1 FROM " + postgres.schema() + ".claim_task()"))
          .withMessageContaining("permission denied");
      Db.execute(
          sql,
          "RESET ROLE",
          "GRANT EXECUTE ON FUNCTION claim_task, complete_task, fail_task, extend_task, release_task TO "
              + role,
          "SET ROLE " + role,
          "SET search_path = " + decoy + ", public",
          "CREATE TEMPORARY TABLE tasks (LIKE " + postgres.schema() + ".tasks)",
          "INSERT INTO " + postgres.schema() + ".tasks(type, payload) VALUES ('a', '1')");
      String in = postgres.schema() + ".";
      String id = Db.query(sql, "SELECT id FROM " + in + "claim_task()");
      assertThat(id).as("claimed from the schema of the function").isNotNull();
      String token = Db.query(sql, "SELECT token FROM " + in + "tasks");
      assertThat(call(in + "extend_task", id, token)).isEqualTo("t");
      assertThat(call(in + "complete_task", id, token)).isEqualTo("t");
    } finally {
      Db.execute(
          sql,
          "RESET ROLE",
          "DROP SCHEMA " + decoy + " CASCADE",
          "DROP OWNED BY " + role + " CASCADE",
          "DROP ROLE " + role);
    }
  }

  @Test
  void checks_badRowsBySql_areRefused() {
    for (String bad :
        List.of(
            "(type, payload) VALUES ('', '1')",
            "(type, payload) VALUES (repeat('x', 201), '1')",
            "(type, payload, queue) VALUES ('a', '1', '')",
            "(type, payload, priority) VALUES ('a', '1', 5)",
            "(type, payload, status) VALUES ('a', '1', 'done')",
            "(type, payload, run_at) VALUES ('a', '1', 'infinity')",
            "(type, payload, max_attempts) VALUES ('a', '1', 0)")) {
      assertThatExceptionOfType(SQLException.class)
          .as(bad)
          .isThrownBy(() -> Db.execute(sql, "INSERT INTO tasks" + bad))
          .withMessageContaining("violates check constraint");
    }
  }

  @Test
  void errors_writtenByHand_areReadWhereTheyAreEntries() throws SQLException {
    UUID id = queue.enqueue("a", "1");
    Db.execute(
        sql,
        """
        UPDATE tasks SET errors = '[{}, 1, null, [], {"attempt": 1, "at": "2026-01-02T03:04:05+06:00", "error": "e"},
          {"attempt": "x", "at": "2026-01-02T03:04:05Z", "error": "e"}, {"attempt": 1, "at": "soon", "error": "e"},
          {"attempt": 3, "at": "2026-01-02T03:04:05Z", "error": null}]'
        """);
    assertThat(queue.errors(id))
        .containsExactly(new AttemptError(1, Instant.parse("2026-01-01T21:04:05Z"), "e"));
    Db.execute(sql, "UPDATE tasks SET errors = NULL");
  }

  /** The statements of docs/sql-contract.md, again where a window ended meanwhile. */
  @Test
  void insert_windowOfThePage_isThatOfJava() throws Exception {
    String page = Files.readString(Path.of("..", "docs", "sql-contract.md"));
    int begin = page.indexOf("INSERT INTO tasks(type, payload, unique_key, unique_window)");
    String insert = page.substring(begin, page.indexOf(';', begin));
    NewTask task = NewTask.of("report", "{}").uniqueKey("monday", Duration.ofHours(1));
    String windows = "SELECT count(DISTINCT date_bin('1 hour', created_at, 'epoch')) FROM tasks";
    do {
      Db.execute(sql, "TRUNCATE tasks");
      queue.enqueue(task);
      Db.execute(sql, insert);
    } while (!"1".equals(Db.query(sql, windows)));
    assertThat(queue.counts()).containsEntry(Status.PENDING, 1L);
  }

  @Test
  void failAndReleaseTask_afterEachOther_leaveWhatTheFirstDid() throws SQLException {
    UUID id = queue.enqueue("a", "1");
    String token = Db.query(sql, "SELECT token FROM claim_task()");
    String fail = "SELECT fail_task('" + id + "', '" + token + "', 'boom')";
    String release = "SELECT release_task('" + id + "', '" + token + "')";
    assertThat(Db.query(sql, release)).isEqualTo("t");
    assertThat(Db.query(sql, fail)).isEqualTo("t");
    assertThat(Db.query(sql, "SELECT errors IS NULL AND attempt = 0 FROM tasks")).isEqualTo("t");
    token = Db.query(sql, "SELECT token FROM claim_task()");
    assertThat(Db.query(sql, "SELECT fail_task('" + id + "', '" + token + "', 'boom')"))
        .isEqualTo("t");
    assertThat(call("release_task", id.toString(), token)).isEqualTo("t");
    assertThat(Db.query(sql, "SELECT attempt FROM tasks")).isEqualTo("1");
  }

  /** Cancelled as docs/operations.md says. */
  @Test
  void claim_payloadTooLongAsText_saysWhyAndGoesOnOnceItIsCancelled() throws Exception {
    Db.execute(
        sql,
        "INSERT INTO tasks(type, payload, run_at)"
            + " VALUES ('poison', ('[' || repeat('1e131071,', 8199) || '1e131071]')::jsonb, now() - interval '1 hour')",
        "INSERT INTO tasks(type, payload) VALUES ('good', '{}')");
    ClaimRequest request = ClaimRequest.of("poison", "good");
    assertThatExceptionOfType(DatabaseException.class)
        .isThrownBy(() -> queue.claim(request))
        .withMessageMatching("claim: .*\\(SQLSTATE 54000: .{10,}\\)");
    String page = Files.readString(Path.of("..", "docs", "operations.md"));
    Db.execute(sql, page.substring(page.indexOf("DO $$"), page.indexOf("END $$;")) + "END $$");
    assertThat(queue.claim(request)).extracting(Claim::type).containsExactly("good");
    assertThat(queue.counts()).containsEntry(Status.CANCELLED, 1L);
  }

  private List<String> claimed(String call) throws SQLException {
    return Db.column(sql, "SELECT id FROM " + call);
  }

  private String call(String function, String id, String token) throws SQLException {
    return Db.query(sql, "SELECT " + function + "('" + id + "', '" + token + "')");
  }
}
