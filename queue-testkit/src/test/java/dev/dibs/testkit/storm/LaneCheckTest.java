package dev.dibs.testkit.storm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.Status;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The rules that look at all tasks of a lane, each with a close history that breaks none. */
class LaneCheckTest {
  private final Script two = new Script(2).preload();

  private static void assertBroken(Script script, Rule rule) {
    assertThat(script.broken()).isEqualTo(Map.of(rule, 1L));
  }

  private static void assertClean(Script script) {
    assertThat(script.broken()).isEmpty();
  }

  private static void claimAndComplete(Script script, long sent, long answered, int task) {
    script.complete(script.claim(0, sent, answered, task, 1), answered + 1, answered + 2);
  }

  @Test
  void check_laterTaskTakenFirst_breaksOrder() {
    claimAndComplete(two, 10, 20, 1);
    claimAndComplete(two, 30, 40, 0);
    assertBroken(two, Rule.ORDER);
  }

  @Test
  void check_claimsSideBySide_areClean() {
    two.complete(two.claim(0, 10, 20, 1, 1), 50, 60);
    two.complete(two.claim(1, 15, 40, 0, 1), 50, 60);
    assertClean(two);
  }

  @Test
  void check_laterTaskTakenFirstInAnotherLane_isClean() {
    Script lanes = Script.ofTwoTypes().preload();
    claimAndComplete(lanes, 10, 20, 1);
    claimAndComplete(lanes, 30, 40, 0);
    assertClean(lanes);
  }

  @Test
  void check_oneClaimInWrongOrder_breaksOrder() {
    long first = two.claim(0, 10, 20, 5, Script.BOTH_TYPES, 1, 1, 0, 1);
    two.complete(first, 30, 40).complete(Script.next(first), 30, 40);
    assertBroken(two, Rule.ORDER);
  }

  @Test
  void check_oneClaimInOrder_isClean() {
    long first = two.claim(0, 10, 20, 5, Script.BOTH_TYPES, 0, 1, 1, 1);
    two.complete(first, 30, 40).complete(Script.next(first), 30, 40);
    assertClean(two);
  }

  /** Task 0 waits from 8 on; task 1, behind it, is put back by a write from 110 to 140. */
  private static Script putBackBehindAWaitingTask() {
    Script script = new Script(2).enqueue(1, -20, -10, 0, Answer.OK);
    long first = script.claim(0, 0, 5, 1, 1);
    return script.enqueue(0, 6, 8, 0, Answer.OK).write(first, Kind.RETRY, 110, 140, Answer.OK);
  }

  @Test
  void check_takenOnePutBackBeforeTheClaim_breaksOrder() {
    Script script = putBackBehindAWaitingTask();
    script.complete(script.claim(1, 145, 150, 1, 2), 151, 152);
    claimAndComplete(script, 160, 170, 0);
    assertBroken(script, Rule.ORDER);
  }

  /** The claim may have met its old place, before the waiting task, and taken its new version. */
  @Test
  void check_takenOnePutBackDuringTheClaim_isClean() {
    Script script = putBackBehindAWaitingTask();
    script.complete(script.claim(1, 130, 150, 1, 2), 151, 152);
    claimAndComplete(script, 160, 170, 0);
    assertClean(script);
  }

  @Test
  void check_lateTaskPassedOverWithinLookBehind_isClean() {
    Script late = new Script(2).enqueue(1, -20, -10, 0, Answer.OK).enqueue(0, 10, 20, 0, Answer.OK);
    claimAndComplete(late, 119, 125, 1);
    claimAndComplete(late, 130, 140, 0);
    assertClean(late);
  }

  @Test
  void check_lateTaskPassedOverAfterLookBehind_breaksOrder() {
    Script late = new Script(2).enqueue(1, -20, -10, 0, Answer.OK).enqueue(0, 10, 20, 0, Answer.OK);
    claimAndComplete(late, 121, 125, 1);
    claimAndComplete(late, 130, 140, 0);
    assertBroken(late, Rule.ORDER);
  }

  @Test
  void check_delayedTaskPassedOverBeforeItIsDue_isClean() {
    Script late =
        new Script(2).enqueue(1, -20, -10, 0, Answer.OK).enqueue(0, -20, -10, 50, Answer.OK);
    claimAndComplete(late, 10, 20, 1);
    claimAndComplete(late, 60, 70, 0);
    assertClean(late);
  }

