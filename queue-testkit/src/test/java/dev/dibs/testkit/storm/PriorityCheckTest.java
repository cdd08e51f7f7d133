package dev.dibs.testkit.storm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.Priority;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Order across the lanes of one type, and what excuses a claim from any order. */
class PriorityCheckTest {
  /** Task 0 is urgent, task 1 is not. */
  private static Script urgentAndLow() {
    return Script.of(Priority.URGENT, Priority.LOW);
  }

  private final Script two = urgentAndLow().preload();

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
  void check_lowerPriorityTakenFirst_breaksOrder() {
    claimAndComplete(two, 10, 20, 1);
    claimAndComplete(two, 30, 40, 0);
    assertBroken(two, Rule.ORDER);
    assertThat(two.check().findings().samples(Rule.ORDER).get(0).reason())
        .contains("from lane one/LOW while this one of lane one/URGENT")
        .endsWith("was due and unclaimed since before the storm");
  }

  @Test
  void check_higherPriorityTakenFirst_isClean() {
    claimAndComplete(two, 10, 20, 0);
    claimAndComplete(two, 30, 40, 1);
    assertClean(two);
  }

  @Test
  void check_bothTakenByOneClaim_isClean() {
    long both = two.claim(0, 10, 20, 5, Script.ONE_TYPE, 0, 1, 1, 1);
    two.complete(both, 30, 40).complete(Script.next(both), 30, 40);
    assertClean(two);
  }

  @Test
  void check_claimsSideBySide_areClean() {
    two.complete(two.claim(0, 10, 20, 1, 1), 50, 60);
    two.complete(two.claim(1, 20, 40, 0, 1), 50, 60);
    assertClean(two);
  }

  @Test
  void check_lowerPriorityOfAnotherTypeTakenFirst_breaksOrderIfBothWereAskedFor() {
    Script asked = twoTypes();
    claimAndComplete(asked, 10, 20, 1);
    claimAndComplete(asked, 30, 40, 0);
    assertBroken(asked, Rule.ORDER);

    Script other = twoTypes();
    other.complete(other.claim(0, 10, 20, 5, 2, 1, 1), 21, 22);
    claimAndComplete(other, 30, 40, 0);
    assertClean(other);
  }

  /** Task 0 is urgent; task 1 is of the second type and not. */
  private static Script twoTypes() {
    return Script.ofTwoTypes(Priority.URGENT, Priority.LOW).preload();
  }

  @Test
  void check_higherPriorityNotYetDue_isClean() {
    Script delayed =
        urgentAndLow().enqueue(1, -20, -10, 0, Answer.OK).enqueue(0, -20, -10, 50, Answer.OK);
    claimAndComplete(delayed, 10, 20, 1);
    claimAndComplete(delayed, 60, 70, 0);
    assertClean(delayed);
  }

  @Test
  void check_lateHigherPriority_countsAfterLookBehindOnly() {
    Script within = urgentAndLow().enqueue(1, -20, -10, 0, Answer.OK);
    within.enqueue(0, 10, 20, 0, Answer.OK);
    claimAndComplete(within, 119, 125, 1);
    claimAndComplete(within, 130, 140, 0);
    assertClean(within);

    Script after = urgentAndLow().enqueue(1, -20, -10, 0, Answer.OK);
    after.enqueue(0, 10, 20, 0, Answer.OK);
    claimAndComplete(after, 121, 125, 1);
    claimAndComplete(after, 130, 140, 0);
    assertBroken(after, Rule.ORDER);
    assertThat(after.check().findings().samples(Rule.ORDER).get(0).reason())
        .endsWith("for longer than the look-behind bound of 0.1 s");
  }

  @Test
  void check_rowHeldMeanwhile_isClean() {
    two.hold(0, 5, 15);
    claimAndComplete(two, 10, 20, 1);
    claimAndComplete(two, 30, 40, 0);
    assertClean(two);
  }

  @Test
  void check_rowHeldLongBefore_breaksOrder() {
    two.hold(0, 1, 2);
    claimAndComplete(two, 103, 104, 1);
    claimAndComplete(two, 130, 140, 0);
    assertBroken(two, Rule.ORDER);
  }

  @Test
  void check_claimFailedMeanwhile_isClean() {
    two.failedClaim(2, 12, 13);
    claimAndComplete(two, 10, 20, 1);
    claimAndComplete(two, 30, 40, 0);
    assertClean(two);
  }

