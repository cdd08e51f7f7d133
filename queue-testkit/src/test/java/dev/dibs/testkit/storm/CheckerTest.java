package dev.dibs.testkit.storm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.Status;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** For each rule a history that breaks it and nothing else, and a close one that breaks none. */
class CheckerTest {
  private static final long SECOND = 1000;

  private final Script one = new Script(1).preload();

  private static void assertBroken(Script script, Rule rule) {
    assertThat(script.broken()).isEqualTo(Map.of(rule, 1L));
  }

  private static void assertClean(Script script) {
    assertThat(script.broken()).isEmpty();
  }

  @Test
  void check_claimAndCompletion_isClean() {
    one.complete(one.claim(0, 10, 20, 0, 1), 30, 40);
    assertClean(one);
    assertThat(one.check().operations()).isEqualTo(3);
    assertThat(one.check().claimsToDetection()).isEmpty();
  }

  @Test
  void check_sameAttemptTwice_isDuplicate() {
    one.claim(0, 10, 20, 0, 1);
    one.complete(one.claim(1, 15, 25, 0, 1), 30, 40);
    assertBroken(one, Rule.DUPLICATE_ATTEMPT);
    assertThat(one.check().claimsToDetection()).hasValue(2);
  }

  @Test
  void check_sameAttemptTwiceInOneClaim_isDuplicate() {
    one.complete(one.claim(0, 10, 20, 10, Script.BOTH_TYPES, 0, 1, 0, 1), 30, 40);
    assertBroken(one, Rule.DUPLICATE_ATTEMPT);
  }

  @Test
  void check_sameAttemptAfterExpiry_isDuplicate() {
    one.claim(0, 10, 20, 0, 1);
    one.complete(one.claim(1, 5 * SECOND, 5 * SECOND + 1, 0, 1), 6 * SECOND, 6 * SECOND + 1);
    assertBroken(one, Rule.DUPLICATE_ATTEMPT);
  }

  @Test
  void check_sameAttemptAfterRelease_isClean() {
    one.write(one.claim(0, 10, 20, 0, 1), Kind.RELEASE, 30, 40, Answer.OK);
    one.complete(one.claim(1, 35, 45, 0, 1), 50, 60);
    assertClean(one);
  }

  @Test
  void check_sameAttemptAfterReleaseOfUnknownOutcome_isClean() {
    one.write(one.claim(0, 10, 20, 0, 1), Kind.RELEASE, 30, 40, Answer.UNKNOWN);
    one.complete(one.claim(1, 50, 60, 0, 1), 70, 80);
    assertClean(one);
  }

  @Test
  void check_sameAttemptAfterRetry_isDuplicate() {
    one.write(one.claim(0, 10, 20, 0, 1), Kind.RETRY, 30, 40, Answer.OK);
    one.complete(one.claim(1, 50, 60, 0, 1), 70, 80);
    assertBroken(one, Rule.DUPLICATE_ATTEMPT);
  }

  @Test
  void check_claimedAgainWithinLease_isOverlap() {
    one.claim(0, 10, 20, 0, 1);
    one.complete(one.claim(1, 500, 600, 0, 2), 700, 800);
    assertBroken(one, Rule.LEASE_OVERLAP);
  }

  @Test
  void check_claimedAgainWhenLeaseMayBeOver_isClean() {
    one.claim(0, 10, 20, 0, 1);
    one.complete(one.claim(1, 500, 1011, 0, 2), 1020, 1030);
    assertClean(one);
  }

  @Test
  void check_claimedAgainWithinExtendedLease_isOverlap() {
    one.write(one.claim(0, 10, 20, 0, 1), Kind.EXTEND, 2 * SECOND, 900, 910, Answer.OK);
    one.complete(one.claim(1, 2800, 2850, 0, 2), 2900, 2910);
    assertBroken(one, Rule.LEASE_OVERLAP);
  }

  @Test
  void check_claimedAgainAfterLeaseWasShortened_isClean() {
    one.write(one.claim(0, 10, 20, 0, 1), Kind.EXTEND, 100, 30, 40, Answer.OK);
    one.complete(one.claim(1, 140, 150, 0, 2), 160, 170);
    assertClean(one);
  }

