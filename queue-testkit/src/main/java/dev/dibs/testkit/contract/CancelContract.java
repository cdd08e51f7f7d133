package dev.dibs.testkit.contract;

import static dev.dibs.testkit.contract.QueueUnderTest.ids;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.dibs.Claim;
import dev.dibs.ClaimUpdate;
import dev.dibs.Outcome;
import dev.dibs.Status;
import dev.dibs.Task;
import dev.dibs.TaskCancelledException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Calling a task off: at once if it waits, with the end of its attempt if it runs. */
interface CancelContract extends QueueUnderTest {

  @Test
  default void cancel_unknownTask_isEmpty() {
    assertThat(queue().cancel(UUID.randomUUID())).isEmpty();
  }

  @Test
  default void cancel_pendingTask_isCancelled() {
    UUID id = queue().enqueue(newTask());
    UUID later = queue().enqueue(newTask().delay(Duration.ofHours(1)));

    assertThat(queue().cancel(id)).contains(Status.CANCELLED);
    assertThat(queue().cancel(later)).contains(Status.CANCELLED);
    Task task = read(id);
    assertThat(task.status()).isEqualTo(Status.CANCELLED);
    assertThat(task.completedAt()).isPresent();
    assertThat(task.attempt()).isZero();
    assertThat(queue().cancel(id)).as("again").contains(Status.CANCELLED);
    assertThat(read(id)).isEqualTo(task);
    forward(Duration.ofHours(2));
    assertThat(queue().claim(request().limit(10))).isEmpty();
    assertThat(queue().counts()).containsEntry(Status.CANCELLED, 2L);
  }

  @Test
  default void cancel_finishedTask_isTooLate() {
    Claim done = claimed();
    done.complete();
    Task completed = read(done.id());
    Task failed = failed(newTask(), "broken");

    assertThat(queue().cancel(completed.id())).contains(Status.COMPLETED);
    assertThat(queue().cancel(failed.id())).contains(Status.FAILED);
    assertThat(read(completed.id())).isEqualTo(completed);
    assertThat(read(failed.id())).isEqualTo(failed);
  }

  @Test
  default void cancel_runningTask_isAskedToStop() {
    Claim claim = claimed();
    assertThat(read(claim.id()).cancelRequested()).isFalse();

    assertThat(queue().cancel(claim.id())).contains(Status.PROCESSING);
    Task asked = read(claim.id());
    assertThat(asked.status()).isEqualTo(Status.PROCESSING);
    assertThat(asked.cancelRequested()).isTrue();
    assertThat(asked.completedAt()).isEmpty();
    assertThat(queue().cancel(claim.id())).as("again").contains(Status.PROCESSING);
    assertThat(read(claim.id())).isEqualTo(asked);
    assertThat(claim.isCancelled()).as("nobody has told the claim").isFalse();
  }

  @Test
  default void complete_toBeCancelled_isCompleted() {
    Claim claim = toBeCancelled();
    claim.complete("1");

    assertThat(claim.isCancelled()).isFalse();
    assertThat(read(claim.id()).status()).isEqualTo(Status.COMPLETED);
    assertThat(read(claim.id()).result()).contains("1");
    assertThat(queue().apply(new ClaimUpdate.Complete(claim))).isEqualTo(Outcome.ALREADY_APPLIED);
  }

  @Test
  default void completeIn_toBeCancelled_isCompleted() {
    Claim claim = toBeCancelled();
    inTransaction(claim::completeIn);

    assertThat(read(claim.id()).status()).isEqualTo(Status.COMPLETED);
  }

  @Test
  default void extendAndProgress_toBeCancelled_areRefused() {
    Claim claim = toBeCancelled();
    Task before = read(claim.id());

    for (ClaimUpdate update : OutcomeContract.updates(claim).subList(4, 6)) {
      assertThat(queue().apply(update)).as("%s", update).isEqualTo(Outcome.CANCELLED);
      assertThat(queue().applyAll(List.of(update))).containsExactly(Outcome.CANCELLED);
      inTransaction(
          connection ->
              assertThat(queue().applyIn(connection, update)).isEqualTo(Outcome.CANCELLED));
    }
    assertThat(claim.isCancelled()).isFalse();
    assertThatExceptionOfType(TaskCancelledException.class)
        .isThrownBy(() -> claim.extend(Duration.ofDays(1)))
        .satisfies(e -> assertThat(e.id()).isEqualTo(claim.id()));
    assertThatExceptionOfType(TaskCancelledException.class).isThrownBy(() -> claim.progress("1"));
    assertThat(claim.isCancelled()).isTrue();
    assertThat(claim.isLeaseLost()).isFalse();
    assertThat(read(claim.id())).isEqualTo(before);
    expireLeases();
    assertThat(soon(() -> isEndedByAClaim(claim.id()))).as("the lease was not extended").isTrue();
  }

  @Test
  default void endOfTheAttempt_toBeCancelled_isTheEnd() {
    for (int kind = 1; kind <= 3; kind++) {
      Claim claim = toBeCancelled();
      ClaimUpdate update = OutcomeContract.updates(claim).get(kind);

      assertThat(queue().apply(update)).as("%s", update).isEqualTo(Outcome.CANCELLED);
      Task task = read(claim.id());
      assertThat(task.status()).isEqualTo(Status.CANCELLED);
      assertThat(task.completedAt()).isPresent();
      assertThat(task.runAt()).as("%s", update).isEqualTo(claim.task().runAt());
      assertRemainsCancelled(claim);
    }
  }

