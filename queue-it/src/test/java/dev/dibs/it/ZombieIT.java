package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.dibs.TaskQueue;
import dev.dibs.it.Zombies.Fate;
import dev.dibs.it.mutants.NaiveFence;
import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.testkit.DibsPostgres;
import java.sql.SQLException;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A thousand claimants that wake up after their leases have passed, and try to write whatever a
 * claimant can; beside them the weaker fences that let some of them through.
 */
@Timeout(120)
class ZombieIT {
  private static final int EACH = 200;
  private static final int OF_A_MUTANT = 20;
  private static final AtomicInteger types = new AtomicInteger();

  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  private static HikariDataSource pool;
  private static TaskQueue queue;

  @BeforeAll
  static void connect() {
    pool = new HikariDataSource();
    pool.setDataSource(postgres.dataSource());
    queue = PostgresTaskQueue.create(pool, postgres.schema());
  }

  @AfterAll
  static void disconnect() {
    pool.close();
  }

  @Test
  void zombies_everyVerbInEveryWay_allAreRefused() throws SQLException {
    Map<Fate, Integer> refused = refused(queue, EACH);

    int zombies = EACH * Fate.values().length;
    int all = refused.values().stream().mapToInt(Integer::intValue).sum();
    System.out.printf(
        "zombies: %d, refused: %d, of %d writes each %s%n",
        zombies, all, Zombies.writesOfEach(), refused);
    assertThat(zombies).isEqualTo(1000);
    assertThat(all).as("refused zombies: %s", refused).isEqualTo(zombies);
  }

  @Test
  void zombies_completionById_getThroughWhateverBecameOfTheTask() throws SQLException {
    TaskQueue mutant = NaiveFence.id(pool, postgres.schema(), queue);
    assertThat(refused(mutant, OF_A_MUTANT))
        .allSatisfy((fate, refused) -> assertThat(refused).isZero());
  }

  @Test
  void zombies_completionByIdAndStatus_getThroughWhileAnotherAttemptRuns() throws SQLException {
    assertThat(refused(NaiveFence.idAndStatus(pool, postgres.schema(), queue), OF_A_MUTANT))
        .containsAllEntriesOf(Map.of(Fate.RUNS, 0, Fate.REDRIVEN, 0))
        .containsAllEntriesOf(
            Map.of(
                Fate.COMPLETED, OF_A_MUTANT, Fate.FAILED, OF_A_MUTANT, Fate.SNOOZED, OF_A_MUTANT));
  }

  @Test
  void zombies_completionByAttempt_getThroughWhereItsNumberComesAgain() throws SQLException {
    assertThat(refused(NaiveFence.attempt(pool, postgres.schema(), queue), OF_A_MUTANT))
        .containsAllEntriesOf(Map.of(Fate.SNOOZED, 0, Fate.REDRIVEN, 0))
        .containsAllEntriesOf(
            Map.of(Fate.RUNS, OF_A_MUTANT, Fate.COMPLETED, OF_A_MUTANT, Fate.FAILED, OF_A_MUTANT));
  }

  @Test
  void zombies_completionByAttemptAndStatus_getThroughAfterARedrive() throws SQLException {
    assertThat(refused(NaiveFence.attemptAndStatus(pool, postgres.schema(), queue), OF_A_MUTANT))
        .containsEntry(Fate.REDRIVEN, 0)
        .containsAllEntriesOf(
            Map.of(
                Fate.RUNS,
                OF_A_MUTANT,
                Fate.COMPLETED,
                OF_A_MUTANT,
                Fate.FAILED,
                OF_A_MUTANT,
                Fate.SNOOZED,
                OF_A_MUTANT));
  }

  private static Map<Fate, Integer> refused(TaskQueue queue, int each) throws SQLException {
    Map<Fate, Integer> refused = new EnumMap<>(Fate.class);
    for (Fate fate : Fate.values()) {
      String type = fate.name() + types.incrementAndGet();
      refused.put(fate, new Zombies(pool, postgres.schema(), fate, each, type).refused(queue));
    }
    return refused;
  }
}
