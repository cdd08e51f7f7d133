package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.zaxxer.hikari.HikariDataSource;
import dev.dibs.DatabaseException;
import dev.dibs.IdConflictException;
import dev.dibs.NewTask;
import dev.dibs.OutcomeUnknownException;
import dev.dibs.Priority;
import dev.dibs.Status;
import dev.dibs.TaskQueue;
import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.testkit.DibsPostgres;
import dev.dibs.testkit.wire.WireTap;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.PGConnection;
import org.postgresql.ds.PGSimpleDataSource;

/** Lists that are long enough to be copied: the same as an INSERT in everything but the cost. */
@Timeout(120)
class BulkEnqueueIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  private static final int MANY = 1_000;
  private static final int FEW = 100;

  private PGSimpleDataSource tapped;
  private WireTap tap;
  private TaskQueue queue;

  @BeforeEach
  void open() throws SQLException {
    execute("TRUNCATE tasks");
    tapped = postgres.dataSource().unwrap(PGSimpleDataSource.class);
    tap = WireTap.recording(tapped.getServerNames()[0], tapped.getPortNumbers()[0]);
    tapped.setServerNames(new String[] {"localhost"});
    tapped.setPortNumbers(new int[] {tap.port()});
    queue = PostgresTaskQueue.create(tapped, postgres.schema());
  }

  @AfterEach
  void close() {
    tap.close();
  }

  @Test
  void enqueueAll_manyNew_areCopiedAndOthersInserted() throws SQLException {
    queue.enqueueAll(tasks(MANY));
    assertThat(copies()).isEqualTo(1);

    queue.enqueueAll(tasks(FEW));
    queue.enqueueAll(tasks(MANY, task -> task.uniqueKey(task.id().toString())));
    try (Connection connection = tapped.getConnection()) {
      connection.setAutoCommit(false);
      queue.within(connection).enqueueAll(tasks(MANY));
      connection.commit();
    }
    assertThat(copies()).as("few, with keys, and in a caller's transaction").isEqualTo(1);
    assertThat(queue.counts()).containsEntry(Status.PENDING, 3L * MANY + FEW);
  }

  /** What a text format would have to escape, what a length could get wrong, the ends of ranges. */
  @Test
  void enqueueAll_hostileValues_areTheSameRowsAsInserted() throws SQLException {
    List<UnaryOperator<NewTask>> options =
        List.of(
            task -> task,
            task -> task.queue("\\N").priority(Priority.LOW),
            task -> task.queue("\\.").maxAttempts(1000),
            task -> task.queue("tab\tnewline\nreturn\rquote\"'back\\slash"),
            task -> task.queue("\u0001\u007fé€\uD83D\uDE00".repeat(20)).priority(Priority.HIGH),
            task -> task.runAt(Instant.parse("0001-01-01T00:00:00Z")),
            task -> task.runAt(Instant.parse("1999-12-31T23:59:59.999999999Z")),
            task -> task.runAt(Instant.parse("1582-10-10T00:00:00.000001Z")),
            task -> task.runAt(Instant.parse("9999-12-31T23:59:59.999999999Z")));
    List<String> payloads =
        List.of(
            "null",
            "\"\\\\N \\t \\n \\u0001 \\\\ é € \uD83D\uDE00\"",
            "{\"b\": 1.50, \"a\": [1e5, {}], \"b\": \"\\\\.\"}",
            "\"" + "long ".repeat(60_000) + "\"");
    List<NewTask> copied = new ArrayList<>();
    for (int i = 0; i < 250; i++) {
      NewTask task = NewTask.of("copied \\", payloads.get(i % payloads.size()));
      copied.add(options.get(i % options.size()).apply(task));
    }
    List<NewTask> inserted =
        copied.stream().map(task -> options(task, NewTask.of("inserted", task.payload()))).toList();
    queue.enqueueAll(copied);
    for (int i = 0; i < inserted.size(); i += 50) {
      queue.enqueueAll(inserted.subList(i, i + 50));
    }
    assertThat(copies()).isEqualTo(1);
    assertThat(rows("copied \\")).hasSize(250).isEqualTo(rows("inserted"));
    assertThat(queue.find(copied.get(5).id()).orElseThrow().runAt())
        .isEqualTo(copied.get(5).runAt().orElseThrow());
  }

  private static NewTask options(NewTask from, NewTask to) {
    NewTask task = to.queue(from.queue()).priority(from.priority()).maxAttempts(from.maxAttempts());
    return from.runAt().map(task::runAt).orElse(task);
  }

  /** In the order of their ids, which is that of the list. */
  private List<String> rows(String type) throws SQLException {
    try (Connection connection = postgres.connect()) {
      return Db.column(
          connection,
          "SELECT to_jsonb(t) - '{id, type, created_at}'::text[] || jsonb_build_object('run_at',"
              + " CASE WHEN run_at BETWEEN now() - interval '1 hour' AND now() + interval '1 hour'"
              + " THEN 'now' ELSE run_at::text END) FROM tasks t WHERE type = '"
              + type
              + "' ORDER BY id");
    }
  }

  @Test
  void enqueueAll_delays_areAddedToOneTimeOfTheDatabase() throws SQLException {
    List<Duration> delays = List.of(Duration.ZERO, Duration.ofNanos(1_999), Duration.ofDays(3650));
    String before = Db.query(tapped, "SELECT clock_timestamp()");
    queue.enqueueAll(
        IntStream.range(0, MANY)
            .mapToObj(i -> NewTask.of("a", "1").delay(delays.get(i % delays.size())))
            .toList());
    try (Connection connection = postgres.connect()) {
      assertThat(
              Db.column(
                  connection,
                  "SELECT DISTINCT run_at - (SELECT min(run_at) FROM tasks) FROM tasks ORDER BY 1"))
          .containsExactly("00:00:00", "00:00:00.000001", "3650 days");
      assertThat(
              Db.query(
                  connection,
                  "SELECT min(run_at) BETWEEN '" + before + "' AND min(created_at) FROM tasks"))
          .isEqualTo("t");
    }
  }

  @Test
  void enqueueAll_repeated_makesEachOnce() {
    List<NewTask> tasks = tasks(MANY);
    List<UUID> ids = tasks.stream().map(NewTask::id).toList();
    queue.enqueueAll(tasks.subList(MANY / 2, MANY));
    assertThat(queue.enqueueAll(tasks)).isEqualTo(ids);
    assertThat(queue.enqueueAll(tasks)).isEqualTo(ids);
    assertThat(copies()).isEqualTo(3);
    assertThat(queue.counts()).containsEntry(Status.PENDING, (long) MANY);
  }

  @Test
  void enqueueAll_lastIdHoldsAnotherTask_writesNothing() {
    List<NewTask> tasks = tasks(MANY);
    UUID taken = queue.enqueue(NewTask.of("other", "1").id(tasks.get(MANY - 1).id()));
    assertThatExceptionOfType(IdConflictException.class)
        .isThrownBy(() -> queue.enqueueAll(tasks))
        .withMessageContaining(taken.toString());
    assertThat(queue.counts()).containsEntry(Status.PENDING, 1L);
  }

  @Test
  void enqueueAll_readOnlyForNow_isTransientAndWritesNothing() throws SQLException {
    tapped.setOptions("-c default_transaction_read_only=on");
    assertThatExceptionOfType(DatabaseException.class)
        .isThrownBy(() -> queue.enqueueAll(tasks(MANY)))
        .matches(DatabaseException::isTransient)
        .withMessageContaining("25006");
  }

  /** COPY is refused then (0A000), and need not be tried again. */
  @Test
  void enqueueAll_rowLevelSecurity_isInserted() throws SQLException {
    String role = postgres.schema() + "_rls";
    execute(
        "CREATE ROLE " + role + " LOGIN PASSWORD 'secret'",
        "SELECT dibs_grant('producer', '" + role + "')",
        "ALTER TABLE tasks ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY mine ON tasks USING (true) WITH CHECK (type <> 'forbidden')");
    try {
      tapped.setUser(role);
      tapped.setPassword("secret");
      queue.enqueueAll(tasks(MANY));
      queue.enqueueAll(tasks(MANY));
      assertThat(copies()).isEqualTo(1);
      assertThat(queue.counts()).containsEntry(Status.PENDING, 2L * MANY);
    } finally {
      execute(
          "DROP POLICY mine ON tasks",
          "ALTER TABLE tasks DISABLE ROW LEVEL SECURITY",
          "DROP OWNED BY " + role,
          "DROP ROLE " + role);
    }
  }

  @Test
  void enqueue_keyOfATaskThatRowLevelSecurityHides_namesIt() throws SQLException {
    String role = postgres.schema() + "_rls";
    execute(
        "CREATE ROLE " + role + " LOGIN PASSWORD 'secret'",
        "SELECT dibs_grant('producer', '" + role + "')",
        "ALTER TABLE tasks ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY mine ON tasks USING (queue = 'mine') WITH CHECK (true)");
    try {
      NewTask task = NewTask.of("a", "1").queue("mine").uniqueKey("k");
      queue.enqueue(NewTask.of("a", "1").uniqueKey("k"));
      tapped.setUser(role);
      tapped.setPassword("secret");
      assertThatExceptionOfType(DatabaseException.class)
          .isThrownBy(() -> queue.enqueue(task))
          .withMessageContaining("row-level security");
    } finally {
      execute(
          "DROP POLICY mine ON tasks",
          "ALTER TABLE tasks DISABLE ROW LEVEL SECURITY",
          "DROP OWNED BY " + role,
          "DROP ROLE " + role);
    }
  }

  @Test
  void enqueue_triggerThatLeavesRowsOut_isTold() throws SQLException {
    execute(
        "CREATE FUNCTION leave_out() RETURNS trigger LANGUAGE plpgsql AS"
            + " 'BEGIN IF NEW.priority = 1 THEN RETURN NULL; END IF; RETURN NEW; END'",
        "CREATE TRIGGER leave_out BEFORE INSERT ON tasks FOR EACH ROW EXECUTE FUNCTION leave_out()");
    try {
      for (int before : new int[] {0, FEW, MANY}) {
        List<NewTask> tasks = new ArrayList<>(tasks(before));
        tasks.add(NewTask.of("a", "1").priority(Priority.URGENT));
        assertThatExceptionOfType(DatabaseException.class)
            .isThrownBy(() -> queue.enqueueAll(tasks))
            .matches(e -> !e.isTransient())
            .withMessageContaining("took " + tasks.size() + " new tasks and wrote " + before)
            .withMessageContaining("a trigger or a rule");
      }
      NewTask keyed = NewTask.of("a", "1").priority(Priority.URGENT).uniqueKey("k");
      assertThatExceptionOfType(DatabaseException.class)
          .isThrownBy(() -> queue.enqueue(keyed))
          .withMessageContaining("a trigger or a rule");
    } finally {
      execute("DROP TRIGGER leave_out ON tasks", "DROP FUNCTION leave_out");
    }
  }

  @Test
  void enqueueAll_producersRoleAndNoMore_isCopied() throws SQLException {
    String role = postgres.schema() + "_producer";
    execute(
        "CREATE ROLE " + role + " LOGIN PASSWORD 'secret'",
        "SELECT dibs_grant('producer', '" + role + "')");
    try {
      tapped.setUser(role);
      tapped.setPassword("secret");
      queue.enqueueAll(tasks(MANY));
      assertThat(copies()).isEqualTo(1);
      assertThat(queue.counts()).containsEntry(Status.PENDING, (long) MANY);
    } finally {
      execute("DROP OWNED BY " + role, "DROP ROLE " + role);
    }
  }

  /** Some wrappers let statements through to the driver's, but not connections. */
  @Test
  void enqueueAll_connectionHidesTheDriver_isInserted() {
    DataSource hiding =
        WrappedSource.of(
            tapped,
            (real, method, arguments) -> {
              boolean asked = real instanceof Connection && method.getName().equals("isWrapperFor");
              return asked && arguments[0] == PGConnection.class
                  ? false
                  : WrappedSource.pass(real, method, arguments);
            });
    PostgresTaskQueue.create(hiding, postgres.schema()).enqueueAll(tasks(MANY));
    assertThat(copies()).isZero();
    assertThat(queue.counts()).containsEntry(Status.PENDING, (long) MANY);
  }

  /** The driver's own calls pass by the pool, which must learn all the same that it is broken. */
  @Test
  void enqueueAll_sessionKilledWhileItCopies_isUnknownAndThePoolRecovers() throws Exception {
    List<NewTask> tasks = tasks(MANY);
    try (HikariDataSource pool = new HikariDataSource();
        Connection other = postgres.connect()) {
      pool.setDataSource(tapped);
      pool.setMaximumPoolSize(1);
      TaskQueue pooled = PostgresTaskQueue.create(pool, postgres.schema());
      pooled.counts();
      other.setAutoCommit(false);
      queue.within(other).enqueue(tasks.get(MANY / 2));
      CompletableFuture<List<UUID>> copying =
          CompletableFuture.supplyAsync(() -> pooled.enqueueAll(tasks));
      String waits = "query LIKE 'copy%' AND wait_event_type = 'Lock'";
      try (Connection watcher = postgres.connect()) {
        Db.await(watcher, "SELECT count(*) = 1 FROM pg_stat_activity WHERE " + waits);
        Db.execute(
            watcher, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE " + waits);
      }
      assertThat(copying)
          .failsWithin(Duration.ofSeconds(30))
          .withThrowableThat()
          .withCauseInstanceOf(OutcomeUnknownException.class);
      other.rollback();
      assertThat(pooled.counts()).containsEntry(Status.PENDING, 0L);
      assertThat(pooled.enqueueAll(tasks)).hasSize(MANY);
    }
  }

  /** Refused halfway, the connection is as good as before. */
  @Test
  void enqueueAll_waitsLongerThanLockTimeout_isTransientAndWritesNothing() throws SQLException {
    List<NewTask> tasks = tasks(MANY);
    try (HikariDataSource pool = new HikariDataSource();
        Connection other = postgres.connect()) {
      tapped.setOptions("-c lock_timeout=100ms");
      pool.setDataSource(tapped);
      pool.setMaximumPoolSize(1);
      TaskQueue pooled = PostgresTaskQueue.create(pool, postgres.schema());
      String session = Db.query(pool, "SELECT pg_backend_pid()");
      other.setAutoCommit(false);
      queue.within(other).enqueue(tasks.get(MANY / 2));
      assertThatExceptionOfType(DatabaseException.class)
          .isThrownBy(() -> pooled.enqueueAll(tasks))
          .matches(DatabaseException::isTransient)
          .withMessageContaining("55P03");
      other.rollback();
      assertThat(pooled.counts()).containsEntry(Status.PENDING, 0L);
      assertThat(pooled.enqueueAll(tasks)).hasSize(MANY);
      assertThat(Db.query(pool, "SELECT pg_backend_pid()")).isEqualTo(session);
    }
  }

  private static void execute(String... statements) throws SQLException {
    try (Connection connection = postgres.connect()) {
      Db.execute(connection, statements);
    }
  }

  private long copies() {
    return tap.sql().stream().filter(sql -> sql.startsWith("copy ")).count();
  }

  private static List<NewTask> tasks(int count) {
    return tasks(count, task -> task);
  }

  private static List<NewTask> tasks(int count, UnaryOperator<NewTask> options) {
    return Collections.nCopies(count, "{\"to\": \"a@example.org\"}").stream()
        .map(payload -> options.apply(NewTask.of("a", payload)))
        .toList();
  }
}
