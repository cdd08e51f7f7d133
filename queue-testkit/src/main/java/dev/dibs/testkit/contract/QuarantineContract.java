package dev.dibs.testkit.contract;

import static dev.dibs.testkit.contract.QueueUnderTest.ids;
import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.Claim;
import dev.dibs.ClaimUpdate;
import dev.dibs.FailedFilter;
import dev.dibs.NewTask;
import dev.dibs.Outcome;
import dev.dibs.Priority;
import dev.dibs.Status;
import dev.dibs.Task;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** A task whose lease keeps expiring may be what kills its workers; its neighbours must not pay. */
interface QuarantineContract extends QueueUnderTest {

  @Test
  default void claim_expiredOnce_comesWithOthers() {
    queue().enqueueAll(TYPE, List.of("1", "2"));
    queue().claim(request().limit(2));
    expireLeases();

    assertThat(claimSoon(request().limit(2))).hasSize(2).noneMatch(Claim::alone);
  }

  @Test
  default void claim_expiredTwice_comesAlone() {
    List<UUID> ids = queue().enqueueAll(TYPE, List.of("1", "2"));
    queue().claim(request().limit(2));
    expireLeases();
    assertThat(claimSoon(request().limit(2))).hasSize(2);
    expireLeases();

    List<Claim> first = claimSoon(request().limit(2));
    List<Claim> second = claimSoon(request().limit(2));
    assertThat(first).hasSize(1).allMatch(Claim::alone);
    assertThat(second).hasSize(1).allMatch(Claim::alone);
    assertThat(List.of(first.get(0).id(), second.get(0).id())).containsExactlyElementsOf(ids);
    assertThat(queue().claim(request().limit(2))).isEmpty();
  }

  @Test
  default void claim_suspectBehindOthers_waitsForItsTurn() {
    queue().enqueue(newTask().priority(Priority.LOW));
    UUID suspect = expiredTwice();
    Task before = read(suspect);
    List<UUID> others = queue().enqueueAll(TYPE, List.of("1", "2"));

    assertThat(ids(queue().claim(request().limit(10)))).containsExactlyElementsOf(others);
    assertThat(read(suspect)).isEqualTo(before);
    Claim alone = claimOne();
    assertThat(alone.id()).isEqualTo(suspect);
    assertThat(alone.alone()).isTrue();
    assertThat(alone.attempt()).isEqualTo(3);
  }

  @Test
  default void claim_expiredAlone_comesAloneAgain() {
    queue().enqueue(newTask());
    expiredTwice();
    assertThat(claimOne().alone()).isTrue();
    expireLeases();

    Claim again = claimOne();
    assertThat(again.alone()).isTrue();
    assertThat(again.attempt()).isEqualTo(4);
    again.complete();
    assertThat(read(again.id()).status()).isEqualTo(Status.COMPLETED);
  }

  @Test
  default void claim_expiredAloneOnLastAttempt_isFailed() {
    queue().enqueue(newTask().maxAttempts(3));
    UUID id = expiredTwice();
    Claim last = claimOne();
    assertThat(last.alone()).isTrue();
    expireLeases();

    assertThat(soon(() -> isFailedByClaim(id))).as("failed by the claim that meets it").isTrue();
    Task failed = read(id);
    assertThat(failed.attempt()).isEqualTo(3);
    assertThat(failed.completedAt()).isPresent();
    assertThat(failed.error().orElseThrow()).contains("lease expired");
    for (ClaimUpdate update : OutcomeContract.updates(last)) {
      assertThat(queue().apply(update)).as("%s", update).isEqualTo(Outcome.LEASE_LOST);
    }
    assertThat(read(id)).isEqualTo(failed);
  }

  private boolean isFailedByClaim(UUID id) {
    assertThat(queue().claim(request().limit(10))).isEmpty();
    return read(id).status() == Status.FAILED;
  }

  @Test
  default void claim_meetsSpentTask_takesTheNextInstead() {
    queue().enqueue(newTask().maxAttempts(1));
    UUID spent = expiredTwice();
    claimOne();
    expireLeases();
    UUID next = queue().enqueue(newTask());

    assertThat(ids(queue().claim(request()))).containsExactly(next);
    assertThat(soon(() -> isFailedByClaim(spent))).isTrue();
  }

