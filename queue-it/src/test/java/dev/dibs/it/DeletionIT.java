package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.zaxxer.hikari.HikariDataSource;
import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.LeaseLostException;
import dev.dibs.Outcome;
import dev.dibs.Retention;
import dev.dibs.RetryPolicy;
import dev.dibs.SetupException;
import dev.dibs.Status;
import dev.dibs.Task;
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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Completions that delete the task: in transactions, beside locks, without the right to, in WAL.
 */
@Timeout(60)
class DeletionIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  private static final ClaimRequest DELETING = ClaimRequest.of("a").deleteCompleted(true);
  private static final Retention NONE = Retention.forever().completed(Duration.ZERO);
  private static final Pattern RECORDS = Pattern.compile("\"WAL Records\": (\\d+)");
  private static final Pattern BYTES = Pattern.compile("\"WAL Bytes\": (\\d+)");

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
  void completeIn_rolledBack_taskIsThereAndStillHeld() throws SQLException {
    queue.enqueue("a", "1");
    Claim claim = queue.claim(DELETING).get(0);
    Task before = queue.find(claim.id()).orElseThrow();
    try (Connection connection = begin()) {
      claim.completeIn(connection);
      assertThat(queue.find(claim.id())).as("seen from outside").contains(before);
      assertThat(queue.within(connection).enqueue("b", "1")).isNotNull();
      connection.rollback();
    }
    assertThat(queue.find(claim.id())).contains(before);
    claim.complete();
    assertThat(count("tasks")).isZero();
  }

  @Test
  void completeIn_committed_theSecondTransactionIsRefused() throws SQLException {
    queue.enqueue("a", "1");
    Claim claim = queue.claim(DELETING).get(0);
    try (Connection connection = begin()) {
      claim.completeIn(connection);
      connection.commit();
      assertThatExceptionOfType(LeaseLostException.class)
          .isThrownBy(() -> claim.completeIn(connection));
    }
  }

  /** The first handler rolls back, and its task runs again; each leaves one effect and no task. */
  @Test
  void worker_handlersCompleteInTransactions_oneEffectEachAndNoTask() throws Exception {
    List<UUID> ids = queue.enqueueAll("a", Collections.nCopies(20, "1"));
    CountDownLatch runs = new CountDownLatch(ids.size() + 1);
    try (Worker worker =
        Worker.builder(queue)
            .retention(NONE)
            .retry(RetryPolicy.fixed(Duration.ZERO))
            .build()
            .register(
                "a",
                task -> {
                  try (Connection connection = begin()) {
                    Db.execute(connection, "INSERT INTO effects VALUES ('" + task.id() + "')");
                    task.completeIn(connection);
                    if (task.id().equals(ids.get(0)) && task.attempt() == 1) {
                      connection.rollback();
                    } else {
                      connection.commit();
                    }
                  }
                  runs.countDown();
                })) {
      worker.start();
      assertThat(runs.await(30, TimeUnit.SECONDS)).as("all ran").isTrue();
    }
    assertThat(count("tasks")).isZero();
    assertThat(count("effects")).isEqualTo(ids.size());
    assertThat(count("(SELECT DISTINCT id FROM effects) e")).isEqualTo(ids.size());
  }

  /** As a foreign key takes it, beside which the lock of an update would be granted. */
  @Test
  void applyAll_rowIsSharedByAForeignKey_isLockedNotWaitedForLong() throws SQLException {
    PGSimpleDataSource impatient = postgres.dataSource().unwrap(PGSimpleDataSource.class);
    // To wait for longer is to fail here.
    impatient.setOptions("-c lock_timeout=3s");
    TaskQueue queue = PostgresTaskQueue.create(impatient, postgres.schema());
    queue.enqueueAll("a", List.of("1", "2"));
    List<Claim> claims = queue.claim(DELETING.limit(2));
    List<ClaimUpdate> both = claims.stream().<ClaimUpdate>map(ClaimUpdate.Complete::new).toList();
    String row = "SELECT id FROM tasks WHERE id = '" + claims.get(0).id() + "' FOR ";
    try (Connection other = begin();
        Connection third = begin()) {
      Db.execute(other, row + "KEY SHARE");
      assertThat(Db.column(third, row + "NO KEY UPDATE SKIP LOCKED")).as("granted").hasSize(1);
      third.rollback();

      assertThat(queue.applyAll(both)).containsExactly(Outcome.LOCKED, Outcome.APPLIED);
      other.rollback();
    }
    assertThat(queue.applyAll(both)).containsExactly(Outcome.APPLIED, Outcome.LEASE_LOST);
  }

  @Test
  void roleThatMayNotDelete_isToldWhatLacksAndLosesNothing() throws Exception {
    String role = postgres.schema() + "_worker";
    try (Connection owner = postgres.connect()) {
      Db.execute(owner, "CREATE ROLE " + role, "SELECT dibs_grant('worker', '" + role + "')");
      try {
        PGSimpleDataSource source = postgres.dataSource().unwrap(PGSimpleDataSource.class);
        source.setOptions("-c role=" + role);
        WatchedQueue granted =
            new WatchedQueue(PostgresTaskQueue.create(source, postgres.schema()));
        queue.enqueue("a", "1");
        CountDownLatch ran = new CountDownLatch(1);
        try (Worker worker = Worker.builder(granted).retention(NONE).build()) {
          worker.register("a", task -> ran.countDown()).start();
          granted.awaitFailure(failure -> failure.isOf(ClaimUpdate.Complete.class));
          assertThat(granted.failures())
              .filteredOn(failure -> failure.isOf(ClaimUpdate.Complete.class))
              .extracting(WatchedQueue.Failure::why)
              .allSatisfy(
                  why ->
                      assertThat(why)
                          .isInstanceOf(SetupException.class)
                          .hasMessageContainingAll(
                              "may not delete tasks", "deleteCompleted", "retention", "admin"));
          assertThat(queue.counts()).containsEntry(Status.PROCESSING, 1L);
          Db.execute(owner, "SELECT dibs_grant('admin', '" + role + "')");
          granted.awaitCompleted(1);
        }
        assertThat(ran.getCount()).isZero();
        assertThat(count("tasks")).isZero();
      } finally {
        Db.execute(owner, "DROP OWNED BY " + role, "DROP ROLE " + role);
      }
    }
  }

  /** What each statement wrote to the log of the server, pages written in full left out. */
  @Test
  void completion_deleting_writesLessThanKeeping() throws SQLException {
    PlanLog log = PlanLog.of(postgres);
    PGSimpleDataSource source = log.dataSource();
    source.setOptions(PlanLog.OPTIONS + " -c auto_explain.log_wal=on");
    int tasks = TestSize.of(1_000, 10_000);
    try (HikariDataSource pool = new HikariDataSource()) {
      pool.setDataSource(source);
      TaskQueue logged = PostgresTaskQueue.create(pool, postgres.schema());
      long[] keeping = records(logged, log, ClaimRequest.of("a").limit(500), tasks);
      long[] deleting = records(logged, log, DELETING.limit(500), tasks);

      System.out.printf(
          "WAL of %,d completions: %d records and %d B each when kept, %d and %d B when deleted%n",
          tasks, keeping[0] / tasks, keeping[1] / tasks, deleting[0] / tasks, deleting[1] / tasks);
      assertThat(deleting[1]).isLessThan(keeping[1]);
      // Its deletion, and a few for pages that were tidied up.
      assertThat(deleting[0]).isBetween((long) tasks, tasks * 12L / 10);
    }
    assertThat(queue.counts()).containsEntry(Status.COMPLETED, (long) tasks);
    assertThat(count("tasks")).isEqualTo(tasks);
  }

  /** WAL records and bytes of the completions. */
  private long[] records(TaskQueue logged, PlanLog log, ClaimRequest request, int tasks)
      throws SQLException {
    queue.enqueueAll("a", Collections.nCopies(tasks, "1"));
    log.read();
    for (int done = 0; done < tasks; done += request.limit()) {
      List<Claim> claims = logged.claim(request);
      assertThat(claims).hasSize(request.limit());
      logged.applyAll(claims.stream().<ClaimUpdate>map(ClaimUpdate.Complete::new).toList());
    }
    List<String> plans =
        log.read().stream()
            .filter(plan -> plan.sql().contains("\"written\" as"))
            .map(Plan::json)
            .toList();
    assertThat(plans).hasSize(tasks / request.limit());
    return new long[] {sum(RECORDS, plans), sum(BYTES, plans)};
  }

  /** Of the topmost node of each plan, which includes the others. */
  private static long sum(Pattern figure, List<String> plans) {
    return plans.stream()
        .mapToLong(
            plan -> {
              Matcher first = figure.matcher(plan);
              assertThat(first.find()).as(plan).isTrue();
              return Long.parseLong(first.group(1));
            })
        .sum();
  }

  private static Connection begin() throws SQLException {
    Connection connection = postgres.connect();
    connection.setAutoCommit(false);
    return connection;
  }

  private static long count(String rows) throws SQLException {
    try (Connection connection = postgres.connect()) {
      return Long.parseLong(Db.query(connection, "SELECT count(*) FROM " + rows));
    }
  }
}
