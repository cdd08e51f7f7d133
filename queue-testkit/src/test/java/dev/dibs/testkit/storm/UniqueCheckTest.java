package dev.dibs.testkit.storm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** The rule about unique keys, both ways; tasks 0 and 1 have one key unless said otherwise. */
class UniqueCheckTest {
  private final Script two = new Script(2).key(0, 7).key(1, 7);

  private static void assertBroken(Script script, Rule rule) {
    assertThat(script.broken()).isEqualTo(Map.of(rule, 1L));
  }

  private static void assertClean(Script script) {
    assertThat(script.broken()).isEmpty();
  }

  private Script enqueue(int task, long sent, long answered) {
    return two.enqueue(task, sent, answered, 0, Answer.OK);
  }

  private void claimAndComplete(long sent, long answered, int task) {
    two.complete(two.claim(0, sent, answered, task, 1), answered + 1, answered + 2);
  }

  @Test
  void check_bothLiveAtOnce_breaksUnique() {
    enqueue(0, 1, 2);
    enqueue(1, 3, 4);
    claimAndComplete(10, 20, 0);
    claimAndComplete(30, 40, 1);
    assertBroken(two, Rule.UNIQUE_BROKEN);
  }

  @Test
  void check_otherKeyOrOtherType_isClean() {
    Script keys = new Script(2).key(0, 1).key(1, 2);
    keys.enqueue(0, 1, 2, 0, Answer.OK).enqueue(1, 3, 4, 0, Answer.OK);
    keys.complete(keys.claim(0, 10, 20, 0, 1), 21, 22);
    keys.complete(keys.claim(0, 30, 40, 1, 1), 41, 42);
    assertClean(keys);

    Script types = Script.ofTwoTypes().preload().key(0, 7).key(1, 7);
    types.complete(types.claim(0, 10, 20, 0, 1), 21, 22);
    types.complete(types.claim(0, 30, 40, 1, 1), 41, 42);
    assertClean(types);
  }

  @Test
  void check_secondEnqueuedAfterTheFirstIsFinished_isClean() {
    enqueue(0, 1, 2);
    claimAndComplete(10, 20, 0);
    enqueue(1, 30, 32);
    claimAndComplete(40, 50, 1);
    assertClean(two);
  }

  /** The completion may have come before the second was written, although it was answered later. */
  @Test
  void check_secondAcknowledgedWhileTheFirstIsBeingFinished_isClean() {
    enqueue(0, 1, 2);
    two.complete(two.claim(0, 10, 20, 0, 1), 21, 35);
    enqueue(1, 30, 32);
    claimAndComplete(40, 50, 1);
    assertClean(two);
  }

  @Test
  void check_secondAcknowledgedJustBeforeTheFirstIsBeingFinished_breaksUnique() {
    enqueue(0, 1, 2);
    long first = two.claim(0, 10, 20, 0, 1);
    enqueue(1, 3, 32);
    two.complete(first, 33, 35);
    claimAndComplete(40, 50, 1);
    assertBroken(two, Rule.UNIQUE_BROKEN);
  }

  /** Of the first nobody knows when it was there, until it is claimed. */
  @Test
  void check_enqueueOfUnknownOutcomeClaimedBeforeTheSecond_breaksUnique() {
    two.enqueue(0, 1, 2, 0, Answer.UNKNOWN);
    long first = two.claim(0, 10, 20, 0, 1);
    enqueue(1, 22, 24);
    two.complete(first, 26, 28);
    claimAndComplete(40, 50, 1);
    assertBroken(two, Rule.UNIQUE_BROKEN);
  }

  @Test
  void check_enqueueOfUnknownOutcome_isClean() {
    two.enqueue(0, 1, 2, 0, Answer.UNKNOWN);
    enqueue(1, 3, 4);
    claimAndComplete(10, 20, 1);
    assertClean(two);
  }

  @Test
  void check_firstPutBackAndNotFinished_breaksUnique() {
    enqueue(0, 1, 2);
    two.write(two.claim(0, 10, 20, 0, 1), Kind.RELEASE, 21, 22, Answer.OK);
    enqueue(1, 30, 32);
    claimAndComplete(40, 50, 1);
    claimAndComplete(60, 70, 0);
    assertBroken(two, Rule.UNIQUE_BROKEN);
  }

  @Test
  void check_firstMayBeFinishedUnseen_isClean() {
    enqueue(0, 1, 2);
    two.write(two.claim(0, 10, 20, 0, 1), Kind.COMPLETE, 21, 22, Answer.UNKNOWN);
    enqueue(1, 30, 32);
    claimAndComplete(40, 50, 1);
    assertClean(two);
  }

  @Test
  void check_passedOverForALiveTask_isCleanAndNotLost() {
    enqueue(0, 1, 2);
    two.passOver(1, 3, 4);
    claimAndComplete(10, 20, 0);
    assertClean(two);
  }

  @Test
  void check_passedOverForATaskOfTheSameCall_isClean() {
    Script one = new Script(2).key(0, 7).key(1, 7);
    one.enqueue(0, 3, 4, 0, Answer.OK).passOver(1, 3, 4);
    one.complete(one.claim(0, 10, 20, 0, 1), 21, 22);
    assertClean(one);
  }

  @Test
  void check_passedOverAfterTheOtherWasFinished_isLost() {
    enqueue(0, 1, 2);
    claimAndComplete(10, 20, 0);
    two.passOver(1, 30, 32);
    assertBroken(two, Rule.LOST);
  }

  @Test
  void check_passedOverAndClaimedNevertheless_isUnexpected() {
    enqueue(0, 1, 2);
    two.passOver(1, 3, 4);
    claimAndComplete(10, 20, 0);
    claimAndComplete(30, 40, 1);
    assertThat(two.broken()).containsOnlyKeys(Rule.UNEXPECTED);
  }
}
