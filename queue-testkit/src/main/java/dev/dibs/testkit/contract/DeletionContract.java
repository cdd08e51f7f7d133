package dev.dibs.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.LeaseLostException;
import dev.dibs.NewTask;
import dev.dibs.Outcome;
import dev.dibs.Retention;
import dev.dibs.Status;
import dev.dibs.Task;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Completions that delete the task, for claims that asked for it. */
interface DeletionContract extends QueueUnderTest {

  private ClaimRequest deleting() {
    return request().deleteCompleted(true);
  }

  private Claim claimDeleting() {
    List<Claim> claims = claimSoon(deleting());
    assertThat(claims).as("claims").hasSize(1);
    return claims.get(0);
  }

  private Claim claimedDeleting() {
    queue().enqueue(newTask());
    return claimDeleting();
  }

  @Test
  default void claim_unlessAskedFor_keepsWhatItCompletes() {
    Claim claim = claimed();

    assertThat(request().deleteCompleted()).isFalse();
    assertThat(claim.deletedOnCompletion()).isFalse();
    assertThat(deleting().deleteCompleted(false).deleteCompleted()).isFalse();
    claim.complete();
    assertThat(read(claim.id()).status()).isEqualTo(Status.COMPLETED);
  }

  @Test
  default void claim_deleting_saysSoInWhateverOrderItIsAsked() {
    UUID token = UUID.randomUUID();
    ClaimRequest all =
        deleting()
            .limit(7)
            .lease(Duration.ofHours(1))
            .queue("other")
            .laneLimits(Map.of(TYPE, 3))
            .token(token);

    assertThat(all)
        .isEqualTo(
            new ClaimRequest(
                "other",
                List.of(TYPE),
                7,
                Duration.ofHours(1),
                Optional.of(token),
                Map.of(TYPE, 3),
                true));
    assertThat(claimedDeleting().deletedOnCompletion()).isTrue();
  }

  @Test
  default void complete_deleting_taskIsGone() {
    Claim claim = claimedDeleting();
    claim.complete("[1]");

    assertThat(queue().find(claim.id())).isEmpty();
    assertThat(queue().errors(claim.id())).isEmpty();
    assertThat(queue().cancel(claim.id())).isEmpty();
    assertNothingWritten();
    assertThat(queue().claim(request())).isEmpty();
  }

  @Test
  default void complete_deletingAfterAFailedAttempt_takesItsHistoryWithIt() {
    queue().enqueue(newTask());
    queue().apply(new ClaimUpdate.Retry(claimOne(), "boom", Duration.ZERO));
    Claim claim = claimDeleting();
    claim.complete();

    assertThat(queue().errors(claim.id())).isEmpty();
    assertNothingWritten();
  }

  @Test
  default void completeIn_deleting_taskIsGoneWithTheCommit() {
    Claim claim = claimedDeleting();
    inTransaction(claim::completeIn);

    assertNothingWritten();
    inTransaction(
        connection ->
            assertThatExceptionOfType(LeaseLostException.class)
                .isThrownBy(() -> claim.completeIn(connection))
                .withMessageContaining("completed and so deleted before, or its lease is lost"));
  }

  @Test
  default void complete_deletedAlready_isALostLease() {
    Claim claim = claimedDeleting();
    ClaimUpdate update = new ClaimUpdate.Complete(claim);
    assertThat(queue().apply(update)).isEqualTo(Outcome.APPLIED);

    assertThat(queue().apply(update)).isEqualTo(Outcome.LEASE_LOST);
    assertThat(queue().applyAll(List.of(update))).containsExactly(Outcome.LEASE_LOST);
    assertThatExceptionOfType(LeaseLostException.class)
        .isThrownBy(claim::complete)
        .satisfies(e -> assertThat(e.id()).isEqualTo(claim.id()))
        .withMessageContaining("completed and so deleted before, or its lease is lost");
    assertThatExceptionOfType(LeaseLostException.class)
        .isThrownBy(claim::release)
        .withMessageStartingWith("release: the lease of task " + claim.id() + " is lost");
    assertThat(claim.isLeaseLost()).isTrue();
    assertNothingWritten();
  }