  @Test
  void check_claimedAgainAfterRetry_isClean() {
    one.write(one.claim(0, 10, 20, 0, 1), Kind.RETRY, 30, 40, Answer.OK);
    one.complete(one.claim(1, 50, 60, 0, 2), 70, 80);
    assertClean(one);
  }

  @Test
  void check_claimOfThirdAfterLostLease_countsOnlyTheFirstOverlap() {
    one.claim(0, 10, 20, 0, 1);
    one.write(one.claim(1, 100, 110, 0, 2), Kind.RETRY, 120, 130, Answer.OK);
    one.complete(one.claim(2, 140, 150, 0, 3), 160, 170);
    assertBroken(one, Rule.LEASE_OVERLAP);
  }

  @Test
  void check_claimedAfterCompletion_isResurrected() {
    one.complete(one.claim(0, 10, 20, 0, 1), 30, 40);
    one.claim(1, 5 * SECOND, 5 * SECOND + 1, 0, 2);
    assertBroken(one, Rule.RESURRECTED);
  }

  @Test
  void check_claimedBesideAcceptedCompletion_isResurrected() {
    one.complete(one.claim(0, 10, 20, 0, 1), 2000, 2100);
    one.claim(1, 1990, 2050, 0, 2);
    assertBroken(one, Rule.RESURRECTED);
  }

  @Test
  void check_claimedAfterRefusedCompletion_isClean() {
    one.write(one.claim(0, 10, 20, 0, 1), Kind.COMPLETE, 2000, 2100, Answer.LEASE_LOST);
    one.complete(one.claim(1, 1990, 2050, 0, 2), 2200, 2300);
    assertClean(one);
  }

  @Test
  void check_claimedAfterUnknownCompletion_isClean() {
    one.write(one.claim(0, 10, 20, 0, 1), Kind.COMPLETE, 30, 40, Answer.UNKNOWN);
    one.complete(one.claim(1, 2000, 2100, 0, 2), 2200, 2300);
    assertClean(one);
  }

  @Test
  void check_acceptedWriteOfLostClaim_isStale() {
    long lost = one.claim(0, 10, 20, 0, 1);
    one.claim(1, 2000, 2010, 0, 2);
    one.complete(lost, 2020, 2030);
    assertBroken(one, Rule.STALE_WRITE_ACCEPTED);
  }

  @Test
  void check_acceptedWriteAfterOwnCompletion_isStale() {
    long claim = one.claim(0, 10, 20, 0, 1);
    one.complete(claim, 30, 40);
    one.write(claim, Kind.EXTEND, SECOND, 50, 60, Answer.OK);
    assertBroken(one, Rule.STALE_WRITE_ACCEPTED);
  }

  @Test
  void check_repetitionOfNothing_isStale() {
    long lost = one.claim(0, 10, 20, 0, 1);
    one.complete(one.claim(1, 2000, 2010, 0, 2), 2020, 2030);
    one.write(lost, Kind.COMPLETE, 2040, 2050, Answer.ALREADY_APPLIED);
    assertBroken(one, Rule.STALE_WRITE_ACCEPTED);
  }

  @Test
  void check_repeatedCompletion_isClean() {
    long claim = one.claim(0, 10, 20, 0, 1);
    one.write(claim, Kind.COMPLETE, 30, 40, Answer.UNKNOWN);
    one.write(claim, Kind.COMPLETE, 50, 60, Answer.ALREADY_APPLIED);
    assertClean(one);
  }

  @Test
  void check_lateWriteOfExpiredClaimThatNobodyTook_isClean() {
    one.complete(one.claim(0, 10, 20, 0, 1), 5 * SECOND, 5 * SECOND + 1);
    assertClean(one);
  }

  @Test
  void check_neverFinished_isLost() {
    one.claim(0, 10, 20, 0, 1);
    assertBroken(one, Rule.LOST);
  }

  @Test
  void check_acknowledgedCompletionStillPending_isLost() {
    one.complete(one.claim(0, 10, 20, 0, 1), 30, 40).end(0, Status.PENDING);
    assertBroken(one, Rule.LOST);
  }

