package dev.dibs.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.ClaimUpdate;
import dev.dibs.NewTask;
import dev.dibs.Status;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What can be read of the queue, and how it wakes those who wait for work. */
interface ReadingContract extends QueueUnderTest {

  @Test
  default void find_unknownId_isEmpty() {
    assertThat(queue().find(UUID.randomUUID())).isEmpty();
  }

  @Test
  default void find_taskOfAnyStatus_isThere() {
    NewTask task = newTask();
    queue().enqueue(task);

    assertThat(read(task.id()).status()).isEqualTo(Status.PENDING);
    claimOne();
    assertThat(read(task.id()).status()).isEqualTo(Status.PROCESSING);
    expireLeases();
    assertThat(read(task.id()).status()).as("until it is claimed").isEqualTo(Status.PROCESSING);
    claimOne().complete();
    assertThat(read(task.id()).status()).isEqualTo(Status.COMPLETED);
  }

  @Test
  default void counts_nothingThere_isZeroForEach() {
    assertThat(queue().counts()).containsOnlyKeys(Status.values());
    assertNothingWritten();
  }

  @Test
  default void counts_allStatuses_countsEach() {
    queue().enqueueAll(TYPE, List.of("1", "2", "3", "4", "5", "6"));
    queue().claim(request().limit(3)).forEach(claim -> claim.complete());
    queue().apply(new ClaimUpdate.Fail(queue().claim(request()).get(0), "broken"));
    queue().claim(request());
    queue().enqueue(newTask().queue("other").delay(Duration.ofDays(1)));

    assertThat(queue().counts())
        .isEqualTo(
            Map.of(
                Status.PENDING, 2L,
                Status.PROCESSING, 1L,
                Status.COMPLETED, 3L,
                Status.FAILED, 1L,
                Status.CANCELLED, 0L));
  }

  @Test
  default void addWakeUp_tasksEnqueued_isCalled() throws InterruptedException {
    CountDownLatch one = new CountDownLatch(1);
    queue().addWakeUp(one::countDown);
    queue().enqueue(newTask());
    assertThat(one.await(10, TimeUnit.SECONDS)).as("called after enqueue").isTrue();

    CountDownLatch many = new CountDownLatch(1);
    queue().addWakeUp(many::countDown);
    queue().enqueueAll(TYPE, List.of("1", "2"));
    assertThat(many.await(10, TimeUnit.SECONDS)).as("called after enqueueAll").isTrue();
  }

  @Test
  default void addWakeUp_nothingEnqueued_isNotCalled() throws InterruptedException {
    CountDownLatch first = new CountDownLatch(1);
    AtomicInteger calls = new AtomicInteger();
    queue().addWakeUp(calls::incrementAndGet);
    queue().addWakeUp(first::countDown);
    queue().enqueueAll(List.of());
    queue().enqueue(newTask());

    assertThat(first.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(calls).hasValue(1);
  }

  @Test
  default void removeWakeUp_tasksEnqueued_isNotCalled() throws InterruptedException {
    AtomicInteger calls = new AtomicInteger();
    Runnable removed = calls::incrementAndGet;
    CountDownLatch kept = new CountDownLatch(1);
    queue().addWakeUp(removed);
    queue().addWakeUp(kept::countDown);
    queue().removeWakeUp(removed);
    queue().removeWakeUp(() -> {});

    queue().enqueue(newTask());
    assertThat(kept.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(calls).hasValue(0);
  }
}
