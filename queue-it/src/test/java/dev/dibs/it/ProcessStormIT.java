package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.dibs.TaskQueue;
import dev.dibs.it.mutants.RuleMutants;
import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.testkit.DibsPostgres;
import dev.dibs.testkit.storm.Fault;
import dev.dibs.testkit.storm.QueueOpener;
import dev.dibs.testkit.storm.Rule;
import dev.dibs.testkit.storm.Storm;
import dev.dibs.testkit.storm.Verdict;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Claimers in processes that are killed and paused; and the same history judged once more. */
@Timeout(600)
class ProcessStormIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  private static final int PROCESSES = TestSize.of(2, 8);
  private static final int CLAIMERS = TestSize.of(4, 64);
  private static final int TASKS = TestSize.of(3_000, 200_000);

  @TempDir private Path directory;

  /** The queue as it is; its argument is URL and schema. */
  public static class Right implements QueueOpener {
    @Override
    public TaskQueue open(String argument) {
      String[] urlAndSchema = argument.split(" ", -1);
      HikariDataSource pool = new HikariDataSource();
      pool.setJdbcUrl(urlAndSchema[0]);
      pool.setMaximumPoolSize(10);
      return PostgresTaskQueue.create(pool, urlAndSchema[1]);
    }
  }

  /** One that completes by id, whoever holds the task: a paused process ends another's run. */
  public static final class Unfenced extends Right {
    @Override
    public TaskQueue open(String argument) {
      return RuleMutants.unfenced(super.open(argument));
    }
  }

  @Test
  void storm_killedAndPausedProcesses_keepsEveryRule() {
    Path file = directory.resolve("history.jsonl");
    Verdict verdict =
        storm(Right.class).faults(Fault.KILLED_PROCESS, Fault.STOPPED_PROCESS).history(file).run();
    System.out.println("processes  " + verdict.summary());
    Verdict again = Verdict.recheck(file);

    assertThat(verdict.passed()).as(verdict.toString()).isTrue();
    assertThat(verdict.claims()).isGreaterThan(TASKS);
    assertThat(verdict.injected(Fault.KILLED_PROCESS)).isEqualTo(PROCESSES);
    assertThat(verdict.injected(Fault.STOPPED_PROCESS)).isEqualTo(PROCESSES);
    assertThat(again.summary()).isEqualTo(verdict.summary());
  }

  @Test
  void storm_pausedProcessesWithoutFence_isStaleWrite() {
    Verdict verdict = storm(Unfenced.class).faults(Fault.STOPPED_PROCESS).run();

    assertThat(verdict.count(Rule.STALE_WRITE_ACCEPTED)).as(verdict.toString()).isPositive();
  }

  private static Storm storm(Class<? extends QueueOpener> opener) {
    TaskQueue queue = PostgresTaskQueue.create(postgres.dataSource(), postgres.schema());
    return Storm.on(queue)
        .tasks(TASKS)
        .claimers(CLAIMERS)
        .maxBatch(10)
        .lease(Duration.ofSeconds(1))
        .work(Duration.ofMillis(40))
        .retries(3)
        .releases(3)
        .seed(11)
        .processes(PROCESSES, opener, postgres.jdbcUrl() + " " + postgres.schema());
  }
}