  @Test
  default void everyOtherUpdate_ofADeletingClaim_keepsTheTask() {
    for (int kind = 1; kind < 6; kind++) {
      ClaimUpdate update = OutcomeContract.updates(claimedDeleting()).get(kind);
      assertThat(queue().apply(update)).as("%s", update).isEqualTo(Outcome.APPLIED);
      assertThat(queue().find(update.claim().id())).as("%s", update).isPresent();
    }
  }

  @Test
  default void applyAll_deletingAndKeeping_eachGoesByItsClaim() {
    queue().enqueueAll(TYPE, List.of("1", "2", "3", "4"));
    List<Claim> deleting = queue().claim(deleting().limit(2));
    List<Claim> keeping = queue().claim(request().limit(2));
    Claim forged = new Claim(queue(), keeping.get(1).task(), UUID.randomUUID(), false, true);

    assertThat(
            queue()
                .applyAll(
                    List.of(
                        new ClaimUpdate.Complete(deleting.get(0)),
                        new ClaimUpdate.Complete(keeping.get(0)),
                        new ClaimUpdate.Fail(deleting.get(1), "broken"),
                        new ClaimUpdate.Complete(forged))))
        .containsExactly(Outcome.APPLIED, Outcome.APPLIED, Outcome.APPLIED, Outcome.LEASE_LOST);
    assertThat(queue().find(deleting.get(0).id())).isEmpty();
    assertThat(read(keeping.get(0).id()).status()).isEqualTo(Status.COMPLETED);
    assertThat(read(deleting.get(1).id()).status()).isEqualTo(Status.FAILED);
    assertThat(read(keeping.get(1).id()).status()).isEqualTo(Status.PROCESSING);
  }

  @Test
  default void complete_deletingWithALostLease_deletesNothing() {
    Claim zombie = claimedDeleting();
    expireLeases();
    Claim next = claimOne();
    Task before = read(next.id());
    ClaimUpdate update = new ClaimUpdate.Complete(zombie, Optional.of("1"));

    assertThat(queue().apply(update)).isEqualTo(Outcome.LEASE_LOST);
    assertThat(queue().applyAll(List.of(update))).containsExactly(Outcome.LEASE_LOST);
    inTransaction(
        connection ->
            assertThat(queue().applyIn(connection, update)).isEqualTo(Outcome.LEASE_LOST));
    assertThat(read(next.id())).isEqualTo(before);
    next.complete();
    Task completed = read(next.id());
    assertThat(queue().apply(update)).isEqualTo(Outcome.LEASE_LOST);
    assertThat(read(next.id())).isEqualTo(completed);
  }

  @Test
  default void complete_deletingWithALeaseThatExpired_isGoneIfNobodyTookIt() {
    Claim claim = claimedDeleting();
    expireLeases();
    claim.complete();

    assertNothingWritten();
  }

  @Test
  default void complete_deletingAndToBeCancelled_isGone() {
    Claim claim = claimedDeleting();
    assertThat(queue().cancel(claim.id())).contains(Status.PROCESSING);

    assertThat(queue().apply(new ClaimUpdate.Complete(claim))).isEqualTo(Outcome.APPLIED);
    assertThat(queue().cancel(claim.id())).isEmpty();
    assertNothingWritten();
  }

  @Test
  default void complete_deletingAndCancelled_comesTooLate() {
    Claim claim = claimedDeleting();
    queue().cancel(claim.id());
    assertThat(queue().apply(new ClaimUpdate.Release(claim, Duration.ZERO)))
        .isEqualTo(Outcome.CANCELLED);

    assertThat(queue().apply(new ClaimUpdate.Complete(claim))).isEqualTo(Outcome.CANCELLED);
    assertThat(read(claim.id()).status()).isEqualTo(Status.CANCELLED);
  }

