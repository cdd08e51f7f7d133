package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.dibs.DatabaseException;
import dev.dibs.Retention;
import dev.dibs.Status;
import dev.dibs.TaskAdmin;
import dev.dibs.TaskQueue;
import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.testkit.DibsPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is past its retention goes, a range of blocks at a time, by one keeper at a time. */
@Timeout(60)
class SweepIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  private static final Retention A_WEEK =
      Retention.forever()
          .completed(Duration.ofDays(7))
          .failed(Duration.ofDays(7))
          .cancelled(Duration.ofDays(7));
  private static final String OLD = "now() - interval '8 days'";
  private static final String YOUNG = "now() - interval '6 days'";

  private final UUID keeper = UUID.randomUUID();
  private TaskQueue queue;
  private TaskAdmin admin;
  private Connection sql;

  @BeforeEach
  void open() throws SQLException {
    queue = PostgresTaskQueue.create(postgres.dataSource(), postgres.schema());
    admin = queue.admin();
    sql = postgres.connect();
    Db.execute(sql, "TRUNCATE tasks, dibs_housekeeping");
  }

  @AfterEach
  void close() throws SQLException {
    sql.close();
  }

  @Test
  void sweep_everyStatusOldAndYoung_deletesWhatIsPastItsOwnRetention() throws SQLException {
    for (String status : List.of("completed", "failed", "cancelled", "pending", "processing")) {
      insert(status + " old", status, OLD);
      insert(status + " young", status, YOUNG);
    }
    assertThat(admin.sweep(Retention.forever().cancelled(Duration.ofDays(7)), keeper)).isFalse();
    assertThat(types()).hasSize(9).doesNotContain("cancelled old");
    admin.sweep(A_WEEK.failed(Duration.ZERO), keeper);
    assertThat(types())
        .containsExactly(
            "cancelled young",
            "completed young",
            "pending old",
            "pending young",
            "processing old",
            "processing young");
  }

  @Test
  void sweep_finishedByHandWithoutATime_countsFromTheBeginning() throws SQLException {
    Db.execute(
        sql,
        "INSERT INTO tasks(type, payload, status, created_at, started_at) VALUES"
            + " ('began lately', '1', 'completed', "
            + OLD
            + ", now()),"
            + " ('began long ago', '1', 'completed', now(), "
            + OLD
            + "),"
            + " ('made long ago', '1', 'failed', "
            + OLD
            + ", NULL)",
        "INSERT INTO tasks(type, payload, status, created_at, run_at)"
            + " VALUES ('due long ago', '1', 'failed', NULL, "
            + OLD
            + ")");
    admin.sweep(A_WEEK, keeper);
    assertThat(types()).containsExactly("began lately");
  }

  @Test
  void sweep_uniqueWindow_isKeptUntilItIsOver() throws SQLException {
    for (String type : List.of("open", "over", "endless", "no window")) {
      insert(type, "completed", OLD);
    }
    Db.execute(
        sql,
        "UPDATE tasks SET unique_key = 'k'",
        "UPDATE tasks SET unique_window = tstzrange(now() - interval '9 days', now() + interval '1 h')"
            + " WHERE type = 'open'",
        "UPDATE tasks SET unique_window = tstzrange(now() - interval '9 days', now())"
            + " WHERE type = 'over'",
        "UPDATE tasks SET unique_window = tstzrange(now(), NULL) WHERE type = 'endless'");
    admin.sweep(A_WEEK, keeper);
    assertThat(types()).containsExactly("endless", "open");
  }

  @Test
  void sweep_lockedRow_isLeftForTheNextPass() throws SQLException {
    insert("held", "completed", OLD);
    insert("free", "completed", OLD);
    sql.setAutoCommit(false);
    Db.execute(sql, "SELECT FROM tasks WHERE type = 'held' FOR KEY SHARE");
    admin.sweep(A_WEEK, keeper);
    assertThat(types()).containsExactly("held");
    sql.rollback();
    sql.setAutoCommit(true);
    admin.sweep(A_WEEK, keeper);
    assertThat(types()).isEmpty();
  }

  @Test
  void sweep_largeTable_goesRangeByRangeAndBeginsAnew() throws SQLException {
    fill();
    int calls = 1;
    long before = tasks();
    while (admin.sweep(A_WEEK, keeper)) {
      long after = tasks();
      assertThat(before - after).as("deleted by call %d", calls).isBetween(1000L, 20_000L);
      before = after;
      calls++;
    }
    assertThat(tasks()).isZero();
    assertThat(calls).isEqualTo((blocks() + 255) / 256).isGreaterThanOrEqualTo(3);
    insert("again", "completed", OLD);
    assertThat(Db.query(sql, "SELECT next_block FROM dibs_housekeeping")).isEqualTo("0");
    Db.execute(sql, "TRUNCATE tasks", "UPDATE dibs_housekeeping SET next_block = 512");
    insert("shorter", "completed", OLD);
    assertThat(admin.sweep(A_WEEK, keeper)).isFalse();
    assertThat(types()).as("the place lay behind the table's end").isEmpty();
  }

  @Test
  void sweep_whileAnotherHasTheLease_doesNothingUntilItEnds() throws SQLException {
    assertThat(admin.sweep(A_WEEK, keeper)).isFalse();
    insert("a", "completed", OLD);
    UUID other = UUID.randomUUID();
    assertThat(admin.sweep(A_WEEK, other)).isFalse();
    assertThat(types()).hasSize(1);
    Db.execute(sql, "UPDATE dibs_housekeeping SET lease_until = now() - interval '1 second'");
    admin.sweep(A_WEEK, other);
    assertThat(types()).isEmpty();
    assertThat(Db.query(sql, "SELECT holder FROM dibs_housekeeping")).isEqualTo(other.toString());
  }

  @Test
  void sweep_manyKeepersAtOnce_oneSweeps() throws Exception {
    fill();
    for (int round = 0; round < 20; round++) {
      Db.execute(sql, "TRUNCATE dibs_housekeeping");
      assertThat(sweepingOf(8, true)).as("who swept in round %d", round).isEqualTo(1);
    }
    // The check can fail: to the lease, these are one.
    Db.execute(sql, "TRUNCATE dibs_housekeeping");
    assertThat(sweepingOf(2, false)).isEqualTo(2);
  }

  @Test
  void sweep_rangeThatCannotBeDeleted_holdsUpNothing() throws SQLException {
    fill();
    try {
      Db.execute(
          sql,
          "CREATE TABLE bills (task uuid REFERENCES tasks)",
          "INSERT INTO bills SELECT id FROM tasks WHERE ctid = '(0,1)'");
      assertThatExceptionOfType(DatabaseException.class)
          .isThrownBy(() -> admin.sweep(A_WEEK, keeper));
      long before = tasks();
      assertThat(admin.sweep(A_WEEK, keeper)).isTrue();
      assertThat(tasks()).isLessThan(before);
    } finally {
      Db.execute(sql, "DROP TABLE bills");
    }
  }

  @Test
  void sweep_everythingForEver_touchesNothing() throws SQLException {
    insert("a", "completed", OLD);
    assertThat(admin.sweep(Retention.forever(), keeper)).isFalse();
    assertThat(types()).hasSize(1);
    assertThat(Db.query(sql, "SELECT count(*) FROM dibs_housekeeping")).isEqualTo("0");
    assertThat(queue.counts()).containsEntry(Status.COMPLETED, 1L);
  }

  /** How many of them were told that there is more: those that swept the first range. */
  private int sweepingOf(int keepers, boolean differ) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(keepers);
    try {
      CyclicBarrier start = new CyclicBarrier(keepers);
      List<Future<Boolean>> answers = new ArrayList<>();
      for (int i = 0; i < keepers; i++) {
        Callable<Boolean> sweep =
            () -> {
              start.await(30, TimeUnit.SECONDS);
              return admin.sweep(A_WEEK, differ ? UUID.randomUUID() : keeper);
            };
        answers.add(threads.submit(sweep));
      }
      int sweeping = 0;
      for (Future<Boolean> answer : answers) {
        sweeping += answer.get(30, TimeUnit.SECONDS) ? 1 : 0;
      }
      return sweeping;
    } finally {
      threads.shutdown();
    }
  }

  private void fill() throws SQLException {
    Db.execute(
        sql,
        "INSERT INTO tasks(type, payload, status, completed_at) SELECT 'a', '{}', 'completed', "
            + OLD
            + " FROM generate_series(1, 20000)");
    assertThat(blocks()).isGreaterThan(512);
  }

  private void insert(String type, String status, String at) throws SQLException {
    Db.execute(
        sql,
        "INSERT INTO tasks(type, payload, status, created_at, completed_at, run_at) VALUES ('"
            + type
            + "', '{}', '"
            + status
            + "', "
            + OLD
            + ", "
            + at
            + ", "
            + OLD
            + ")");
  }

  private List<String> types() throws SQLException {
    return Db.column(sql, "SELECT type FROM tasks ORDER BY type");
  }

  private long tasks() throws SQLException {
    return Long.parseLong(Db.query(sql, "SELECT count(*) FROM tasks"));
  }

  private int blocks() throws SQLException {
    return Integer.parseInt(Db.query(sql, "SELECT pg_relation_size('tasks') / 8192"));
  }
}
