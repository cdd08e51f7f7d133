package dev.dibs.testkit.contract;

import static java.time.temporal.ChronoUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import dev.dibs.Claim;
import dev.dibs.ClaimUpdate;
import dev.dibs.LeaseLostException;
import dev.dibs.Outcome;
import dev.dibs.Status;
import dev.dibs.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What the holder of a claim can write, once, twice, and after its own lease has run out. */
interface OutcomeContract extends QueueUnderTest {

  @Test
  default void complete_claim_completesTask() {
    Claim claim = claimed();
    claim.complete();

    Task task = read(claim.id());
    assertThat(task.status()).isEqualTo(Status.COMPLETED);
    assertThat(task.completedAt()).isPresent();
    assertThat(task.attempt()).isEqualTo(1);
    assertThat(task.error()).isEmpty();
    assertThat(queue().claim(request())).isEmpty();
  }

  @Test
  default void complete_afterFailedAttempt_clearsError() {
    Claim first = claimed();
    queue().apply(new ClaimUpdate.Retry(first, "boom", Duration.ZERO));
    Claim second = claimOne();
    assertThat(second.task().error()).as("kept while it is tried again").contains("boom");
    second.complete();

    assertThat(read(first.id()).error()).isEmpty();
  }

  @Test
  default void complete_twice_isAlreadyApplied() {
    Claim claim = claimed();
    claim.complete();
    Task completed = read(claim.id());

    assertThat(queue().apply(new ClaimUpdate.Complete(claim))).isEqualTo(Outcome.ALREADY_APPLIED);
    claim.complete();
    assertThat(read(claim.id())).isEqualTo(completed);
  }

  @Test
  default void complete_leaseExpiredButUntaken_isApplied() {
    Claim claim = claimed();
    expireLeases();

    assertThat(queue().apply(new ClaimUpdate.Complete(claim))).isEqualTo(Outcome.APPLIED);
    assertThat(read(claim.id()).status()).isEqualTo(Status.COMPLETED);
  }

  @Test
  default void everyUpdate_leaseExpiredButUntaken_isApplied() {
    queue().enqueueAll(TYPE, List.of("1", "2", "3", "4", "5"));
    List<Claim> claims = queue().claim(request().limit(5));
    expireLeases();

    for (int kind = 0; kind < claims.size(); kind++) {
      ClaimUpdate update = updates(claims.get(kind)).get(kind);
      assertThat(queue().apply(update)).as("%s", update).isEqualTo(Outcome.APPLIED);
    }
    assertThat(queue().claim(request())).as("none is expired any more").isEmpty();
  }

  /** One update of each kind. */
  static List<ClaimUpdate> updates(Claim claim) {
    return List.of(
        new ClaimUpdate.Complete(claim),
        new ClaimUpdate.Fail(claim, "broken"),
        new ClaimUpdate.Retry(claim, "boom", Duration.ofMinutes(1)),
        new ClaimUpdate.Release(claim, Duration.ofMinutes(1)),
        new ClaimUpdate.Extend(claim, Duration.ofMinutes(10)),
        new ClaimUpdate.Progress(claim, "{\"done\": 1}"));
  }

  @Test
  default void fail_update_deadLettersTask() {
    Claim claim = claimed();

    assertThat(queue().apply(new ClaimUpdate.Fail(claim, "broken"))).isEqualTo(Outcome.APPLIED);
    Task task = read(claim.id());
    assertThat(task.status()).isEqualTo(Status.FAILED);
    assertThat(task.completedAt()).isPresent();
    assertThat(task.error()).contains("broken");
    assertThat(task.attempt()).isEqualTo(1);
    assertThat(queue().apply(new ClaimUpdate.Fail(claim, "broken again")))
        .isEqualTo(Outcome.ALREADY_APPLIED);
    assertThat(read(claim.id())).isEqualTo(task);
  }

  @Test
  default void fail_errorTextOfAnyKind_isKept() {
    Claim claim = claimed();
    queue().apply(new ClaimUpdate.Fail(claim, "a\0b\ud800" + "x".repeat(5000)));

    assertThat(read(claim.id()).error().orElseThrow())
        .startsWith("a\ufffdb\ufffdxxx")
        .hasSize(4000);
  }

  @Test
  default void retry_update_putsTaskBack() {
    Claim claim = claimed();
    ClaimUpdate retry = new ClaimUpdate.Retry(claim, "boom", Duration.ofMinutes(5));

    assertThat(queue().apply(retry)).isEqualTo(Outcome.APPLIED);
    Task task = read(claim.id());
    assertThat(task.status()).isEqualTo(Status.PENDING);
    assertThat(task.attempt()).isEqualTo(1);
    assertThat(task.error()).contains("boom");
    assertThat(task.completedAt()).isEmpty();
    assertThat(task.runAt())
        .isCloseTo(
            claim.task().startedAt().orElseThrow().plus(Duration.ofMinutes(5)),
            within(10, SECONDS));
    assertThat(queue().apply(retry)).isEqualTo(Outcome.ALREADY_APPLIED);
    assertThat(read(claim.id())).isEqualTo(task);

    assertThat(queue().claim(request())).as("not before its time").isEmpty();
    forward(Duration.ofMinutes(5));
    assertThat(claimOne().attempt()).isEqualTo(2);
  }

