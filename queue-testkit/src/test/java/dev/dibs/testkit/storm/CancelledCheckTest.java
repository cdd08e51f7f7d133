package dev.dibs.testkit.storm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.Status;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * As {@link CheckerTest}, for tasks that are called off and attempts that tell how far they are.
 */
class CancelledCheckTest {
  private static final long SECOND = 1000;

  private final Script one = new Script(1).preload();

  private static void assertBroken(Script script, Rule rule) {
    assertThat(script.broken()).isEqualTo(Map.of(rule, 1L));
  }

  private static void assertClean(Script script) {
    assertThat(script.broken()).isEmpty();
  }

  @Test
  void check_endsThatMeetACancelling_areClean() {
    for (Kind kind : new Kind[] {Kind.RETRY, Kind.FAIL, Kind.RELEASE}) {
      Script script = new Script(1).preload();
      long claim = script.claim(0, 10, 20, 0, 1);
      script.write(claim, Kind.EXTEND, 30, 40, Answer.CANCELLED);
      script.write(claim, Kind.PROGRESS, 50, 60, Answer.CANCELLED);
      script.write(claim, kind, 70, 80, Answer.CANCELLED);
      script.write(claim, kind, 90, 100, Answer.CANCELLED);
      script.write(claim, Kind.COMPLETE, 110, 120, Answer.CANCELLED);
      assertClean(script);
      assertClean(script.end(0, Status.CANCELLED));
    }
  }

  @Test
  void check_claimedAfterItWasCancelled_isResurrected() {
    for (Kind kind : new Kind[] {Kind.RETRY, Kind.FAIL, Kind.RELEASE}) {
      Script script = new Script(1).preload();
      script.write(script.claim(0, 10, 20, 0, 1), kind, 30, 40, Answer.CANCELLED);
      script.claim(1, 5 * SECOND, 5 * SECOND + 1, 0, 2);
      assertBroken(script, Rule.RESURRECTED);
    }
  }

  @Test
  void check_claimedBesideItsCancelling_isResurrected() {
    one.write(one.claim(0, 10, 20, 0, 1), Kind.RETRY, 2000, 2100, Answer.CANCELLED);
    one.claim(1, 1990, 2050, 0, 2);
    assertBroken(one, Rule.RESURRECTED);
  }

  @Test
  void check_claimedAfterRefusedExtension_isClean() {
    long claim = one.claim(0, 10, 20, 0, 1);
    one.write(claim, Kind.EXTEND, 5 * SECOND, 900, 910, Answer.CANCELLED);
    one.complete(one.claim(1, 2000, 2010, 0, 2), 2020, 2030);
    assertClean(one);
  }

  @Test
  void check_cancelledAfterItWasTakenByAnother_isStale() {
    for (Kind kind : Kind.values()) {
      Script script = new Script(1).preload();
      long lost = script.claim(0, 10, 20, 0, 1);
      long next = script.claim(1, 2000, 2010, 0, 2);
      script.write(lost, kind, 2020, 2030, Answer.CANCELLED);
      script.complete(next, 2025, 2040);
      assertBroken(script, Rule.STALE_WRITE_ACCEPTED);
    }
  }

  @Test
  void check_cancelledAfterOwnCompletion_isStale() {
    long claim = one.claim(0, 10, 20, 0, 1);
    one.complete(claim, 30, 40).write(claim, Kind.EXTEND, 50, 60, Answer.CANCELLED);
    assertBroken(one, Rule.STALE_WRITE_ACCEPTED);
  }

  @Test
  void check_cancelledByAnOperatorAfterItWasPutBack_isClean() {
    long claim = one.claim(0, 10, 20, 0, 1);
    one.write(claim, Kind.RETRY, 30, 40, Answer.OK);
    one.write(claim, Kind.RETRY, 50, 60, Answer.CANCELLED);
    assertClean(one.end(0, Status.CANCELLED));
  }

  @Test
  void check_acceptedWriteAfterOwnCancelling_isStale() {
    long claim = one.claim(0, 10, 20, 0, 1);
    one.write(claim, Kind.RELEASE, 30, 40, Answer.CANCELLED);
    one.write(claim, Kind.PROGRESS, 50, 60, Answer.OK);
    assertBroken(one, Rule.STALE_WRITE_ACCEPTED);
  }

  @Test
  void check_completedAfterRefusedExtension_isClean() {
    long claim = one.claim(0, 10, 20, 0, 1);
    one.write(claim, Kind.EXTEND, 30, 40, Answer.CANCELLED).complete(claim, 50, 60);
    assertClean(one.end(0, Status.COMPLETED));
  }

  @Test
  void check_progressOfItsHolder_isClean() {
    long claim = one.claim(0, 10, 20, 0, 1);
    one.write(claim, Kind.PROGRESS, 30, 40, Answer.OK);
    one.write(claim, Kind.PROGRESS, 50, 60, Answer.OK);
    assertClean(one.complete(claim, 70, 80));
  }

  @Test
  void check_progressOfLostClaim_isStale() {
    long lost = one.claim(0, 10, 20, 0, 1);
    long next = one.claim(1, 2000, 2010, 0, 2);
    one.write(lost, Kind.PROGRESS, 2020, 2030, Answer.OK).complete(next, 2040, 2050);
    assertBroken(one, Rule.STALE_WRITE_ACCEPTED);
  }

  /** It writes nothing that ends a claim, so there is nothing that could be applied already. */
  @Test
  void check_progressAppliedAlready_isStale() {
    long claim = one.claim(0, 10, 20, 0, 1);
    one.write(claim, Kind.PROGRESS, 30, 40, Answer.OK);
    one.write(claim, Kind.PROGRESS, 50, 60, Answer.ALREADY_APPLIED);
    one.complete(claim, 70, 80);
    assertBroken(one, Rule.STALE_WRITE_ACCEPTED);
  }

  @Test
  void check_progress_doesNotLengthenTheLease() {
    one.write(one.claim(0, 10, 20, 0, 1), Kind.PROGRESS, 5 * SECOND, 900, 910, Answer.OK);
    one.complete(one.claim(1, 1100, 1110, 0, 2), 1120, 1130);
    assertClean(one);
  }

  @Test
  void check_calledOffWhileItWaited_isClean() {
    assertClean(one.end(0, Status.CANCELLED));
  }

  @Test
  void check_acknowledgedCompletionCancelledAtTheEnd_isLost() {
    one.complete(one.claim(0, 10, 20, 0, 1), 30, 40).end(0, Status.CANCELLED);
    assertBroken(one, Rule.LOST);
  }

  @Test
  void check_acknowledgedCancellingStillPending_isLost() {
    one.write(one.claim(0, 10, 20, 0, 1), Kind.RETRY, 30, 40, Answer.CANCELLED);
    assertBroken(one.end(0, Status.PENDING), Rule.LOST);
  }
}
