package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.dibs.FailedFilter;
import dev.dibs.InvalidInputException;
import dev.dibs.Pause;
import dev.dibs.Redriven;
import dev.dibs.Retention;
import dev.dibs.SetupException;
import dev.dibs.Status;
import dev.dibs.Task;
import dev.dibs.TaskAdmin;
import dev.dibs.TaskQueue;
import dev.dibs.TypeStats;
import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.testkit.DibsPostgres;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

/** What operators do, on rows as they are found in real tables: failed by hand, locked, keyed. */
@Timeout(60)
class AdminIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  private TaskQueue queue;
  private TaskAdmin admin;
  private Connection sql;

  @BeforeEach
  void open() throws SQLException {
    queue = PostgresTaskQueue.create(postgres.dataSource(), postgres.schema());
    admin = queue.admin();
    sql = postgres.connect();
    Db.execute(sql, "TRUNCATE tasks, dibs_pauses, dibs_housekeeping");
  }

  @AfterEach
  void close() throws SQLException {
    sql.close();
  }

  @Test
  void stats_tasksInEveryState_countsEachAndNothingFinished() throws SQLException {
    assertThat(admin.stats()).isEmpty();
    Db.execute(
        sql,
        "INSERT INTO tasks(type, payload, run_at) VALUES ('a', '1', now() - interval '1 minute'),"
            + " ('a', '2', now() - interval '1 second'), ('a', '3', now() + interval '1 day')",
        "INSERT INTO tasks(type, payload, status, attempt, token, started_at, lease_until)"
            + " VALUES ('a', '4', 'processing', 1, gen_random_uuid(), now(), now() + interval '1 h'),"
            + " ('a', '5', 'processing', 1, gen_random_uuid(), now() - interval '2 h',"
            + "   now() - interval '1 h')",
        "INSERT INTO tasks(type, payload, status) VALUES ('a', '6', 'completed'),"
            + " ('a', '7', 'cancelled'), ('a', '8', 'failed'), ('dead', '9', 'failed'),"
            + " ('done', '10', 'completed')",
        "INSERT INTO tasks(type, payload, queue, run_at)"
            + " VALUES ('a', '11', 'other', now() + interval '1 day')");
    admin.pause(Pause.queue("other"));
    admin.pause(Pause.type("dead"));
    List<TypeStats> stats = admin.stats();
    assertThat(stats)
        .usingRecursiveFieldByFieldElementComparatorIgnoringFields("oldestReady")
        .containsExactly(
            new TypeStats("default", "a", 2, 1, 2, 1, 1, Optional.empty(), false),
            new TypeStats("default", "dead", 0, 0, 0, 0, 1, Optional.empty(), true),
            new TypeStats("other", "a", 0, 1, 0, 0, 0, Optional.empty(), true));
    assertThat(stats.get(0).oldestReady().orElseThrow())
        .isBetween(Duration.ofMinutes(1), Duration.ofMinutes(2));
    assertThat(stats.get(1).oldestReady()).isEmpty();
    assertThat(stats.get(2).oldestReady()).isEmpty();
  }

  @Test
  void failed_withAndWithoutATime_oldestFirstAndTheUntimedLast() throws SQLException {
    UUID untimed = failed("a", "e", null);
    UUID young = failed("a", "e", "2026-01-02 00:00Z");
    UUID old = failed("a", "e", "2026-01-01 00:00Z");
    queue.enqueue("a", "1");
    Db.execute(sql, "UPDATE tasks SET started_at = '2026-01-03 00:00Z' WHERE completed_at IS NULL");
    assertThat(ids(FailedFilter.all())).containsExactly(old, young, untimed);
    assertThat(ids(FailedFilter.all().limit(2))).containsExactly(old, young);
    assertThat(ids(FailedFilter.id(untimed))).containsExactly(untimed);
    assertThat(ids(FailedFilter.all().before(Instant.parse("2026-01-02T00:00:00Z"))))
        .containsExactly(old);
    assertThat(ids(FailedFilter.all().before(Instant.parse("2026-01-02T00:00:00.000000001Z"))))
        .containsExactly(old, young);
    assertThat(ids(FailedFilter.all().before(Instant.parse("2026-01-04T00:00:00Z"))))
        .containsExactly(old, young, untimed);
    assertThat(ids(FailedFilter.all().queue("other"))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "%",
        "_",
        "\\",
        "'",
        "''",
        "\"",
        "$1",
        "?",
        "{0}",
        ".*",
        "'; DROP TABLE tasks; --",
        "Ω🦊",
        "e\u0301"
      })
  void filter_textOfAnyKind_isTakenAsItIs(String text) throws SQLException {
    UUID byError = failed("a", "before " + text + " after", "2026-01-01 00:00Z");
    UUID byType = failed(text, "", "2026-01-02 00:00Z");
    failed("a", "plain x error é", "2026-01-01 00:00Z");
    failed("ax", null, null);
    assertThat(ids(FailedFilter.all().errorContains(text))).containsExactly(byError);
    assertThat(ids(FailedFilter.all().type(text))).containsExactly(byType);
    assertThat(ids(FailedFilter.all().queue(text))).isEmpty();
    assertThat(admin.redrive(FailedFilter.all().type(text)).tasks()).containsExactly(byType);
    assertThat(admin.prune(FailedFilter.all().errorContains(text))).containsExactly(byError);
    admin.pause(Pause.type(text));
    assertThat(admin.pauses()).containsExactly(Pause.type(text));
    assertThat(admin.stats()).filteredOn(TypeStats::paused).hasSize(1);
    assertThat(queue.counts()).containsEntry(Status.FAILED, 2L).containsEntry(Status.PENDING, 1L);
  }

  @Test
  void redrive_afterAHardLife_isAsNewButForItsErrors() throws SQLException {
    UUID id = failed("a", "boom", "2026-01-01 00:00Z");
    Db.execute(
        sql,
        "UPDATE tasks SET attempt = 20, token = gen_random_uuid(), started_at = now(), expiries = 3,"
            + " alone = true, cancel_requested = true, progress = '1', errors = '[{\"attempt\": 1, \"at\": \"2026-01-01T00:00:00Z\", \"error\": \"x\"}]',"
            + " run_at = '2026-01-01 00:00Z', priority = 1, max_attempts = 7");
    assertThat(admin.redrive(FailedFilter.all())).isEqualTo(new Redriven(List.of(id), List.of()));
    assertThat(
            Db.query(
                sql,
                "SELECT (status, attempt, started_at, completed_at, lease_until, token, expiries,"
                    + " alone, cancel_requested, progress, error, errors, priority, max_attempts,"
                    + " live, dead)::text FROM tasks"))
        .isEqualTo(
            "(pending,0,,,,,0,f,f,,boom,\"[{\"\"at\"\": \"\"2026-01-01T00:00:00Z\"\", \"\"error\"\": \"\"x\"\", \"\"attempt\"\": 1}]\",1,7,t,f)");
    assertThat(Db.query(sql, "SELECT clock_timestamp() - run_at < interval '1 min' FROM tasks"))
        .isEqualTo("t");
    assertThat(admin.redrive(FailedFilter.all())).isEqualTo(new Redriven(List.of(), List.of()));
    assertThat(Db.query(sql, "SELECT id FROM claim_task()")).isEqualTo(id.toString());
  }

  @Test
  void redrive_uniqueKeys_onlyTheOldestFailureOfAFreeKey() throws SQLException {
    UUID live = queue.enqueue("a", "1");
    Db.execute(sql, "UPDATE tasks SET unique_key = 'held'");
    UUID held = keyed("a", "held", "2026-01-01 00:00Z");
    UUID sameKeyOtherType = keyed("b", "held", "2026-01-01 00:00Z");
    UUID second = keyed("a", "free", "2026-01-03 00:00Z");
    UUID first = keyed("a", "free", "2026-01-02 00:00Z");
    UUID third = keyed("a", "free", null);
    UUID windowed = keyed("a", "held", "2026-01-04 00:00Z");
    UUID windowedToo = keyed("a", "held", "2026-01-05 00:00Z");
    Db.execute(
        sql,
        "UPDATE tasks SET unique_window = tstzrange(completed_at, completed_at + interval '1 h')"
            + " WHERE completed_at >= '2026-01-04 00:00Z'");
    Redriven redriven = admin.redrive(FailedFilter.all());
    assertThat(redriven.tasks())
        .containsExactlyInAnyOrder(sameKeyOtherType, first, windowed, windowedToo);
    assertThat(redriven.keyTaken()).containsExactly(held, second, third);
    assertThat(ids(FailedFilter.all())).containsExactly(held, second, third);
    Db.execute(
        sql,
        "UPDATE tasks SET status = 'completed', completed_at = now() WHERE id = '" + live + "'");
    assertThat(admin.redrive(FailedFilter.all()).tasks()).containsExactly(held);
  }

  @Test
  void redriveAndPrune_rowThatSomebodyHolds_passOverItAtOnce() throws SQLException {
    UUID held = failed("a", "e", "2026-01-01 00:00Z");
    UUID free = failed("a", "e", "2026-01-02 00:00Z");
    sql.setAutoCommit(false);
    Db.execute(sql, "SELECT FROM tasks WHERE id = '" + held + "' FOR UPDATE");
    assertThat(admin.redrive(FailedFilter.all().limit(1)).tasks()).containsExactly(free);
    assertThat(admin.prune(FailedFilter.all())).isEmpty();
    sql.rollback();
    sql.setAutoCommit(true);
    assertThat(admin.prune(FailedFilter.all())).containsExactly(held);
  }

  @Test
  void prune_filter_deletesThoseAndNoOthers() throws SQLException {
    UUID a = keyed("a", "k", "2026-01-02 00:00Z");
    UUID untimed = failed("a", null, null);
    UUID b = failed("b", "e", "2026-01-01 00:00Z");
    UUID live = queue.enqueue("a", "1");
    Db.execute(
        sql,
        "UPDATE tasks SET unique_window = tstzrange(now(), now() + interval '1 h')"
            + " WHERE unique_key = 'k'");
    assertThat(admin.prune(FailedFilter.all().ids(List.of(live, UUID.randomUUID())))).isEmpty();
    assertThat(admin.prune(FailedFilter.all().type("a"))).containsExactlyInAnyOrder(a, untimed);
    assertThat(queue.find(a)).isEmpty();
    assertThat(queue.find(b)).isPresent();
    assertThat(queue.find(live)).isPresent();
  }

  @Test
  void pause_twiceAndResumeTwice_areOnePauseAndNone() throws SQLException {
    queue.enqueue("a", "1");
    admin.pause(Pause.type("a"));
    admin.pause(Pause.type("a"));
    admin.pause(Pause.queue("a"));
    assertThat(admin.pauses()).containsExactlyInAnyOrder(Pause.type("a"), Pause.queue("a"));
    assertThat(Db.query(sql, "SELECT id FROM claim_task()")).isNull();
    admin.resume(Pause.type("a"));
    admin.resume(Pause.type("a"));
    assertThat(admin.pauses()).containsExactly(Pause.queue("a"));
    assertThat(Db.query(sql, "SELECT id FROM claim_task()")).isNotNull();
  }

  @Test
  void pauses_blankNamesOfPlainSql_areLeftOut() throws SQLException {
    Db.execute(
        sql,
        "INSERT INTO dibs_pauses(kind, name)"
            + " VALUES ('queue', ' '), ('type', U&'\\2003'), ('type', ' a ')");
    assertThat(admin.pauses()).containsExactly(Pause.type(" a "));
  }

  @Test
  void stats_monitorsGrants_suffice() throws SQLException {
    failed("a", "e", "2026-01-01 00:00Z");
    as(
        "monitor",
        monitor -> {
          assertThat(monitor.stats()).hasSize(1);
          assertThat(monitor.pauses()).isEmpty();
          assertThatExceptionOfType(SetupException.class)
              .isThrownBy(() -> monitor.failed(FailedFilter.all()))
              .withMessageContaining("privilege");
          assertThatExceptionOfType(SetupException.class)
              .isThrownBy(() -> monitor.redrive(FailedFilter.all()))
              .withMessageContaining("privilege");
        });
  }

  @Test
  void everyMethod_adminsGrants_suffice() throws SQLException {
    UUID id = failed("a", "e", "2026-01-01 00:00Z");
    as(
        "admin",
        operator -> {
          operator.pause(Pause.type("a"));
          assertThat(operator.stats()).extracting(TypeStats::paused).containsExactly(true);
          assertThat(operator.pauses()).hasSize(1);
          operator.resume(Pause.type("a"));
          assertThat(operator.failed(FailedFilter.all())).hasSize(1);
          assertThat(operator.redrive(FailedFilter.all()).tasks()).containsExactly(id);
          assertThat(operator.prune(FailedFilter.all())).isEmpty();
          Retention retention = Retention.forever().completed(Duration.ZERO);
          assertThat(operator.sweep(retention, UUID.randomUUID())).isFalse();
        });
  }

  @Test
  void arguments_null_areNamed() {
    assertThatExceptionOfType(InvalidInputException.class).isThrownBy(() -> admin.failed(null));
    assertThatExceptionOfType(InvalidInputException.class).isThrownBy(() -> admin.redrive(null));
    assertThatExceptionOfType(InvalidInputException.class).isThrownBy(() -> admin.prune(null));
    assertThatExceptionOfType(InvalidInputException.class).isThrownBy(() -> admin.pause(null));
    assertThatExceptionOfType(InvalidInputException.class).isThrownBy(() -> admin.resume(null));
    assertThatExceptionOfType(InvalidInputException.class)
        .isThrownBy(() -> admin.sweep(null, UUID.randomUUID()));
    assertThatExceptionOfType(InvalidInputException.class)
        .isThrownBy(() -> admin.sweep(Retention.forever(), null));
  }

  /** With the privileges of a role that has this grant and no other. */
  private void as(String kind, Consumer<TaskAdmin> work) throws SQLException {
    String role = postgres.schema() + "_" + kind;
    Db.execute(sql, "CREATE ROLE " + role, "SELECT dibs_grant('" + kind + "', '" + role + "')");
    try {
      PGSimpleDataSource source = postgres.dataSource().unwrap(PGSimpleDataSource.class);
      source.setOptions("-c role=" + role);
      work.accept(PostgresTaskQueue.create(source, postgres.schema()).admin());
    } finally {
      Db.execute(sql, "DROP OWNED BY " + role, "DROP ROLE " + role);
    }
  }

  private List<UUID> ids(FailedFilter filter) {
    return admin.failed(filter).stream().map(Task::id).toList();
  }

  private UUID keyed(String type, String key, String at) throws SQLException {
    return failed(type, "e", at, key);
  }

  private UUID failed(String type, String error, String at) throws SQLException {
    return failed(type, error, at, null);
  }

  private UUID failed(String type, String error, String at, String key) throws SQLException {
    try (PreparedStatement insert =
        sql.prepareStatement(
            "INSERT INTO tasks(type, payload, status, error, completed_at, unique_key)"
                + " VALUES (?, '{}', 'failed', ?, ?::timestamptz, ?) RETURNING id")) {
      insert.setString(1, type);
      insert.setString(2, error);
      insert.setString(3, at);
      insert.setString(4, key);
      try (ResultSet row = insert.executeQuery()) {
        row.next();
        return row.getObject(1, UUID.class);
      }
    }
  }
}
