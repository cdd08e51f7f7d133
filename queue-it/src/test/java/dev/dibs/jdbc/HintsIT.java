package dev.dibs.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.dibs.NewTask;
import dev.dibs.Status;
import dev.dibs.TaskQueue;
import dev.dibs.it.Db;
import dev.dibs.it.Poll;
import dev.dibs.testkit.DibsPostgres;
import dev.dibs.testkit.wire.WireTap;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.ds.PGSimpleDataSource;

/** What a producer says to other processes: when, how often, and that it hurts nobody. */
@Timeout(120)
class HintsIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  private static final Duration SOON = Duration.ofSeconds(30);
  private static final Duration HOUR = Duration.ofHours(1);

  private WireTap tap;
  private HikariDataSource pool;
  private TaskQueue queue;

  @BeforeEach
  void open() throws SQLException {
    PGSimpleDataSource source = postgres.dataSource().unwrap(PGSimpleDataSource.class);
    tap = WireTap.recording(source.getServerNames()[0], source.getPortNumbers()[0]);
    source.setServerNames(new String[] {"localhost"});
    source.setPortNumbers(new int[] {tap.port()});
    source.setSslMode("disable");
    pool = new HikariDataSource();
    pool.setDataSource(source);
    pool.setMaximumPoolSize(1);
    queue = PostgresTaskQueue.create(pool, postgres.schema());
    Db.execute(postgres.schemaDataSource(), "TRUNCATE tasks");
  }

  @AfterEach
  void close() {
    pool.close();
    tap.close();
  }

  @Test
  void enqueue_thousandTimes_leadsToAHintEachTenMilliseconds() throws Exception {
    long begun = System.nanoTime();
    for (int i = 0; i < 1000; i++) {
      queue.enqueue("a", "1");
      LockSupport.parkNanos(begun + i * 1_000_000L - System.nanoTime());
    }
    long millis = (System.nanoTime() - begun) / 1_000_000;
    awaitQuiet();
    System.out.printf("hints: %d for 1,000 enqueues in %d ms%n", hints(), millis);
    assertThat(hints()).isBetween(2L, millis / 10 + 8);
  }

  /** As they would be if each enqueue said one: the tap counts them. */
  @Test
  void notify_withEachEnqueue_isCountedAsOften() throws Exception {
    HintStatement statement = new HintStatement(new Sql(postgres.schema()));
    try (Connection connection = pool.getConnection()) {
      for (int i = 0; i < 100; i++) {
        statement.say(connection, postgres.schema());
      }
    }
    assertThat(hints()).isEqualTo(100);
  }

  @Test
  void enqueue_notDueNow_saysNothing() throws Exception {
    UUID due = queue.enqueue("a", "1");
    Poll.until("said", SOON, () -> hints() == 1);
    queue.enqueue(NewTask.of("a", "1").delay(HOUR));
    queue.enqueue(NewTask.of("a", "1").runAt(Instant.now().plus(HOUR)));
    queue.enqueue(NewTask.of("a", "1").id(due));
    inTransaction(true, NewTask.of("a", "1").delay(HOUR));
    queue.enqueue(NewTask.of("a", "1").runAt(Instant.now().minus(HOUR)));
    Poll.until("said", SOON, () -> hints() > 1);
    awaitQuiet();
    // The same task again is taken for a new one: a hint too many is allowed, none too few.
    assertThat(hints()).isBetween(2L, 3L);
  }

  @Test
  void within_committedAfterAWhile_isSaidOnceAndOnlyThen() throws Exception {
    Wakes wakes = new Wakes();
    queue.addWakeUp(wakes);
    try (HikariDataSource callers = new HikariDataSource()) {
      callers.setDataSource(postgres.dataSource());
      try (Connection connection = callers.getConnection()) {
        connection.setAutoCommit(false);
        queue.within(connection).enqueue("a", "1");
        Poll.until("looked for", SOON, () -> looks() >= 3);
        assertThat(wakes.count()).as("before the commit").isZero();
        connection.commit();
      }
      wakes.await(1);
      long looks = looks();
      awaitQuiet();
      assertThat(looks()).as("no more looks").isEqualTo(looks);
    }
    assertThat(wakes.count()).isZero();
  }

  @Test
  void within_rolledBack_wakesNobody() throws Exception {
    Wakes wakes = new Wakes();
    queue.addWakeUp(wakes);
    inTransaction(false, NewTask.of("a", "1"));
    Poll.until("looked for", SOON, () -> looks() >= 3);
    assertThat(wakes.count()).isZero();
    inTransaction(true, NewTask.of("a", "1"));
    wakes.await(1);
    assertThat(queue.counts()).containsEntry(Status.PENDING, 1L);
  }

  /** The thread that would say it waits for the connection, and gets it after its holder. */
  @Test
  void pool_ofOneConnectionThatTheCallerHolds_isNotWaitedFor() throws Exception {
    Wakes wakes = new Wakes();
    queue.addWakeUp(wakes);
    queue.counts();
    for (int i = 0; i < 20; i++) {
      try (Connection connection = pool.getConnection()) {
        connection.setAutoCommit(false);
        queue.within(connection).enqueue("a", "1");
        Db.query(connection, "SELECT pg_sleep(0.005)");
        connection.commit();
      }
      queue.enqueue("a", "1");
    }
    wakes.await(21);
    assertThat(queue.counts()).containsEntry(Status.PENDING, 40L);
  }

  @Test
  void hint_refused_failsNoEnqueueAndIsNotTriedAgainAtOnce() throws Exception {
    try (Connection connection = postgres.connect()) {
      Db.execute(
          connection,
          """
          CREATE FUNCTION pg_notify(text, text) RETURNS void LANGUAGE plpgsql AS $$
          BEGIN
            RAISE insufficient_privilege;
          END $$
          """);
      try (Connection first = pool.getConnection()) {
        Db.execute(first, "SET search_path = " + postgres.schema() + ", pg_catalog");
      }
      long begun = System.nanoTime();
      for (int i = 0; i < 100; i++) {
        queue.enqueue("a", "1");
      }
      // The first one, and after a rest of a second another.
      long said = hints();
      long seconds = (System.nanoTime() - begun) / 1_000_000_000;
      assertThat(said).isBetween(1L, seconds + 2);
      for (int i = 0; i < 20; i++) {
        inTransaction(true, NewTask.of("a", "1"));
      }
      assertThat(queue.counts()).containsEntry(Status.PENDING, 120L);
      Db.execute(connection, "DROP FUNCTION " + postgres.schema() + ".pg_notify");
    }
  }

  @Test
  void pool_closedBeforeTheHint_hasEnqueued() throws Exception {
    queue.enqueue("a", "1");
    pool.close();
    TaskQueue other = PostgresTaskQueue.create(postgres.dataSource(), postgres.schema());
    assertThat(other.counts()).containsEntry(Status.PENDING, 1L);
  }

  private void inTransaction(boolean commit, NewTask task) throws SQLException {
    try (Connection connection = postgres.connect()) {
      connection.setAutoCommit(false);
      queue.within(connection).enqueue(task);
      if (commit) {
        connection.commit();
      } else {
        connection.rollback();
      }
    }
  }

  /** Until nothing was sent for as long as a hint may be late. */
  private void awaitQuiet() throws SQLException {
    long before;
    do {
      before = tap.statements();
      Db.execute(postgres.dataSource(), "SELECT pg_sleep(0.1)");
    } while (tap.statements() > before);
  }

  private long hints() {
    return tap.sql().stream().filter(sql -> says(sql) && !sql.contains("tasks")).count();
  }

  private long looks() {
    return tap.sql().stream().filter(sql -> says(sql) && sql.contains("tasks")).count();
  }

  private static boolean says(String sql) {
    return sql.contains("pg_notify");
  }
}