  @Test
  default void complete_deleting_itsUniqueKeyIsFree() {
    queue().enqueue(newTask().uniqueKey("k"));
    claimDeleting().complete();
    NewTask next = newTask().uniqueKey("k");

    assertThat(queue().enqueue(next)).isEqualTo(next.id());
    assertThat(claimOne().id()).isEqualTo(next.id());
  }

  @Test
  default void applyAll_deletingOneInItsWindow_isKeptAndTheOtherGone() {
    NewTask inItsWindow = newTask().uniqueKey("k", UniqueKeyContract.WINDOW);
    NewTask other = newTask();
    queue().enqueueAll(List.of(inItsWindow, other));
    List<ClaimUpdate> ends =
        queue().claim(deleting().limit(2)).stream()
            .<ClaimUpdate>map(ClaimUpdate.Complete::new)
            .toList();

    assertThat(queue().applyAll(ends)).containsExactly(Outcome.APPLIED, Outcome.APPLIED);
    assertThat(read(inItsWindow.id()).status()).isEqualTo(Status.COMPLETED);
    assertThat(queue().find(other.id())).isEmpty();
    assertThat(queue().enqueue(newTask().uniqueKey("k", UniqueKeyContract.WINDOW)))
        .isEqualTo(inItsWindow.id());
  }

  @Test
  default void complete_deletingInItsWindow_isKeptUntilASweepFindsItOver() {
    NewTask task = newTask().uniqueKey("k", UniqueKeyContract.WINDOW);
    queue().enqueue(task);
    Claim claim = claimDeleting();
    claim.complete("[1]");

    assertThat(read(task.id()).status()).isEqualTo(Status.COMPLETED);
    assertThat(read(task.id()).result()).contains("[1]");
    assertThat(read(task.id()).completedAt()).isPresent();
    assertThat(queue().apply(new ClaimUpdate.Complete(claim))).isEqualTo(Outcome.ALREADY_APPLIED);
    assertThat(queue().enqueue(newTask().uniqueKey("k", UniqueKeyContract.WINDOW)))
        .isEqualTo(task.id());
    Retention none = Retention.forever().completed(Duration.ZERO);
    queue().admin().sweep(none, RetentionContract.KEEPER);
    assertThat(queue().find(task.id())).isPresent();
    forward(UniqueKeyContract.WINDOW);
    assertThat(soon(() -> !queue().admin().sweep(none, RetentionContract.KEEPER))).isTrue();
    assertNothingWritten();
  }

  @Test
  default void complete_deletingAfterItsWindow_isGone() {
    queue().enqueue(newTask().uniqueKey("k", UniqueKeyContract.WINDOW));
    Claim claim = claimDeleting();
    forward(UniqueKeyContract.WINDOW);
    claim.complete();

    assertNothingWritten();
  }

  @Test
  default void enqueue_repeatedAfterTheDeletion_makesItAnew() {
    NewTask task = newTask();
    queue().enqueue(task);
    claimDeleting().complete();

    assertThat(queue().enqueue(task)).isEqualTo(task.id());
    Claim again = claimOne();
    assertThat(again.id()).isEqualTo(task.id());
    assertThat(again.attempt()).isEqualTo(1);
  }

  /** The repetition says what its claims do, whatever was said before. */
  @Test
  default void claimAgain_deleting_deletes() {
    Claim kept = claimed();
    List<Claim> again = queue().claim(deleting().token(kept.token()));
    assertThat(again).singleElement().matches(Claim::deletedOnCompletion);

    assertThat(queue().claim(request().token(kept.token())))
        .singleElement()
        .matches(claim -> !claim.deletedOnCompletion());
    again.get(0).complete();
    assertNothingWritten();
    assertThat(queue().apply(new ClaimUpdate.Complete(kept))).isEqualTo(Outcome.LEASE_LOST);
  }
}
