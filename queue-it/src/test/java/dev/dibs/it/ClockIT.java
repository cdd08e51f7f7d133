package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.dibs.ClaimRequest;
import dev.dibs.TaskQueue;
import dev.dibs.Worker;
import dev.dibs.it.SkewedProcess.Due;
import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.testkit.DibsPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Producers and workers whose clocks are wrong, beside one whose clock is right. The witness is a
 * trigger that writes down, by the database's clock, when each attempt began.
 */
@Timeout(300)
class ClockIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  private static final int TASKS = TestSize.of(50, 2_000);

  private static final String DUE =
      "coalesce((payload->>'at')::timestamptz, created_at + (payload->>'after')::interval)";

  /** By how many hours the clock that made the id was off. */
  private static final String SKEW =
      "round((('x' || translate(left(id::text, 13), '-', ''))::bit(48)::int8 / 1000.0"
          + " - extract(epoch FROM created_at)) / 3600)";

  @TempDir Path directory;

  @BeforeEach
  void auditClaims() throws SQLException {
    try (Connection connection = postgres.connect()) {
      Db.execute(
          connection,
          "TRUNCATE tasks",
          "DROP TABLE IF EXISTS claims",
          "CREATE TABLE claims (id uuid, taken_over boolean, at timestamptz DEFAULT clock_timestamp())",
          """
          CREATE OR REPLACE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql
          SET search_path FROM CURRENT AS $$
          BEGIN
            INSERT INTO claims (id, taken_over) VALUES (NEW.id, OLD.status = 'processing');
            RETURN NULL;
          END $$
          """,
          """
          CREATE OR REPLACE TRIGGER audit AFTER UPDATE ON tasks FOR EACH ROW
          WHEN (NEW.status = 'processing' AND NEW.token IS DISTINCT FROM OLD.token)
          EXECUTE FUNCTION audit()
          """);
    }
  }

  @Test
  void processes_clocksWrongByHoursAndDays_nothingIsEarlyAndNoLeaseIsStolen() throws Exception {
    List<Duration> skews =
        List.of(Duration.ofDays(-1), Duration.ofHours(-1), Duration.ofHours(1), Duration.ofDays(1));
    int tasks = skews.size() * (2 * TASKS + 1) + 1;

    work(Due.DATABASE, skews, tasks);

    try (Connection connection = postgres.connect()) {
      System.out.printf(
          "clocks: off by %s, %d tasks, %s early, %s leases stolen, at most %s late%n",
          skews,
          tasks,
          early(connection),
          stolen(connection),
          Db.query(connection, "SELECT max(at - " + DUE + ") FROM claims JOIN tasks USING (id)"));
      assertThat(
              Db.column(
                  connection,
                  "SELECT " + SKEW + "::int FROM tasks WHERE type = 'later' GROUP BY 1 ORDER BY 1"))
          .as("the ids were made by wrong clocks, hours")
          .containsExactly("-24", "-1", "1", "24");
      assertThat(early(connection)).as("early").isEqualTo("0");
      assertThat(stolen(connection)).as("stolen").isEqualTo("0");
    }
  }

  @Test
  void processes_dueTimesByTheirOwnClocks_areEarlyOrAnHourLate() throws Exception {
    List<Duration> skews = List.of(Duration.ofHours(-1), Duration.ofHours(1));

    // All but those which one of them put off for an hour.
    work(Due.JVM, skews, 3 * TASKS);

    try (Connection connection = postgres.connect()) {
      assertThat(early(connection)).as("early").isNotEqualTo("0");
      assertThat(
              Db.query(
                  connection,
                  "SELECT count(*) FROM tasks WHERE status = 'pending' AND run_at > "
                      + DUE
                      + " + interval '30 minutes'"))
          .as("late")
          .isEqualTo(Integer.toString(TASKS));
    }
  }

  /** The control of what counts as stolen. */
  @Test
  void claims_taskGivenBackThenLeaseRunsOut_theSecondIsStolen() throws SQLException {
    TaskQueue queue = PostgresTaskQueue.create(postgres.dataSource(), postgres.schema());
    queue.enqueue("later", SkewedProcess.LONG);
    ClaimRequest request = ClaimRequest.of("later");
    try (Connection connection = postgres.connect()) {
      queue.claim(request).get(0).release();
      assertThat(queue.claim(request)).hasSize(1);
      assertThat(stolen(connection)).isEqualTo("0");

      Db.execute(connection, "UPDATE tasks SET lease_until = started_at");
      assertThat(queue.claim(request)).hasSize(1);
      assertThat(stolen(connection)).isEqualTo("1");
    }
  }

  private static String early(Connection connection) throws SQLException {
    return Db.query(
        connection, "SELECT count(*) FROM claims JOIN tasks USING (id) WHERE at < " + DUE);
  }

  /** Nobody died, so no lease may run out. What a worker gives back unstarted, others may claim. */
  private static String stolen(Connection connection) throws SQLException {
    return Db.query(connection, "SELECT count(*) FROM claims WHERE taken_over");
  }

  /** Until so many tasks are completed. */
  private void work(Due due, List<Duration> skews, int tasks) throws Exception {
    List<Process> processes = new ArrayList<>();
    try (HikariDataSource pool = new HikariDataSource()) {
      pool.setDataSource(postgres.dataSource());
      TaskQueue queue = PostgresTaskQueue.create(pool, postgres.schema());
      if (due == Due.DATABASE) {
        queue.enqueue("long", SkewedProcess.LONG);
      }
      for (Duration skew : skews) {
        processes.add(
            SkewedProcess.start(
                directory, skew, postgres.jdbcUrl(), postgres.schema(), due, TASKS));
      }
      try (Worker worker = SkewedProcess.worker(queue, pool).start();
          Connection watcher = postgres.connect()) {
        String completed = "SELECT count(*) FROM tasks WHERE status = 'completed'";
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
        while (Integer.parseInt(Db.query(watcher, completed)) < tasks) {
          assertThat(System.nanoTime()).as("time for %d tasks", tasks).isLessThan(end);
          assertThat(processes).allMatch(Process::isAlive);
          Db.query(watcher, "SELECT pg_sleep(0.05)");
        }
      }
      for (Process process : processes) {
        process.getOutputStream().close();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("ended").isTrue();
        assertThat(process.exitValue()).isZero();
      }
    } finally {
      processes.forEach(Process::destroyForcibly);
    }
  }
}
