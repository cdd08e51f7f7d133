package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.testkit.DibsPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Worker processes killed with SIGKILL while they work: nothing is lost, little is repeated. */
@Timeout(900)
class KillStormIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  private static final Duration ORDINARY_DAY = Duration.ofSeconds(1);
  private static final Duration ANY_DAY = Duration.ofSeconds(10);

  @TempDir Path directory;

  @Test
  void workers_killedAtRandom_theirTasksAreTakenOverAndNoneIsLost() throws Exception {
    KillStorm.Report report =
        new KillStorm(postgres, directory, TestSize.of(800, 50_000), TestSize.of(2, 100), 5)
            .processes(TestSize.of(3, 4))
            .work(TestSize.of(50, 200))
            .untilAtWork()
            .run();

    System.out.println("kill storm: " + report);
    assertThat(report.broken(ORDINARY_DAY)).isEmpty();
    assertThat(report.held().started()).as("killed in the midst of work").isPositive();
  }

  @Test
  void workers_killedWhileASnapshotIsHeld_theirTasksAreTakenOver() throws Exception {
    try (Connection snapshot = postgres.connect()) {
      snapshot.setAutoCommit(false);
      snapshot.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      Db.query(snapshot, "SELECT count(*) FROM pg_class");
      KillStorm.Report report =
          new KillStorm(postgres, directory, TestSize.of(500, 20_000), TestSize.of(1, 20), 6)
              .processes(TestSize.of(3, 4))
              .work(TestSize.of(50, 200))
              .run();

      System.out.println("kill storm, snapshot held: " + report);
      assertThat(report.broken(ANY_DAY)).isEmpty();
    }
  }

  @Test
  void verdict_workerThatForgetsCompletions_namesAttemptsAndRuns() throws Exception {
    KillStorm.Report report =
        new KillStorm(postgres, directory, 300, 0, 7).processes(1).forgetful().run();

    assertThat(report.broken(ORDINARY_DAY))
        .anyMatch(line -> line.startsWith("ATTEMPTS_BURNT"))
        .anyMatch(line -> line.startsWith("RUNS_REPEATED"));
  }

  /** What the killed worker held is locked beyond the bound, and one task of it is deleted. */
  @Test
  void verdict_tasksTakenOverLateOrNever_namesThem() throws Exception {
    KillStorm.Report report =
        new KillStorm(postgres, directory, 300, 1, 8)
            .processes(2)
            // So long that whoever works holds as many as it can when it is killed.
            .work(800)
            // Nor is anything of it taken over before it is locked here, however slow the machine.
            .lease(Duration.ofSeconds(8))
            .malice(KillStormIT::holdLocked)
            .run();

    assertThat(report.broken(ORDINARY_DAY))
        .anyMatch(line -> line.startsWith("LOST 1"))
        .anyMatch(line -> line.startsWith("NEVER_TAKEN_OVER 1"))
        .anyMatch(line -> line.startsWith("LATE"));
  }

  private static void holdLocked(String worker) throws Exception {
    try (Connection holder = postgres.connect()) {
      holder.setAutoCommit(false);
      List<String> held =
          Db.column(
              holder,
              "SELECT id FROM tasks t WHERE status = 'processing' AND EXISTS (SELECT FROM"
                  + " task_changes c WHERE c.task = t.id AND c.token = t.token AND c.worker = '"
                  + worker
                  + "') FOR UPDATE");
      assertThat(held).hasSizeGreaterThan(1);
      String ids = "WHERE id IN ('" + String.join("', '", held) + "')";
      String leasesEnd = Db.query(holder, "SELECT max(lease_until) FROM tasks " + ids);
      Db.execute(holder, "DELETE FROM tasks WHERE id = '" + held.get(0) + "'");
      Poll.until(
          "the bound has passed",
          Duration.ofSeconds(30),
          () ->
              Db.query(
                      holder,
                      "SELECT clock_timestamp() > '"
                          + leasesEnd
                          + "'::timestamptz + interval '1.2 s'")
                  .equals("t"));
      holder.commit();
    }
  }
}
