package dev.dibs.testkit.storm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.TaskQueue;
import dev.dibs.testkit.InMemoryTaskQueue;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** In memory nothing is found late, so the look-behind bound is as short as it can be. */
class StormTest {
  private static Storm storm() {
    TaskQueue queue = InMemoryTaskQueue.create();
    return Storm.on(queue).claimers(16).lookBehind(Duration.ofMillis(1)).seed(5);
  }

  @Test
  void run_retriesAndReleases_keepsEveryRule() {
    Verdict verdict = storm().tasks(2_000).retries(10).releases(10).late(30).run();

    assertThat(verdict.passed()).as(verdict.toString()).isTrue();
    assertThat(verdict.claims()).isGreaterThan(2_000);
    assertThat(verdict.summary())
        .startsWith("storm: 2000 tasks, 16 claimers, ")
        .contains(": 0 duplicates, 0 lost, 0 over limit, every rule kept")
        .endsWith("(look-behind bound 0.0 s, seed 5)");
  }

  @Test
  void run_leasesThatExpire_keepsEveryRule() {
    Verdict verdict =
        storm().tasks(200).lease(Duration.ofMillis(60)).work(Duration.ofMillis(80)).run();

    assertThat(verdict.passed()).as(verdict.toString()).isTrue();
    assertThat(verdict.claims()).isGreaterThan(200);
  }

  @Test
  void summary_overBeforeTheLookBehindBoundWhereLeasesExpire_saysWhatWasNotJudged() {
    Storm storm = storm().tasks(20).lease(Duration.ofMillis(20)).work(Duration.ofMillis(30));

    assertThat(storm.run().summary()).doesNotContain("not judged");
    assertThat(storm.lookBehind(Duration.ofHours(1)).run().summary())
        .endsWith(
            "(look-behind bound 3600.0 s, over before it: ORDER between claims and SPURIOUS_EMPTY"
                + " not judged, seed 5)");
  }

  @Test
  void run_uniqueKeys_someArePassedOverAndEveryRuleIsKept() {
    Verdict verdict = storm().tasks(2_000).late(50).unique(60).retries(10).run();

    assertThat(verdict.passed()).as(verdict.toString()).isTrue();
    assertThat(verdict.claims()).isLessThan(2_000);
  }

  @Test
  void run_clockThatStands_isStuckWithTheDelayedTasks() {
    Instant noon = Instant.parse("2026-01-01T12:00:00Z");
    TaskQueue queue = InMemoryTaskQueue.create(() -> noon);
    Storm storm = Storm.on(queue).tasks(100).claimers(4).late(50).seed(5);
    // Long enough for the enqueuer to come to its turn on a busy machine.
    Verdict verdict = storm.stuckAfter(Duration.ofSeconds(2)).run();

    assertThat(verdict.passed()).isFalse();
    assertThat(verdict.count(Rule.STUCK)).isBetween(1L, 50L);
    assertThat(verdict.toString())
        .contains(
            "STUCK  task #", "at the end it was pending", "again: Storm.on(queue).tasks(100)");
  }
}
