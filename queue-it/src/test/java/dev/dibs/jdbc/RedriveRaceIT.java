package dev.dibs.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.dibs.FailedFilter;
import dev.dibs.Redriven;
import dev.dibs.TaskAdmin;
import dev.dibs.testkit.DibsPostgres;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.util.PSQLException;

/** A redrive and an enqueue of the same unique key at the same time: one of them has the key. */
@Timeout(60)
class RedriveRaceIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  private static final FailedFilter ALL = FailedFilter.all();

  private final FailedStatements statements = new FailedStatements(new Sql(postgres.schema()));
  private final TaskAdmin admin =
      PostgresTaskQueue.create(postgres.dataSource(), postgres.schema()).admin();

  @BeforeEach
  void oneFailed() throws SQLException {
    execute("TRUNCATE tasks");
    fail("k");
  }

  @Test
  void redrive_enqueueThatCommitsMeanwhile_findsTheKeyTaken() throws Exception {
    Redriven redriven = race(() -> admin.redrive(ALL), true);
    assertThat(redriven.tasks()).isEmpty();
    assertThat(redriven.keyTaken()).hasSize(1);
    assertThat(live()).isEqualTo(1);
  }

  @Test
  void redrive_limitOfOne_findsTheKeyTakenToo() throws Exception {
    assertThat(race(() -> admin.redrive(ALL.limit(1)), true).keyTaken()).hasSize(1);
  }

  @Test
  void redrive_enqueueThatRollsBack_takesTheKey() throws Exception {
    assertThat(race(() -> admin.redrive(ALL), false).tasks()).hasSize(1);
    assertThat(live()).isEqualTo(1);
  }

  /** What the repetition is for. */
  @Test
  void statement_runOnce_isRefused() {
    assertThatExceptionOfType(CompletionException.class)
        .isThrownBy(() -> race(this::runOnce, true))
        .withCauseInstanceOf(PSQLException.class)
        .matches(e -> "23505".equals(((PSQLException) e.getCause()).getSQLState()));
  }

  /** What the index is for: looking first is not enough. */
  @Test
  void statement_withoutTheIndex_makesTwoLiveTasksOfOneKey() throws Exception {
    String index =
        query(
            "SELECT indexdef FROM pg_indexes WHERE indexname = 'tasks_unique_live_idx'"
                + " AND schemaname = '"
                + postgres.schema()
                + "'");
    execute("DROP INDEX tasks_unique_live_idx");
    try (Connection other = postgres.connect()) {
      other.setAutoCommit(false);
      enqueue(other, "k");
      assertThat(runOnce().tasks()).hasSize(1);
      other.commit();
      assertThat(live()).isEqualTo(2);
    } finally {
      execute("TRUNCATE tasks", index);
    }
  }

  @Test
  void redrive_underAStormOfEnqueues_neverTwoLiveAndNeverAnException() throws Exception {
    int keys = 200;
    AtomicBoolean over = new AtomicBoolean();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<Integer>> enqueuers = new ArrayList<>();
      for (int thread = 0; thread < 3; thread++) {
        int offset = thread * keys / 3;
        Callable<Integer> enqueuer = () -> enqueueUntil(over, keys, offset);
        enqueuers.add(threads.submit(enqueuer));
      }
      int redriven = 0;
      int keyTaken = 0;
      for (int round = 0; round < 60; round++) {
        // Whatever is live fails, so that the keys are free again; then both sides want them.
        execute(
            "UPDATE tasks SET status = 'failed', completed_at = now() WHERE live",
            "DELETE FROM tasks t WHERE dead AND EXISTS (SELECT FROM tasks o WHERE o.dead"
                + " AND o.unique_key = t.unique_key AND o.id < t.id)");
        Redriven answer = admin.redrive(ALL);
        redriven += answer.tasks().size();
        keyTaken += answer.keyTaken().size();
        assertThat(
                query(
                    "SELECT count(*) FROM (SELECT FROM tasks WHERE live GROUP BY unique_key"
                        + " HAVING count(*) > 1) twice"))
            .isEqualTo("0");
      }
      over.set(true);
      int enqueued = 0;
      for (Future<Integer> enqueuer : enqueuers) {
        enqueued += enqueuer.get(30, TimeUnit.SECONDS);
      }
      System.out.printf(
          "60 redrives among %d enqueues: %d redriven, %d keys taken%n",
          enqueued, redriven, keyTaken);
      assertThat(redriven).as("redriven").isPositive();
      assertThat(keyTaken).as("keys taken").isPositive();
    } finally {
      over.set(true);
      threads.shutdown();
    }
  }

  private static int enqueueUntil(AtomicBoolean over, int keys, int offset) throws SQLException {
    int enqueued = 0;
    try (Connection connection = postgres.connect()) {
      for (int i = offset; !over.get(); i++) {
        enqueued += enqueue(connection, "k" + i % keys);
      }
    }
    return enqueued;
  }

  /** Runs while another transaction has enqueued the same key, which then commits or does not. */
  private static Redriven race(Callable<Redriven> redrive, boolean commit) throws Exception {
    try (Connection other = postgres.connect()) {
      other.setAutoCommit(false);
      enqueue(other, "k");
      CompletableFuture<Redriven> running =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return redrive.call();
                } catch (Exception e) {
                  throw new CompletionException(e);
                }
              });
      awaitWaiting();
      if (commit) {
        other.commit();
      } else {
        other.rollback();
      }
      return running.orTimeout(30, TimeUnit.SECONDS).join();
    }
  }

  /** Until a session waits for the end of another's transaction. */
  private static void awaitWaiting() throws SQLException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (query(
            "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'transactionid' AND query LIKE '%"
                + postgres.schema()
                + "%for no key update%' AND pid <> pg_backend_pid()")
        == null) {
      assertThat(System.nanoTime()).as("a redrive that waits").isLessThan(end);
    }
  }

  private Redriven runOnce() throws SQLException {
    try (Connection connection = postgres.connect()) {
      return statements.redrive(connection, ALL);
    }
  }

  private static int enqueue(Connection connection, String key) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO tasks(type, payload, unique_key) VALUES ('a', '{}', ?)"
                + " ON CONFLICT DO NOTHING")) {
      insert.setString(1, key);
      return insert.executeUpdate();
    }
  }

  private static void fail(String key) throws SQLException {
    execute(
        "INSERT INTO tasks(type, payload, status, completed_at, unique_key)"
            + " VALUES ('a', '{}', 'failed', now(), '"
            + key
            + "')");
  }

  private static long live() throws SQLException {
    return Long.parseLong(query("SELECT count(*) FROM tasks WHERE live"));
  }

  private static void execute(String... statements) throws SQLException {
    try (Connection connection = postgres.connect();
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  private static String query(String sql) throws SQLException {
    try (Connection connection = postgres.connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      return rows.next() ? rows.getString(1) : null;
    }
  }
}