  @Test
  void check_acknowledgedCompletionFailedAtTheEnd_isLost() {
    one.complete(one.claim(0, 10, 20, 0, 1), 30, 40);
    assertClean(one.end(0, Status.COMPLETED));
    assertBroken(one.end(0, Status.FAILED), Rule.LOST);
  }

  @Test
  void check_acknowledgedCompletionAbsentAtTheEnd_isLost() {
    one.complete(one.claim(0, 10, 20, 0, 1), 30, 40).endAbsent(0);
    assertBroken(one, Rule.LOST);
  }

  @Test
  void check_acknowledgedFailure_isClean() {
    one.write(one.claim(0, 10, 20, 0, 1), Kind.FAIL, 30, 40, Answer.OK).end(0, Status.FAILED);
    assertClean(one);
  }

  /** One task finished, one not, and then the queue could not be asked any more. */
  @Test
  void check_stuckAndNotRead_isStuckOnly() {
    Script two = new Script(2).preload().sighted(Rule.STUCK, 500);
    two.complete(two.claim(0, 10, 20, 0, 1), 30, 40);
    assertThat(two.broken()).isEqualTo(Map.of(Rule.STUCK, 2L));
  }

  @Test
  void check_absentAndNeverClaimed_isLost() {
    one.endAbsent(0);
    assertBroken(one, Rule.LOST);
  }

  @Test
  void check_unknownEnqueueNeverClaimed_isClean() {
    Script unknown = new Script(1).enqueue(0, 10, 20, 0, Answer.UNKNOWN);
    assertClean(unknown);
  }

  @Test
  void check_failedAfterLastAttempt_isClean() {
    one.claim(0, 10, 20, 0, 1);
    one.claim(0, 2000, 2010, 0, 2);
    one.claim(0, 4000, 4010, 0, 3);
    one.end(0, Status.FAILED);
    assertClean(one);
  }

  @Test
  void check_stillPendingAtTheEnd_isStuck() {
    assertBroken(one.end(0, Status.PENDING), Rule.STUCK);
  }

  /** A storm that was ended before its enqueuer was done once passed. */
  @Test
  void check_notYetEnqueuedAtTheEnd_isStuck() {
    assertBroken(new Script(1).endAbsent(0), Rule.STUCK);
    assertBroken(new Script(1).enqueue(0, 10, 20, 0, Answer.FAILED).endAbsent(0), Rule.STUCK);
    assertClean(new Script(1).passOver(0, 10, 20).endAbsent(0));
  }

  @Test
  void check_stillProcessingAfterLostClaim_isStuck() {
    assertBroken(one.lostClaim(0, 10).end(0, Status.PROCESSING), Rule.STUCK);
  }

  @Test
  void check_taskOfNobody_isUnexpected() {
    one.complete(one.claim(0, 10, 20, 10, Script.BOTH_TYPES, 0, 1, one.stranger(), 1), 30, 40);
    assertBroken(one, Rule.UNEXPECTED);
  }

  @Test
  void check_claimedBeforeEnqueueWasSent_isUnexpected() {
    Script late = new Script(1).enqueue(0, 30, 40, 0, Answer.OK);
    late.complete(late.claim(0, 10, 20, 0, 1), 50, 60);
    assertBroken(late, Rule.UNEXPECTED);
  }

  @Test
  void check_claimedBesideItsEnqueue_isClean() {
    Script late = new Script(1).enqueue(0, 15, 40, 0, Answer.OK);
    late.complete(late.claim(0, 10, 20, 0, 1), 50, 60);
    assertClean(late);
  }

  @Test
  void check_typeThatWasNotAskedFor_isUnexpected() {
    Script two = Script.ofTwoTypes().preload();
    two.complete(two.claim(0, 10, 20, 10, Script.BOTH_TYPES, 0, 1), 30, 40);
    two.complete(two.claim(0, 50, 60, 10, Script.ONE_TYPE, 1, 1), 70, 80);
    assertBroken(two, Rule.UNEXPECTED);
  }

  @Test
  void check_moreThanLimit_isOverLimit() {
    Script two = new Script(2).preload();
    long first = two.claim(0, 10, 20, 1, Script.BOTH_TYPES, 0, 1, 1, 1);
    two.complete(first, 30, 40).complete(Script.next(first), 30, 40);
    assertBroken(two, Rule.OVER_LIMIT);
  }

