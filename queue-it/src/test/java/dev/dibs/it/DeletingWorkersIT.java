package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.testkit.DibsPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Processes that delete what they complete, of which some are killed with SIGKILL. */
@Timeout(300)
class DeletingWorkersIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final int tasks = TestSize.of(500, 20_000);
  private final int kills = TestSize.of(1, 20);
  private final List<Process> workers = new ArrayList<>();
  private int started;

  @TempDir private Path directory;

  @Test
  void workers_killed_eachTaskIsHandledAndGone() throws Exception {
    try (Connection operator = postgres.connect();
        KillAudit audit = KillAudit.create(postgres, operator)) {
      Db.execute(operator, "CREATE TABLE wanted (id uuid PRIMARY KEY)");
      PostgresTaskQueue.create(postgres.dataSource(), postgres.schema())
          .enqueueAll("a", Collections.nCopies(tasks, "1"));
      Db.execute(operator, "INSERT INTO wanted SELECT id FROM tasks");
      startWorker();
      startWorker();
      KillAudit.Held held = new KillAudit.Held(0, 0);
      for (int kill = 1; kill <= kills; kill++) {
        long moment = (long) tasks * kill / (kills + 1);
        Poll.until("start " + moment, PATIENCE, () -> audit.starts() >= moment);
        String victim = "deleting-" + kill;
        workers.get(kill - 1).destroyForcibly().waitFor();
        Poll.until(victim + " has gone", PATIENCE, () -> !audit.isConnected(victim));
        held = held.plus(audit.heldBy(victim));
        startWorker();
      }
      Poll.until(
          "all are gone",
          PATIENCE,
          () -> {
            assertThat(workers.subList(kills, workers.size())).allMatch(Process::isAlive);
            return Db.query(operator, "SELECT count(*) FROM tasks").equals("0");
          });

      System.out.printf(
          "deleting workers: %d tasks, %d kills, %d processing at the kills, %d of them started; %d"
              + " runs repeated%n",
          tasks, kills, held.tasks(), held.started(), repeated(operator));
      assertThat(broken(operator)).isEmpty();
      assertThat(repeated(operator)).isLessThanOrEqualTo(held.started());
      // Control: a task that nobody handled would be seen.
      Db.execute(operator, "DELETE FROM runs WHERE task = (SELECT id FROM wanted LIMIT 1)");
      assertThat(broken(operator)).containsExactly("LOST 1");
    } finally {
      for (Process worker : workers) {
        worker.destroyForcibly().waitFor();
      }
    }
  }

  /** Deleted and never handled; and handled twice under one attempt. */
  private static List<String> broken(Connection operator) throws SQLException {
    return Db.column(
        operator,
        """
        SELECT 'LOST ' || count(*) FROM wanted
        WHERE NOT EXISTS (SELECT FROM runs WHERE task = wanted.id) HAVING count(*) > 0
        UNION ALL
        SELECT 'DUPLICATE_ATTEMPT ' || count(*) - count(DISTINCT (task, attempt)) FROM runs
        HAVING count(*) > count(DISTINCT (task, attempt))
        """);
  }

  private static int repeated(Connection operator) throws SQLException {
    return Integer.parseInt(Db.query(operator, "SELECT count(*) - count(DISTINCT task) FROM runs"));
  }

  private void startWorker() throws Exception {
    String name = "deleting-" + ++started;
    Path output = Files.createFile(directory.resolve(name + ".txt"));
    workers.add(
        AuditedWorker.start(
            name,
            new AuditedWorker.Settings(
                postgres.jdbcUrl(), postgres.schema(), Duration.ofSeconds(2), 50, false, true),
            output));
  }
}
