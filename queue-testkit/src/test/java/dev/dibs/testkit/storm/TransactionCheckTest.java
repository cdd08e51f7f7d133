package dev.dibs.testkit.storm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** The rule about enqueues in transactions, both ways, and what the others make of them. */
class TransactionCheckTest {
  private final Script one = new Script(1);

  private void assertBroken(Rule rule) {
    assertThat(one.broken()).isEqualTo(Map.of(rule, 1L));
  }

  private void assertClean() {
    assertThat(one.broken()).isEmpty();
  }

  private void claimAndComplete(long sent, long answered) {
    one.complete(one.claim(0, sent, answered, 0, 1), answered + 1, answered + 2);
  }

  @Test
  void check_claimedBeforeCommitWasSent_breaksVisibility() {
    int enqueue = one.enqueueInTransaction(0, 1, 2);
    claimAndComplete(10, 20);
    one.commit(enqueue, 30, 31, Answer.OK);
    assertBroken(Rule.TX_VISIBILITY);
  }

  @Test
  void check_claimedWhileCommitIsUnderWay_isClean() {
    int enqueue = one.enqueueInTransaction(0, 1, 2);
    one.commit(enqueue, 19, 31, Answer.OK);
    claimAndComplete(10, 20);
    assertClean();
  }

  @Test
  void check_commitOfUnknownOutcomeAndClaimed_isClean() {
    one.commit(one.enqueueInTransaction(0, 1, 2), 5, 6, Answer.UNKNOWN);
    claimAndComplete(10, 20);
    assertClean();
  }

  @Test
  void check_commitOfUnknownOutcomeAndNeverSeen_isClean() {
    one.commit(one.enqueueInTransaction(0, 1, 2), 5, 6, Answer.UNKNOWN);
    assertClean();
  }

  @Test
  void check_committedAndNeverSeen_isLost() {
    one.commit(one.enqueueInTransaction(0, 1, 2), 5, 6, Answer.OK);
    assertBroken(Rule.LOST);
  }

  @Test
  void check_rolledBackAndNeverSeen_isClean() {
    one.rollBack(one.enqueueInTransaction(0, 1, 2), 5, 6);
    assertClean();
  }

  @Test
  void check_rolledBackAndClaimed_breaksVisibility() {
    one.rollBack(one.enqueueInTransaction(0, 1, 2), 5, 6);
    claimAndComplete(10, 20);
    assertBroken(Rule.TX_VISIBILITY);
  }

  @Test
  void check_neverEndedAndClaimed_breaksVisibility() {
    one.enqueueInTransaction(0, 1, 2);
    claimAndComplete(10, 20);
    assertBroken(Rule.TX_VISIBILITY);
  }

  @Test
  void check_rolledBackAndEnqueuedAgain_isClean() {
    one.rollBack(one.enqueueInTransaction(0, 1, 2), 5, 6);
    one.commit(one.enqueueInTransaction(0, 7, 8), 11, 12, Answer.OK);
    claimAndComplete(10, 20);
    assertClean();
  }

  @Test
  void check_rolledBackAndClaimedBeforeItIsEnqueuedAgain_breaksVisibility() {
    one.rollBack(one.enqueueInTransaction(0, 1, 2), 5, 6);
    claimAndComplete(10, 20);
    one.enqueue(0, 21, 22, 0, Answer.OK);
    assertBroken(Rule.TX_VISIBILITY);
  }

  @Test
  void check_claimedBeforeAnEnqueueOfItsOwn_isUnexpected() {
    claimAndComplete(10, 20);
    one.enqueue(0, 21, 22, 0, Answer.OK);
    assertBroken(Rule.UNEXPECTED);
  }

  /** Until the commit is acknowledged nobody need see it, however long ago it was written. */
  @Test
  void check_emptyClaimSoonAfterCommit_isClean() {
    one.commit(one.enqueueInTransaction(0, -500, -499), 5, 6, Answer.OK);
    one.empty(1, 105, 106, Script.BOTH_TYPES);
    claimAndComplete(110, 120);
    assertClean();
  }

  @Test
  void check_emptyClaimLongAfterCommit_isSpurious() {
    one.commit(one.enqueueInTransaction(0, 1, 2), 5, 6, Answer.OK);
    one.empty(1, 107, 108, Script.BOTH_TYPES);
    claimAndComplete(110, 120);
    assertBroken(Rule.SPURIOUS_EMPTY);
  }

  @Test
  void timeline_transaction_showsItsEnd() {
    int enqueue = one.enqueueInTransaction(0, 1, 2);
    claimAndComplete(10, 20);
    one.rollBack(enqueue, 30, 31);
    assertThat(one.timeline(Rule.TX_VISIBILITY))
        .contains("enqueue #0 in tx")
        .contains("rollback")
        .containsSubsequence("-> ok", "-> #0 attempt 1", "-> ok");
  }
}