  @Test
  void check_releasedTaskPassedOverAfterLookBehind_breaksOrder() {
    two.write(two.claim(0, 10, 20, 0, 1), Kind.RELEASE, 30, 40, Answer.OK);
    claimAndComplete(two, 141, 150, 1);
    claimAndComplete(two, 160, 170, 0);
    assertBroken(two, Rule.ORDER);
  }

  @Test
  void check_taskPassedOverWhileAHiddenClaimMayHoldIt_isClean() {
    two.lostClaim(1, 5);
    claimAndComplete(two, 10, 20, 1);
    two.complete(two.claim(0, 2000, 2010, 0, 2), 2020, 2030);
    assertClean(two);
  }

  @Test
  void check_manyTasks_findsTheOnePassedOver() {
    Script many = new Script(200).preload();
    long at = 10;
    for (int task = 0; task < 200; task++) {
      if (task != 120) {
        claimAndComplete(many, at, at + 3, task);
        at += 10;
      }
    }
    claimAndComplete(many, at, at + 3, 120);
    assertBroken(many, Rule.ORDER);
  }

  @Test
  void check_emptyClaimWhileTaskWaits_isSpurious() {
    Script one = new Script(1).preload();
    one.empty(1, 10, 20, Script.BOTH_TYPES);
    claimAndComplete(one, 30, 40, 0);
    assertBroken(one, Rule.SPURIOUS_EMPTY);
  }

  @Test
  void check_emptyClaimWhileUnclaimedTaskWaits_isSpuriousBesideStuck() {
    Script one = new Script(1).preload().end(0, Status.PENDING);
    one.empty(1, 10, 20, Script.BOTH_TYPES);
    assertThat(one.broken()).isEqualTo(Map.of(Rule.SPURIOUS_EMPTY, 1L, Rule.STUCK, 1L));
  }

  @Test
  void check_emptyClaimBesideTheClaim_isClean() {
    Script one = new Script(1).preload();
    one.empty(1, 10, 35, Script.BOTH_TYPES);
    claimAndComplete(one, 30, 40, 0);
    assertClean(one);
  }

  @Test
  void check_emptyClaimForAnotherType_isClean() {
    Script lanes = Script.ofTwoTypes().preload();
    claimAndComplete(lanes, 2, 3, 0);
    lanes.empty(1, 10, 20, Script.ONE_TYPE);
    claimAndComplete(lanes, 30, 40, 1);
    assertClean(lanes);
  }

  @Test
  void check_emptyClaimSoonAfterEnqueue_isClean() {
    Script one = new Script(1).enqueue(0, 10, 20, 0, Answer.OK);
    one.empty(1, 119, 120, Script.BOTH_TYPES);
    claimAndComplete(one, 130, 140, 0);
    assertClean(one);
  }

  @Test
  void check_emptyClaimLongAfterEnqueue_isSpurious() {
    Script one = new Script(1).enqueue(0, 10, 20, 0, Answer.OK);
    one.empty(1, 121, 122, Script.BOTH_TYPES);
    claimAndComplete(one, 130, 140, 0);
    assertBroken(one, Rule.SPURIOUS_EMPTY);
  }

  @Test
  void timeline_overlap_hasAColumnForEachClientAndTheRow() {
    Script one = new Script(1).preload();
    one.claim(0, 10, 20, 0, 1);
    one.complete(one.claim(2, 15, 25, 0, 2), 30, 40);
    assertThat(one.timeline(Rule.LEASE_OVERLAP).lines())
        .containsExactly(
            "            ms  claimer 0                   claimer 2                   enqueuer         "
                + "           the row",
            "       -20.000                                                          enqueue #0",
            "       -10.000                                                          -> ok            "
                + "           pending",
            "        10.000  claim up to 10",
            "        15.000                              claim up to 10",
            "        20.000  -> #0 attempt 1                                                        "
                + "             processing, attempt 1",
            "        25.000                              -> #0 attempt 2                            "
                + "             processing, attempt 2",
            "        30.000                              complete #0",
            "        40.000                              -> APPLIED                                 "
                + "             completed");
  }
}