  @Test
  default void fail_attemptsLeft_isTriedAgainAfterBackoff() {
    Claim claim = claimed();
    claim.fail(new IllegalStateException("boom"));

    Task task = read(claim.id());
    assertThat(task.status()).isEqualTo(Status.PENDING);
    assertThat(task.attempt()).isEqualTo(1);
    assertThat(task.error().orElseThrow()).contains("IllegalStateException", "boom");
    assertThat(task.runAt()).isAfter(claim.task().runAt());
    forward(Duration.ofSeconds(2));
    assertThat(claimOne().attempt()).isEqualTo(2);
  }

  @Test
  default void fail_lastAttempt_deadLettersTask() {
    queue().enqueue(newTask().maxAttempts(2));
    claimOne().fail(new IllegalStateException("first"));
    forward(Duration.ofSeconds(2));
    Claim last = claimOne();
    last.fail(new IllegalStateException("second"));

    Task task = read(last.id());
    assertThat(task.status()).isEqualTo(Status.FAILED);
    assertThat(task.attempt()).isEqualTo(2);
    assertThat(task.error().orElseThrow()).contains("second");
    assertThat(queue().claim(request())).isEmpty();
  }

  @Test
  default void release_claim_givesAttemptBack() {
    Claim claim = claimed();
    claim.release();

    Task task = read(claim.id());
    assertThat(task.status()).isEqualTo(Status.PENDING);
    assertThat(task.attempt()).isZero();
    assertThat(task.runAt()).isEqualTo(claim.task().runAt());
    assertThat(task.error()).isEmpty();
    assertThat(queue().apply(new ClaimUpdate.Release(claim, Duration.ZERO)))
        .isEqualTo(Outcome.ALREADY_APPLIED);
    assertThat(read(claim.id())).isEqualTo(task);
    assertThat(claimOne().attempt()).isEqualTo(1);
  }

  @Test
  default void release_afterFailedAttempt_keepsErrorAndAttempt() {
    queue().apply(new ClaimUpdate.Retry(claimed(), "boom", Duration.ZERO));
    Claim second = claimOne();
    second.release();

    assertThat(read(second.id()).error()).contains("boom");
    assertThat(read(second.id()).attempt()).isEqualTo(1);
  }

  @Test
  default void snooze_claim_isNotTakenMeanwhile() {
    Claim claim = claimed();
    claim.snooze(Duration.ofHours(1));

    Task task = read(claim.id());
    assertThat(task.status()).isEqualTo(Status.PENDING);
    assertThat(task.attempt()).isZero();
    assertThat(task.runAt())
        .isCloseTo(
            claim.task().startedAt().orElseThrow().plus(Duration.ofHours(1)), within(10, SECONDS));
    forward(Duration.ofMinutes(59));
    assertThat(queue().claim(request())).isEmpty();
    forward(Duration.ofMinutes(1));
    assertThat(claimOne().attempt()).isEqualTo(1);
  }

  @Test
  default void extend_claim_holdsFromNowOn() {
    Claim claim = claimed();
    forward(LEASE.minusSeconds(10));
    claim.extend(Duration.ofMinutes(10));

    forward(Duration.ofMinutes(9));
    assertThat(queue().claim(request())).isEmpty();
    assertThat(read(claim.id()).attempt()).isEqualTo(1);
    forward(Duration.ofMinutes(2));
    assertThat(claimOne().attempt()).isEqualTo(2);
  }

  @Test
  default void extend_shorterLease_endsEarlier() {
    Claim claim = claimed();
    claim.extend(Duration.ofMillis(1));

    forward(Duration.ofSeconds(1));
    assertThat(claimOne().id()).isEqualTo(claim.id());
  }

  @Test
  default void extend_leaseExpiredButUntaken_holdsAgain() {
    Claim claim = claimed();
    expireLeases();
    claim.extend(LEASE);

    assertThat(queue().claim(request())).isEmpty();
    claim.complete();
    assertThat(read(claim.id()).status()).isEqualTo(Status.COMPLETED);
  }

  @Test
  default void everyUpdate_afterOneOfAnotherKind_isRefused() {
    for (int kind = 0; kind < 4; kind++) {
      List<ClaimUpdate> updates = updates(claimed());
      ClaimUpdate first = updates.get(kind);
      queue().apply(first);
      Task written = read(first.claim().id());

      for (ClaimUpdate second : updates) {
        if (!sameEnd(first, second)) {
          assertThat(queue().apply(second))
              .as("%s after %s", second, first)
              .isEqualTo(Outcome.LEASE_LOST);
        }
      }
      assertThat(read(written.id())).isEqualTo(written);
    }
  }

