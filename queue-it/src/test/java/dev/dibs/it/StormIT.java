package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.dibs.TaskQueue;
import dev.dibs.it.mutants.SelectThenUpdate;
import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.testkit.DibsPostgres;
import dev.dibs.testkit.storm.Storm;
import dev.dibs.testkit.storm.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** 64 claimers on 64 connections, and beside them the race that the same check catches. */
class StormIT {
  private static final int CLAIMERS = 64;

  /** Ten million with -DargLine=-Xmx1g, to show what memory they take. */
  private static final int TASKS = TestSize.of(30_000, 10_000_000);

  private static final int NAIVE_SEEDS = TestSize.of(1, 11);

  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  private static HikariDataSource pool;
  private static TaskQueue queue;

  @BeforeAll
  static void connect() {
    HikariConfig config = new HikariConfig();
    config.setDataSource(postgres.dataSource());
    config.setMaximumPoolSize(CLAIMERS + 1);
    config.setSchema(postgres.schema());
    config.setConnectionTimeout(60_000);
    pool = new HikariDataSource(config);
    queue = PostgresTaskQueue.create(pool, postgres.schema());
  }

  @AfterAll
  static void disconnect() {
    pool.close();
  }

  @Test
  void storm_manyTasks_eachHasOneClaimant() {
    Verdict verdict = Storm.on(queue).tasks(TASKS).claimers(CLAIMERS).seed(42).run();

    print("dibs ", verdict);
    assertThat(verdict.passed()).as(verdict.toString()).isTrue();
    assertThat(verdict.claims()).isEqualTo(TASKS);
  }

  @Test
  void storm_selectThenUpdate_isCaughtForEverySeed() {
    TaskQueue naive = new SelectThenUpdate(pool, queue);
    List<Long> claimsToDetection = new ArrayList<>();
    for (int seed = 1; seed <= NAIVE_SEEDS; seed++) {
      Verdict verdict = Storm.on(naive).tasks(300).claimers(CLAIMERS).seed(seed).late(0).run();
      assertThat(verdict.duplicates()).as(verdict.toString()).isPositive();
      claimsToDetection.add(verdict.claimsToDetection().orElseThrow());
      if (seed == 1) {
        print("naive", verdict);
      }
    }
    Collections.sort(claimsToDetection);
    System.out.println(
        "naive  storm: claims to detection over "
            + NAIVE_SEEDS
            + " seeds: median "
            + claimsToDetection.get(NAIVE_SEEDS / 2)
            + " of "
            + claimsToDetection);
  }

  /** As many processes: each claimer has a queue of its own and knows nothing of the others. */
  @Test
  void storm_queuePerClaimerWithRetriesAndReleases_eachHasOneClaimant() {
    Verdict verdict =
        Storm.on(claimer -> PostgresTaskQueue.create(pool, postgres.schema()))
            .tasks(10_000)
            .claimers(32)
            .retries(5)
            .releases(5)
            .seed(7)
            .run();

    print("many ", verdict);
    assertThat(verdict.passed()).as(verdict.toString()).isTrue();
  }

  /**
   * Most of these claims are sent as a statement; the smaller ones call the function. Those of one
   * queue take turns, as in one process.
   */
  @Test
  void storm_fourQueuesClaimHundreds_eachHasOneClaimant() {
    List<PostgresTaskQueue> queues =
        Stream.generate(() -> PostgresTaskQueue.create(pool, postgres.schema())).limit(4).toList();
    Verdict verdict =
        Storm.on(claimer -> queues.get(claimer % queues.size()))
            .tasks(TestSize.of(30_000, 1_000_000))
            .claimers(16)
            .maxBatch(1_000)
            .retries(5)
            .releases(5)
            .seed(5)
            .run();

    print("large", verdict);
    assertThat(verdict.passed()).as(verdict.toString()).isTrue();
  }

  @Test
  void storm_leasesThatExpire_eachAttemptHasOneClaimant() {
    Verdict verdict =
        Storm.on(queue)
            .tasks(2_000)
            .claimers(32)
            .maxBatch(10)
            .lease(Duration.ofMillis(300))
            .work(Duration.ofMillis(400))
            .seed(3)
            .run();

    print("lease", verdict);
    assertThat(verdict.passed()).as(verdict.toString()).isTrue();
    assertThat(verdict.claims()).isGreaterThan(verdict.tasks());
  }

  private static void print(String name, Verdict verdict) {
    System.out.println(name + "  " + verdict.summary());
  }
}
