package dev.dibs.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.dibs.Claim;
import dev.dibs.ClaimUpdate;
import dev.dibs.LeaseLostException;
import dev.dibs.Outcome;
import dev.dibs.Task;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A claimant that was paused beyond its lease wakes up after somebody else took its task. */
interface StaleClaimContract extends QueueUnderTest {

  @Test
  default void zombie_nextAttemptRuns_changesNothing() {
    Claim zombie = claimed();
    expireLeases();
    Claim next = claimOne();

    assertRefused(zombie);
    next.complete();
  }

  @Test
  default void zombie_nextAttemptCompleted_changesNothing() {
    Claim zombie = claimed();
    expireLeases();
    claimOne().complete();

    assertRefused(zombie);
  }

  @Test
  default void zombie_nextAttemptFailed_changesNothing() {
    Claim zombie = claimed();
    expireLeases();
    queue().apply(new ClaimUpdate.Fail(claimOne(), "broken"));

    assertRefused(zombie);
  }

  /** A snooze gives the attempt back: a fence on the attempt's number would let the zombie pass. */
  @Test
  default void zombie_nextAttemptSnoozed_changesNothing() {
    Claim zombie = claimed();
    expireLeases();
    claimOne().snooze(Duration.ofHours(1));

    assertRefused(zombie);
  }

  @Test
  default void zombie_snoozedTaskTakenAgain_changesNothing() {
    Claim zombie = claimed();
    expireLeases();
    claimOne().release();
    Claim next = claimOne();
    assertThat(next.attempt()).isEqualTo(zombie.attempt() + 1);

    assertRefused(zombie);
    next.complete();
  }

  @Test
  default void zombie_ownReleaseThenTakenWithItsAttempt_changesNothing() {
    Claim zombie = claimed();
    zombie.release();
    Claim next = claimOne();
    assertThat(next.attempt()).as("the same number as the zombie's").isEqualTo(zombie.attempt());

    assertRefused(zombie);
    next.complete();
  }

  @Test
  default void zombie_nextAttemptRetried_changesNothing() {
    Claim zombie = claimed();
    expireLeases();
    queue().apply(new ClaimUpdate.Retry(claimOne(), "boom", Duration.ofHours(1)));

    assertRefused(zombie);
  }

  @Test
  default void zombie_nextAttemptExpiredToo_changesNothing() {
    Claim zombie = claimed();
    expireLeases();
    Claim next = claimOne();
    expireLeases();

    assertRefused(zombie);
    assertThat(queue().apply(new ClaimUpdate.Complete(next))).isEqualTo(Outcome.APPLIED);
  }

  private void assertRefused(Claim zombie) {
    Task before = read(zombie.id());
    for (ClaimUpdate update : OutcomeContract.updates(zombie)) {
      assertThat(queue().apply(update)).as("%s", update).isEqualTo(Outcome.LEASE_LOST);
    }
    assertThat(queue().applyAll(OutcomeContract.updates(zombie))).containsOnly(Outcome.LEASE_LOST);
    assertThat(zombie.isLeaseLost()).isFalse();
    for (Runnable write :
        List.<Runnable>of(
            zombie::complete,
            zombie::release,
            () -> zombie.fail(new IllegalStateException("boom")),
            () -> zombie.snooze(Duration.ofMinutes(1)),
            () -> zombie.extend(LEASE),
            () -> zombie.progress("1"),
            () -> zombie.complete("1"),
            () -> inTransaction(zombie::completeIn))) {
      assertThatExceptionOfType(LeaseLostException.class)
          .isThrownBy(write::run)
          .withMessageContaining(zombie.id().toString())
          .satisfies(e -> assertThat(e.id()).isEqualTo(zombie.id()));
    }
    assertThat(zombie.isLeaseLost()).isTrue();
    assertThat(read(zombie.id())).isEqualTo(before);
  }
}