  /** Both of them put the task back; which one did is not kept. */
  private static boolean sameEnd(ClaimUpdate one, ClaimUpdate other) {
    return one.getClass() == other.getClass() || (isPutBack(one) && isPutBack(other));
  }

  private static boolean isPutBack(ClaimUpdate update) {
    return update instanceof ClaimUpdate.Retry || update instanceof ClaimUpdate.Release;
  }

  @Test
  default void everyUpdate_forgedToken_isRefused() {
    Claim claim = claimed();
    Claim forged = new Claim(queue(), claim.task(), UUID.randomUUID(), false);

    for (ClaimUpdate update : updates(forged)) {
      assertThat(queue().apply(update)).as("%s", update).isEqualTo(Outcome.LEASE_LOST);
    }
    assertThat(read(claim.id())).isEqualTo(claim.task());
    claim.complete();
  }

  @Test
  default void everyUpdate_unknownTask_isRefused() {
    Task task = claimed().task();
    Task unknown =
        new Task(
            UUID.randomUUID(),
            task.queue(),
            task.type(),
            task.payload(),
            task.priority(),
            task.status(),
            task.attempt(),
            task.maxAttempts(),
            task.runAt(),
            task.createdAt(),
            task.startedAt(),
            task.completedAt(),
            task.error(),
            Optional.empty(),
            false,
            Optional.empty(),
            Optional.empty());
    Claim claim = new Claim(queue(), unknown, UUID.randomUUID(), false);

    for (ClaimUpdate update : updates(claim)) {
      assertThat(queue().apply(update)).as("%s", update).isEqualTo(Outcome.LEASE_LOST);
    }
    assertThatExceptionOfType(LeaseLostException.class)
        .isThrownBy(claim::complete)
        .satisfies(e -> assertThat(e.id()).isEqualTo(unknown.id()));
    assertThat(queue().find(unknown.id())).isEmpty();
  }

  @Test
  default void applyAll_mixedUpdates_eachStandsForItself() {
    queue().enqueueAll(TYPE, List.of("1", "2", "3", "4", "5", "6"));
    List<Claim> claims = queue().claim(request().limit(6));
    Claim forged = new Claim(queue(), claims.get(5).task(), UUID.randomUUID(), false);
    claims.get(4).complete();

    List<Outcome> outcomes =
        queue()
            .applyAll(
                List.of(
                    new ClaimUpdate.Complete(forged),
                    new ClaimUpdate.Complete(claims.get(4)),
                    new ClaimUpdate.Extend(claims.get(3), Duration.ofDays(1)),
                    new ClaimUpdate.Complete(claims.get(2)),
                    new ClaimUpdate.Release(claims.get(1), Duration.ofHours(1)),
                    new ClaimUpdate.Fail(claims.get(0), "broken")));

    assertThat(outcomes)
        .containsExactly(
            Outcome.LEASE_LOST,
            Outcome.ALREADY_APPLIED,
            Outcome.APPLIED,
            Outcome.APPLIED,
            Outcome.APPLIED,
            Outcome.APPLIED);
    assertThat(claims)
        .extracting(claim -> read(claim.id()).status())
        .containsExactly(
            Status.FAILED,
            Status.PENDING,
            Status.COMPLETED,
            Status.PROCESSING,
            Status.COMPLETED,
            Status.PROCESSING);
    assertThat(read(claims.get(5).id())).isEqualTo(claims.get(5).task());
  }

  @Test
  default void applyAll_twoForOneClaim_oneTakesEffect() {
    Claim claim = claimed();

    assertThat(
            queue()
                .applyAll(
                    List.of(
                        new ClaimUpdate.Complete(claim), new ClaimUpdate.Fail(claim, "broken"))))
        .hasSize(2)
        .containsOnlyOnce(Outcome.APPLIED);
    assertThat(read(claim.id()).status()).isIn(Status.COMPLETED, Status.FAILED);
  }

  @Test
  default void applyAll_hundreds_areAllApplied() {
    int many = 300;
    queue().enqueueAll(TYPE, Collections.nCopies(many, "1"));
    List<ClaimUpdate> updates = new ArrayList<>();
    queue()
        .claim(request().limit(many))
        .forEach(claim -> updates.add(new ClaimUpdate.Complete(claim)));

    assertThat(queue().applyAll(updates)).hasSize(many).containsOnly(Outcome.APPLIED);
    assertThat(queue().counts()).containsEntry(Status.COMPLETED, (long) many);
  }

  @Test
  default void applyAll_emptyList_isEmpty() {
    assertThat(queue().applyAll(List.of())).isEmpty();
  }

  @Test
  default void applyAll_everyKindTwice_isAppliedOnce() {
    for (int kind = 0; kind < 4; kind++) {
      List<ClaimUpdate> update = List.of(updates(claimed()).get(kind));

      assertThat(queue().applyAll(update)).containsExactly(Outcome.APPLIED);
      Task written = read(update.get(0).claim().id());
      assertThat(queue().applyAll(update)).containsExactly(Outcome.ALREADY_APPLIED);
      assertThat(read(written.id())).isEqualTo(written);
    }
  }
}
