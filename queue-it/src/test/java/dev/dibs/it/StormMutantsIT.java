package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.dibs.TaskQueue;
import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.testkit.DibsPostgres;
import dev.dibs.testkit.storm.Fault;
import dev.dibs.testkit.storm.Rule;
import dev.dibs.testkit.storm.Storm;
import dev.dibs.testkit.storm.Verdict;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Small storms on queues that break one promise each: the storm must say which. */
class StormMutantsIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  private static final AtomicInteger storms = new AtomicInteger();
  private static HikariDataSource pool;
  private static TaskQueue queue;

  @BeforeAll
  static void connect() {
    HikariConfig config = new HikariConfig();
    config.setDataSource(postgres.dataSource());
    config.setMaximumPoolSize(33);
    pool = new HikariDataSource(config);
    queue = PostgresTaskQueue.create(pool, postgres.schema());
  }

  @AfterAll
  static void disconnect() {
    pool.close();
  }

  @Test
  void storm_unfenced_isStaleWrite() {
    assertBroken(expiring(Mutants.unfenced(queue)).run(), Rule.STALE_WRITE_ACCEPTED);
  }

  @Test
  void storm_shortLeases_areOverlaps() {
    Storm storm = expiring(Mutants.shortLeases(queue));
    assertBroken(storm.lease(Duration.ofSeconds(30)).run(), Rule.LEASE_OVERLAP);
  }

  @Test
  void storm_overLimit_isOverLimit() {
    assertBroken(small(Mutants.overLimit(queue)).run(), Rule.OVER_LIMIT);
  }

  @Test
  void storm_lastInFirstOut_breaksOrder() {
    assertBroken(small(Mutants.lastInFirstOut(queue)).run(), Rule.ORDER);
  }

  @Test
  void storm_unsorted_breaksOrder() {
    assertBroken(small(Mutants.unsorted(queue)).run(), Rule.ORDER);
  }

  @Test
  void storm_spuriouslyEmpty_isSpuriousEmpty() {
    assertBroken(small(Mutants.spuriouslyEmpty(queue)).run(), Rule.SPURIOUS_EMPTY);
  }

  @Test
  void storm_early_isEarly() {
    assertBroken(small(Mutants.early(queue)).late(50).run(), Rule.EARLY);
  }

  @Test
  void storm_enqueuesTwice_isUnexpected() {
    assertBroken(small(Mutants.enqueuesTwice(queue)).run(), Rule.UNEXPECTED);
  }

  @Test
  void storm_losesClaims_isStuck() {
    Storm storm = small(Mutants.losesClaims(queue)).stuckAfter(Duration.ofSeconds(1));
    assertBroken(storm.run(), Rule.STUCK);
  }

  @Test
  void storm_losesCompletions_isLost() {
    Storm storm = small(Mutants.losesCompletions(queue));
    assertBroken(storm.run(), Rule.LOST);
  }

  @Test
  void storm_ignoresUniqueKeys_breaksUnique() {
    Storm storm = small(Mutants.ignoresUniqueKeys(queue)).late(50).unique(50);
    assertBroken(storm.run(), Rule.UNIQUE_BROKEN);
  }

  @Test
  void storm_ignoresPriorities_breaksOrder() {
    assertBroken(small(Mutants.ignoresPriorities(queue)).run(), Rule.ORDER);
  }

  @Test
  void storm_enqueuesOutside_breaksVisibility() {
    Storm storm = watched(Mutants.enqueuesOutside(queue)).late(50).transactional(100);
    assertBroken(storm.run(), Rule.TX_VISIBILITY);
  }

  @Test
  void storm_waitsForRows_isBlocked() {
    TaskQueue waiting = Mutants.waitsForRows(queue, pool, postgres.schema());
    assertBroken(watched(waiting).faults(Fault.HELD_ROW).run(), Rule.BLOCKED);
  }

  @Test
  void storm_claimsInOpenTransaction_isIdleInTransaction() {
    TaskQueue open = Mutants.claimsInOpenTransaction(queue, pool, postgres.schema());
    assertBroken(watched(open).run(), Rule.IDLE_IN_TX);
  }

  @Test
  void storm_unfencedUnderPauses_isStaleWrite() {
    Storm storm = watched(Mutants.unfenced(queue)).maxBatch(10);
    assertBroken(storm.faults(Fault.PAUSED_CLAIMER).run(), Rule.STALE_WRITE_ACCEPTED);
  }

  private static Storm watched(TaskQueue queue) {
    return small(queue).database(postgres.dataSource(), postgres.schema());
  }

  private static Storm small(TaskQueue queue) {
    return storm(queue).tasks(2_000).claimers(8).seed(1);
  }

  /** Types of its own, because a mutant may leave tasks behind. */
  private static Storm storm(TaskQueue queue) {
    int storm = storms.incrementAndGet();
    return Storm.on(queue).types("a" + storm, "b" + storm);
  }

  private static void assertBroken(Verdict verdict, Rule rule) {
    System.out.println("mutant  " + verdict.summary());
    assertThat(verdict.count(rule)).as(verdict.toString()).isPositive();
  }

  private static Storm expiring(TaskQueue queue) {
    return storm(queue)
        .tasks(400)
        .claimers(32)
        .maxBatch(5)
        .lease(Duration.ofMillis(300))
        .work(Duration.ofMillis(400))
        .seed(3);
  }
}
