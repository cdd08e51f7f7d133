package dev.dibs.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.Claim;
import dev.dibs.NewTask;
import dev.dibs.Retention;
import dev.dibs.Status;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What a sweep deletes, and what it never touches. */
interface RetentionContract extends QueueUnderTest {
  UUID KEEPER = new UUID(7, 7);
  Duration WEEK = Duration.ofDays(7);

  /** Sweeps the whole table, as often as it takes. */
  private void sweep(Retention retention) {
    assertThat(soon(() -> !queue().admin().sweep(retention, KEEPER))).as("a whole pass").isTrue();
  }

  private UUID completedTask() {
    Claim claim = claimed();
    claim.complete();
    return claim.id();
  }

  private UUID cancelledTask() {
    UUID id = queue().enqueue(newTask());
    queue().cancel(id);
    return id;
  }

  private void assertOnlyLeft(UUID... ids) {
    assertThat(ids).allSatisfy(id -> assertThat(queue().find(id)).isPresent());
    assertThat(queue().counts().values().stream().mapToLong(n -> n).sum()).isEqualTo(ids.length);
  }

  @Test
  default void sweep_emptyTable_isOnePass() {
    sweep(Retention.forever().completed(Duration.ZERO));
    assertNothingWritten();
  }

  @Test
  default void sweep_everyStatus_goesByItsOwnTime() {
    UUID completed = completedTask();
    UUID failed = failed(newTask(), "broken").id();
    UUID cancelled = cancelledTask();
    forward(WEEK);
    sweep(Retention.forever());
    assertOnlyLeft(completed, failed, cancelled);

    sweep(Retention.forever().completed(WEEK).failed(WEEK.plusHours(1)));
    assertOnlyLeft(failed, cancelled);
    assertThat(queue().find(completed)).isEmpty();
    sweep(Retention.forever().cancelled(WEEK));
    assertOnlyLeft(failed);
    sweep(Retention.forever().failed(WEEK));
    assertNothingWritten();
    assertThat(queue().errors(failed)).isEmpty();
  }

  @Test
  default void sweep_youngerTasks_areKept() {
    completedTask();
    cancelledTask();
    failed(newTask(), "broken");
    forward(Duration.ofHours(2));
    UUID completed = completedTask();
    UUID cancelled = cancelledTask();
    UUID failed = failed(newTask(), "broken").id();
    Duration hour = Duration.ofHours(1);
    sweep(Retention.forever().completed(hour).failed(hour).cancelled(hour));

    assertOnlyLeft(completed, cancelled, failed);
  }

  @Test
  default void sweep_retentionZero_deletesAtOnce() {
    UUID id = completedTask();
    UUID failed = failed(newTask(), "broken").id();
    sweep(Retention.forever().completed(Duration.ZERO));

    assertThat(queue().find(id)).isEmpty();
    assertOnlyLeft(failed);
  }

  @Test
  default void sweep_liveTasks_areNeverDeleted() {
    UUID running = claimed().id();
    UUID pending = queue().enqueue(newTask());
    UUID scheduled = queue().enqueue(newTask().delay(Duration.ofDays(900)));
    forward(Duration.ofDays(365));
    Duration none = Duration.ZERO;
    sweep(Retention.forever().completed(none).failed(none).cancelled(none));

    assertOnlyLeft(running, pending, scheduled);
  }

  @Test
  default void sweep_windowNotOver_keepsItsTask() {
    NewTask task = newTask().uniqueKey("k", UniqueKeyContract.WINDOW);
    queue().enqueue(task);
    claimOne().complete();
    queue().enqueue(newTask().uniqueKey("k"));
    claimOne().complete();
    Retention none = Retention.forever().completed(Duration.ZERO);
    sweep(none);
    assertOnlyLeft(task.id());
    assertThat(queue().enqueue(newTask().uniqueKey("k", UniqueKeyContract.WINDOW)))
        .isEqualTo(task.id());

    forward(UniqueKeyContract.WINDOW);
    sweep(none);
    assertNothingWritten();
  }

  @Test
  default void sweep_deletedTask_isUnknownAgain() {
    NewTask task = newTask();
    queue().enqueue(task);
    claimOne().complete();
    sweep(Retention.forever().completed(Duration.ZERO));

    assertThat(queue().enqueue(task)).isEqualTo(task.id());
    assertThat(queue().counts()).containsEntry(Status.PENDING, 1L);
  }

  @Test
  default void sweep_manyTasks_deletesAllThatArePast() {
    queue().enqueueAll(TYPE, Collections.nCopies(300, "1"));
    List<Claim> claims = queue().claim(request().limit(300));
    claims.subList(0, 299).forEach(Claim::complete);
    sweep(Retention.forever().completed(Duration.ZERO));

    assertOnlyLeft(claims.get(299).id());
  }
}