  @Test
  void check_claimFailedWithinLookBehind_isCleanAndAfterItBreaksOrder() {
    two.failedClaim(2, 1, 2);
    claimAndComplete(two, 102, 105, 1);
    claimAndComplete(two, 130, 140, 0);
    assertClean(two);

    Script after = urgentAndLow().preload().failedClaim(2, 1, 2);
    claimAndComplete(after, 103, 105, 1);
    claimAndComplete(after, 130, 140, 0);
    assertBroken(after, Rule.ORDER);
  }

  /** A claim that takes a suspect alone lets go of what else it had picked and locked. */
  @Test
  void check_claimAloneMeanwhile_isClean() {
    Script three = Script.of(Priority.URGENT, Priority.LOW, Priority.URGENT).preload();
    three.complete(three.claimAlone(2, 8, 14, 0, 1), 15, 16);
    claimAndComplete(three, 10, 20, 1);
    claimAndComplete(three, 30, 40, 2);
    assertClean(three);
  }

  @Test
  void check_claimNotAloneMeanwhile_breaksOrder() {
    Script three = Script.of(Priority.URGENT, Priority.LOW, Priority.URGENT).preload();
    three.complete(three.claim(2, 8, 14, 0, 1), 15, 16);
    claimAndComplete(three, 10, 20, 1);
    claimAndComplete(three, 30, 40, 2);
    assertBroken(three, Rule.ORDER);
  }

  /** It was put back with its lost leases, so that who does not meet it first leaves it. */
  @Test
  void check_suspectLeftForLowerPriority_isCleanUnlessAnAttemptEndedByItself() {
    two.write(two.claimAlone(0, 1, 2, 0, 1), Kind.RELEASE, 3, 4, Answer.OK);
    claimAndComplete(two, 210, 220, 1);
    claimAndComplete(two, 230, 240, 0);
    assertClean(two);

    Script retried = urgentAndLow().preload();
    retried.write(retried.claimAlone(0, 1, 2, 0, 1), Kind.RETRY, 3, 4, Answer.OK);
    claimAndComplete(retried, 210, 220, 1);
    retried.complete(retried.claim(0, 230, 240, 0, 2), 241, 242);
    assertBroken(retried, Rule.ORDER);
  }

  /** A stale write can lock the newest version of the row before it is refused. */
  @Test
  void check_staleWriteMeanwhile_isClean() {
    long lost = two.claim(0, 1, 2, 0, 1);
    two.write(two.claim(1, 1101, 1102, 0, 2), Kind.RELEASE, 1103, 1104, Answer.OK);
    two.write(lost, Kind.COMPLETE, 1306, 1315, Answer.LEASE_LOST);
    claimAndComplete(two, 1310, 1320, 1);
    two.complete(two.claim(0, 1330, 1340, 0, 2), 1341, 1342);
    assertClean(two);
  }

  @Test
  void check_emptyClaimBesideAFailedOne_isClean() {
    Script one = new Script(1).preload().failedClaim(2, 12, 13);
    one.empty(1, 10, 20, Script.BOTH_TYPES);
    claimAndComplete(one, 30, 40, 0);
    assertClean(one);
  }

  @Test
  void check_emptyClaimWhileTheRowIsHeld_isClean() {
    Script one = new Script(1).preload().hold(0, 5, 15);
    one.empty(1, 10, 20, Script.BOTH_TYPES);
    claimAndComplete(one, 30, 40, 0);
    assertClean(one);
  }

  @Test
  void check_sightings_areBreaches() {
    Script one = new Script(1).preload().sighted(Rule.BLOCKED, 5).sighted(Rule.IDLE_IN_TX, 6);
    claimAndComplete(one, 10, 20, 0);
    assertThat(one.broken()).isEqualTo(Map.of(Rule.BLOCKED, 1L, Rule.IDLE_IN_TX, 1L));
  }

  @Test
  void check_manyTasks_findsThoseThatWerePassedOver() {
    Priority[] priorities = new Priority[200];
    for (int task = 0; task < 200; task++) {
      priorities[task] = task % 2 == 0 ? Priority.HIGH : Priority.NORMAL;
    }
    Script many = Script.of(priorities).preload();
    for (int turn = 0; turn < 200; turn++) {
      // All of the higher priority but the last, then all others, then that one.
      int task = turn < 99 ? 2 * turn : turn < 199 ? 2 * (turn - 99) + 1 : 198;
      claimAndComplete(many, 10 * turn + 1, 10 * turn + 3, task);
    }
    assertBroken(many, Rule.ORDER);
  }
}
