package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.NewTask;
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
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
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

  /** Neither what others finish counts for it, nor is what was passed over waited for. */
  @Test
  void storm_besideOtherTypesWithUniqueKeys_endsWhenItsOwnTasksAreFinished() {
    Storm storm = Storm.on(workingBeside(postgresQueue())).tasks(1_000).claimers(4).seed(12);
    long begun = System.nanoTime();
    Verdict verdict = storm.late(50).unique(80).processes(2, Right.class, argument()).run();
    Duration took = Duration.ofNanos(System.nanoTime() - begun);

    assertThat(verdict.passed()).as(verdict.toString()).isTrue();
    assertThat(took).as("the time after which it is stuck").isLessThan(Duration.ofSeconds(60));
  }

  /** Finishes more tasks of another type than the storm has when the first of its own come. */
  private static TaskQueue workingBeside(TaskQueue queue) {
    AtomicBoolean done = new AtomicBoolean();
    return new ForwardingTaskQueue(queue) {
      @Override
      public List<UUID> enqueueAll(List<NewTask> tasks) {
        if (!done.getAndSet(true)) {
          super.enqueueAll("reports", Collections.nCopies(1_100, "{}"));
          List<Claim> claims = super.claim(ClaimRequest.of("reports").limit(1_100));
          super.applyAll(
              claims.stream().map(claim -> (ClaimUpdate) new ClaimUpdate.Complete(claim)).toList());
        }
        return super.enqueueAll(tasks);
      }
    };
  }

  @Test
  void storm_pausedProcessesWithoutFence_isStaleWrite() {
    Verdict verdict = storm(Unfenced.class).faults(Fault.STOPPED_PROCESS).run();

    assertThat(verdict.count(Rule.STALE_WRITE_ACCEPTED)).as(verdict.toString()).isPositive();
  }

  private static Storm storm(Class<? extends QueueOpener> opener) {
    return Storm.on(postgresQueue())
        .tasks(TASKS)
        .claimers(CLAIMERS)
        .maxBatch(10)
        .lease(Duration.ofSeconds(1))
        .work(Duration.ofMillis(40))
        .retries(3)
        .releases(3)
        .seed(11)
        .processes(PROCESSES, opener, argument());
  }

  private static TaskQueue postgresQueue() {
    return PostgresTaskQueue.create(postgres.dataSource(), postgres.schema());
  }

  private static String argument() {
    return postgres.jdbcUrl() + " " + postgres.schema();
  }
}
