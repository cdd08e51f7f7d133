package dev.dibs.testkit.contract;

import static dev.dibs.testkit.contract.QueueUnderTest.ids;
import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.NewTask;
import dev.dibs.Pause;
import dev.dibs.Priority;
import dev.dibs.Status;
import dev.dibs.Task;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What a pause keeps claims from, and what goes on all the same. */
interface PauseContract extends QueueUnderTest {
  Pause QUEUE_PAUSE = Pause.queue(NewTask.DEFAULT_QUEUE);
  Pause TYPE_PAUSE = Pause.type(TYPE);

  @Test
  default void pauses_none_isEmpty() {
    assertThat(queue().admin().pauses()).isEmpty();
  }

  @Test
  default void pause_twice_isOne() {
    queue().admin().pause(QUEUE_PAUSE);
    queue().admin().pause(QUEUE_PAUSE);
    queue().admin().pause(TYPE_PAUSE);
    assertThat(queue().admin().pauses()).containsExactlyInAnyOrder(QUEUE_PAUSE, TYPE_PAUSE);

    queue().admin().resume(QUEUE_PAUSE);
    queue().admin().resume(QUEUE_PAUSE);
    assertThat(queue().admin().pauses()).containsExactly(TYPE_PAUSE);
  }

  @Test
  default void pause_queue_nothingOfItIsClaimed() {
    UUID here = queue().enqueue(newTask());
    UUID elsewhere = queue().enqueue(newTask().queue("other"));
    queue().admin().pause(QUEUE_PAUSE);
    queue().enqueue(OTHER_TYPE, "{}");

    ClaimRequest both = ClaimRequest.of(TYPE, OTHER_TYPE).limit(10);
    assertThat(queue().claim(both)).isEmpty();
    assertThat(ids(claimSoon(both.queue("other")))).containsExactly(elsewhere);
    assertThat(queue().counts()).containsEntry(Status.PENDING, 2L);
    queue().admin().resume(QUEUE_PAUSE);
    assertThat(claimOne().id()).isEqualTo(here);
  }

  @Test
  default void pause_type_othersAreClaimed() {
    UUID paused = queue().enqueue(newTask().priority(Priority.URGENT));
    UUID elsewhere = queue().enqueue(newTask().queue("other"));
    UUID other = queue().enqueue(OTHER_TYPE, "{}");
    queue().admin().pause(TYPE_PAUSE);

    ClaimRequest both = ClaimRequest.of(TYPE, OTHER_TYPE).limit(10);
    assertThat(ids(queue().claim(both))).containsExactly(other);
    assertThat(queue().claim(both.queue("other"))).isEmpty();
    assertThat(read(elsewhere).status()).isEqualTo(Status.PENDING);
    queue().admin().resume(TYPE_PAUSE);
    assertThat(ids(claimSoon(both))).containsExactly(paused);
  }

  @Test
  default void pause_ofTheOtherKind_isAnother() {
    UUID id = queue().enqueue(newTask());
    queue().admin().pause(Pause.type(NewTask.DEFAULT_QUEUE));
    queue().admin().pause(Pause.queue(TYPE));
    queue().admin().pause(Pause.type(TYPE.toUpperCase(Locale.ROOT)));

    assertThat(claimOne().id()).isEqualTo(id);
  }

  @Test
  default void pause_runningTask_runsOn() {
    queue().enqueueAll(TYPE, List.of("1", "2"));
    List<Claim> claims = queue().claim(request().limit(2));
    queue().admin().pause(QUEUE_PAUSE);
    claims.get(0).extend(LEASE);
    claims.get(0).complete();
    claims.get(1).release();

    assertThat(read(claims.get(0).id()).status()).isEqualTo(Status.COMPLETED);
    assertThat(queue().claim(request())).isEmpty();
  }

  @Test
  default void pause_expiredTasks_areLeftAsTheyAre() {
    for (Pause pause : List.of(QUEUE_PAUSE, TYPE_PAUSE)) {
      Task running = claimed().task();
      Task called = claimed().task();
      queue().cancel(called.id());
      queue().admin().pause(pause);
      expireLeases();

      assertThat(queue().claim(request().limit(10))).isEmpty();
      assertThat(read(running.id()).status()).isEqualTo(Status.PROCESSING);
      assertThat(read(called.id()).status()).isEqualTo(Status.PROCESSING);
      assertThat(queue().errors(running.id())).isEmpty();
      queue().admin().resume(pause);
      List<Claim> claims = claimSoon(request().limit(10));
      assertThat(ids(claims)).containsExactly(running.id());
      assertThat(soon(() -> isEnded(called.id()))).isTrue();
      claims.get(0).complete();
    }
  }

  private boolean isEnded(UUID id) {
    assertThat(queue().claim(request().limit(10))).isEmpty();
    return read(id).status() == Status.CANCELLED;
  }

  @Test
  default void pause_spentTask_isNotFailed() {
    UUID id = queue().enqueue(newTask().maxAttempts(1));
    for (int expiry = 0; expiry < 3; expiry++) {
      claimOne();
      expireLeases();
    }
    queue().admin().pause(TYPE_PAUSE);

    assertThat(queue().claim(request().limit(10))).isEmpty();
    assertThat(read(id).status()).isEqualTo(Status.PROCESSING);
  }

  @Test
  default void pause_pendingTask_canBeCancelledAndEnqueuedAgain() {
    queue().admin().pause(QUEUE_PAUSE);
    NewTask task = newTask();
    queue().enqueue(task);

    assertThat(queue().enqueue(task)).isEqualTo(task.id());
    assertThat(queue().cancel(task.id())).contains(Status.CANCELLED);
  }
}