  @Test
  default void claim_meetsTwoSpentTasks_failsThemInItsOrder() {
    NewTask first = newTask().id(new UUID(2, 0)).priority(Priority.HIGH).maxAttempts(1);
    NewTask second = newTask().id(new UUID(1, 0)).maxAttempts(1);
    queue().enqueueAll(List.of(first, second));
    assertThat(queue().claim(request().limit(2))).hasSize(2);
    expireLeases();
    assertThat(claimSoon(request().limit(2))).hasSize(2);
    expireLeases();
    assertThat(List.of(claimOne(), claimOne())).allMatch(Claim::alone);
    expireLeases();

    assertThat(soon(() -> isFailedByClaim(first.id()) && isFailedByClaim(second.id()))).isTrue();
    assertThat(queue().admin().failed(FailedFilter.all()))
        .extracting(Task::id)
        .containsExactly(first.id(), second.id());
  }

  @Test
  default void claim_expiredBesideOthersOnLastAttempt_isTakenAgain() {
    queue().enqueue(newTask().maxAttempts(1));
    claimOne();
    expireLeases();
    Claim second = claimOne();
    assertThat(second.attempt()).as("it may have done nothing").isEqualTo(2);
    assertThat(second.alone()).isFalse();
    expireLeases();

    Claim third = claimOne();
    assertThat(third.attempt()).isEqualTo(3);
    assertThat(third.alone()).isTrue();
  }

  @Test
  default void retry_suspect_isTrustedAgain() {
    queue().enqueue(newTask());
    expiredTwice();
    queue().apply(new ClaimUpdate.Retry(claimOne(), "boom", Duration.ZERO));

    assertTrustedAgain();
  }

  /** Whoever retries it says so himself; that it ran alone is over then. */
  @Test
  default void retry_suspectOnItsLastAttempt_isTakenAgain() {
    queue().enqueue(newTask().maxAttempts(3));
    expiredTwice();
    Claim last = claimOne();
    assertThat(last.alone()).isTrue();
    queue().apply(new ClaimUpdate.Retry(last, "boom", Duration.ZERO));

    Claim again = claimOne();
    assertThat(again.attempt()).isEqualTo(4);
    assertThat(again.alone()).isFalse();
  }

  @Test
  default void snooze_suspect_isTrustedAgain() {
    queue().enqueue(newTask());
    expiredTwice();
    claimOne().snooze(Duration.ofMinutes(1));
    forward(Duration.ofMinutes(1));

    assertTrustedAgain();
  }

  /** It may have been given back without having run. */
  @Test
  default void release_suspect_staysAlone() {
    queue().enqueue(newTask());
    expiredTwice();
    Claim claim = claimOne();
    claim.release();

    Claim again = claimOne();
    assertThat(again.alone()).isTrue();
    assertThat(again.attempt()).isEqualTo(claim.attempt());
  }

  /** No time is kept finer than to the microsecond, so this is a release. */
  @Test
  default void snooze_suspectForLessThanAMicrosecond_staysAlone() {
    queue().enqueue(newTask());
    expiredTwice();
    Claim claim = claimOne();
    claim.snooze(Duration.ofNanos(999));

    assertThat(read(claim.id()).runAt()).isEqualTo(claim.task().runAt());
    assertThat(claimOne().alone()).isTrue();
  }

  @Test
  default void retry_expiredOnce_startsCountingAnew() {
    queue().enqueue(newTask());
    claimOne();
    expireLeases();
    queue().apply(new ClaimUpdate.Retry(claimOne(), "boom", Duration.ZERO));

    assertTrustedAgain();
  }

  private void assertTrustedAgain() {
    assertThat(claimOne().alone()).isFalse();
    expireLeases();
    assertThat(claimOne().alone()).as("after one expiry").isFalse();
    expireLeases();
    assertThat(claimOne().alone()).as("after two expiries").isTrue();
  }

  @Test
  default void extend_suspect_staysAlone() {
    queue().enqueue(newTask());
    expiredTwice();
    Claim claim = claimOne();
    claim.extend(Duration.ofMinutes(1));
    forward(Duration.ofMinutes(2));

    assertThat(claimOne().alone()).isTrue();
  }

  /** Claims the one task twice, each time until its lease is over. */
  private UUID expiredTwice() {
    claimOne();
    expireLeases();
    Claim second = claimOne();
    assertThat(second.alone()).isFalse();
    expireLeases();
    return second.id();
  }
}