  @Test
  default void endOfTheAttempt_toBeCancelled_isRecorded() {
    Claim failed = toBeCancelled();
    failed.fail(new IllegalStateException("boom"));
    Claim released = toBeCancelled();
    released.release();

    assertThat(failed.isCancelled()).isTrue();
    assertThat(read(failed.id()).error().orElseThrow()).contains("boom");
    assertThat(queue().errors(failed.id()))
        .singleElement()
        .satisfies(error -> assertThat(error.error()).contains("boom"));
    assertThat(read(failed.id()).attempt()).isEqualTo(1);
    assertThat(released.isCancelled()).isTrue();
    assertThat(read(released.id()).error()).isEmpty();
    assertThat(queue().errors(released.id())).isEmpty();
    assertThat(read(released.id()).attempt()).isZero();
  }

  @Test
  default void applyAll_someToBeCancelled_eachStandsForItself() {
    queue().enqueueAll(TYPE, List.of("1", "2", "3", "4"));
    List<Claim> claims = queue().claim(request().limit(4));
    queue().cancel(claims.get(1).id());
    queue().cancel(claims.get(3).id());
    Duration hour = Duration.ofHours(1);

    assertThat(
            queue()
                .applyAll(
                    List.of(
                        new ClaimUpdate.Retry(claims.get(0), "boom", hour),
                        new ClaimUpdate.Retry(claims.get(1), "boom", hour),
                        new ClaimUpdate.Extend(claims.get(2), hour),
                        new ClaimUpdate.Extend(claims.get(3), hour))))
        .containsExactly(Outcome.APPLIED, Outcome.CANCELLED, Outcome.APPLIED, Outcome.CANCELLED);
    assertThat(claims)
        .extracting(claim -> read(claim.id()).status())
        .containsExactly(Status.PENDING, Status.CANCELLED, Status.PROCESSING, Status.PROCESSING);
  }

  /** The token of its last claim is the task's still. */
  @Test
  default void everyUpdate_cancelledAfterItWasPutBack_isCancelled() {
    Claim claim = claimed();
    queue().apply(new ClaimUpdate.Retry(claim, "boom", Duration.ofHours(1)));
    assertThat(queue().cancel(claim.id())).contains(Status.CANCELLED);

    assertRemainsCancelled(claim);
  }

  private void assertRemainsCancelled(Claim claim) {
    Task task = read(claim.id());
    for (ClaimUpdate update : OutcomeContract.updates(claim)) {
      assertThat(queue().apply(update)).as("%s", update).isEqualTo(Outcome.CANCELLED);
    }
    assertThat(queue().applyAll(OutcomeContract.updates(claim))).containsOnly(Outcome.CANCELLED);
    assertThatExceptionOfType(TaskCancelledException.class).isThrownBy(claim::complete);
    inTransaction(
        connection ->
            assertThatExceptionOfType(TaskCancelledException.class)
                .isThrownBy(() -> claim.completeIn(connection)));
    claim.release();
    assertThat(claim.isCancelled()).isTrue();
    assertThat(read(claim.id())).isEqualTo(task);
    forward(Duration.ofDays(40));
    assertThat(queue().claim(request())).isEmpty();
  }

  @Test
  default void claim_expiredAndToBeCancelled_isItsEnd() {
    Claim claim = toBeCancelled();
    expireLeases();

    assertThat(soon(() -> isEndedByAClaim(claim.id()))).isTrue();
    Task task = read(claim.id());
    assertThat(task.completedAt()).isPresent();
    assertThat(task.attempt()).isEqualTo(1);
    assertThat(task.error()).isEmpty();
    assertThat(queue().errors(claim.id()))
        .singleElement()
        .satisfies(error -> assertThat(error.error()).isEqualTo("the lease expired"))
        .satisfies(error -> assertThat(error.attempt()).isEqualTo(1));
    for (ClaimUpdate update : OutcomeContract.updates(claim)) {
      assertThat(queue().apply(update)).as("%s", update).isEqualTo(Outcome.LEASE_LOST);
    }
    assertThat(read(claim.id())).isEqualTo(task);
  }

  @Test
  default void claim_meetsTaskToBeCancelled_takesTheNextInstead() {
    Claim claim = toBeCancelled();
    expireLeases();
    UUID next = queue().enqueue(newTask());

    assertThat(ids(queue().claim(request()))).containsExactly(next);
    assertThat(soon(() -> isEndedByAClaim(claim.id()))).isTrue();
  }

  @Test
  default void claim_meetsTaskToBeCancelledAmongOthers_takesThose() {
    List<UUID> ids = queue().enqueueAll(TYPE, List.of("1", "2", "3"));
    List<Claim> claims = queue().claim(request().limit(3));
    queue().cancel(claims.get(1).id());
    expireLeases();

    assertThat(ids(claimSoon(request().limit(10)))).containsExactly(ids.get(0), ids.get(2));
    assertThat(read(ids.get(1)).status()).isEqualTo(Status.CANCELLED);
  }

  /** Nothing runs beside a suspect; one that will not run at all hinders nobody. */
  @Test
  default void claim_suspectToBeCancelled_isItsEnd() {
    queue().enqueue(newTask().maxAttempts(1));
    claimOne();
    expireLeases();
    UUID id = claimOne().id();
    queue().cancel(id);
    expireLeases();

    assertThat(soon(() -> isEndedByAClaim(id))).isTrue();
    assertThat(read(id).error()).isEmpty();
  }

  private boolean isEndedByAClaim(UUID id) {
    assertThat(queue().claim(request().limit(10))).isEmpty();
    return read(id).status() == Status.CANCELLED;
  }

  private Claim toBeCancelled() {
    Claim claim = claimed();
    assertThat(queue().cancel(claim.id())).contains(Status.PROCESSING);
    return claim;
  }
}