  @Test
  void check_exactlyTheLimit_isClean() {
    Script two = new Script(2).preload();
    long first = two.claim(0, 10, 20, 2, Script.BOTH_TYPES, 0, 1, 1, 1);
    two.complete(first, 30, 40).complete(Script.next(first), 30, 40);
    assertClean(two);
  }

  @Test
  void check_answeredBeforeDelayWasOver_isEarly() {
    Script late = new Script(1).enqueue(0, 10, 20, 100, Answer.OK);
    late.complete(late.claim(0, 50, 109, 0, 1), 120, 130);
    assertBroken(late, Rule.EARLY);
  }

  @Test
  void check_answeredWhenDelayMayBeOver_isClean() {
    Script late = new Script(1).enqueue(0, 10, 20, 100, Answer.OK);
    late.complete(late.claim(0, 50, 111, 0, 1), 120, 130);
    assertClean(late);
  }

  @Test
  void check_datedBeforeRunAtByTheDatabase_isEarly() {
    one.complete(one.claimBeforeDue(0, 10, 20, 0, 1), 30, 40);
    assertBroken(one, Rule.EARLY);
  }

  @Test
  void check_claimedWithinDelayOfRetry_isEarly() {
    one.write(one.claim(0, 10, 20, 0, 1), Kind.RETRY, 100, 30, 40, Answer.OK);
    one.complete(one.claim(1, 50, 60, 0, 2), 70, 80);
    assertBroken(one, Rule.EARLY);
  }

  @Test
  void check_firstAttemptReceivedByNobody_isSkipped() {
    one.complete(one.claim(0, 1010, 1020, 0, 2), 1030, 1040);
    assertBroken(one, Rule.ATTEMPT_SKIPPED);
  }

  @Test
  void check_firstAttemptMayHaveBeenTakenByAnUnknownClaim_isClean() {
    one.lostClaim(1, 10);
    one.complete(one.claim(0, 1010, 1020, 0, 2), 1030, 1040);
    assertClean(one);
  }

  @Test
  void check_releaseCountedAsAttempt_isSkipped() {
    one.write(one.claim(0, 10, 20, 0, 1), Kind.RELEASE, 30, 40, Answer.OK);
    one.complete(one.claim(0, 50, 60, 0, 2), 70, 80);
    assertBroken(one, Rule.ATTEMPT_SKIPPED);
  }

  @Test
  void check_releaseRefused_isClean() {
    one.write(one.claim(0, 10, 20, 0, 1), Kind.RELEASE, 1100, 1110, Answer.LEASE_LOST);
    one.complete(one.claim(1, 1050, 1060, 0, 2), 1120, 1130);
    assertClean(one);
  }

  @Test
  void check_releasedAndExpired_isClean() {
    one.write(one.claim(0, 10, 20, 0, 1), Kind.RELEASE, 30, 40, Answer.OK);
    one.claim(0, 50, 60, 0, 1);
    one.complete(one.claim(1, 1100, 1110, 0, 2), 1120, 1130);
    assertClean(one);
  }

  /** Its lease was over before its answer came. */
  @Test
  void check_earlierAttemptAnsweredLater_isClean() {
    one.complete(one.claim(1, 1100, 1110, 0, 2), 1120, 1130);
    one.claim(0, 10, 1200, 0, 1);
    assertClean(one);
  }

  @Test
  void check_moreAttemptsThanAllowed_isExceeded() {
    for (int attempt = 1; attempt <= 4; attempt++) {
      one.claim(0, 2000L * attempt, 2000L * attempt + 1, 0, attempt);
    }
    one.end(0, Status.FAILED);
    assertBroken(one, Rule.ATTEMPTS_EXCEEDED);
  }

  @Test
  void check_lastAttemptPutBackByItsHolder_isClean() {
    one.claim(0, 10, 20, 0, 1);
    one.claim(0, 2000, 2001, 0, 2);
    one.write(one.claim(0, 4000, 4001, 0, 3), Kind.RETRY, 4010, 4020, Answer.OK);
    one.complete(one.claim(0, 4030, 4040, 0, 4), 4050, 4060);
    assertClean(one);
  }
}
