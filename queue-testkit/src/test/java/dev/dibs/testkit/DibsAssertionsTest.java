package dev.dibs.testkit;

import static dev.dibs.testkit.DibsAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.InvalidInputException;
import dev.dibs.NewTask;
import dev.dibs.Priority;
import dev.dibs.RetryPolicy;
import java.time.Duration;
import java.util.Collections;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class DibsAssertionsTest {
  private static final String EMAIL = "{\"to\": \"a@b.c\", \"copies\": 1.0}";

  private final InMemoryTaskQueue queue = InMemoryTaskQueue.create(VirtualClock.create());

  private void assertFails(Consumer<TaskQueueAssert> assertion, String... words) {
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(() -> assertion.accept(assertThat(queue)))
        .satisfies(e -> assertThat(e.getMessage()).contains(words));
  }

  private void assertTaskFails(Consumer<TaskAssert> assertion, String... words) {
    assertFails(tasks -> assertion.accept(tasks.task("send_email")), words);
  }

  private Claim claim(String type) {
    return queue.claim(ClaimRequest.of(type)).get(0);
  }

  @Test
  void hasEnqueued_emptyQueue_saysThatItIsEmpty() {
    assertThat(queue).hasEnqueued(0, "send_email").hasNoMoreTasks();

    assertFails(tasks -> tasks.hasEnqueued("send_email"), "'send_email'", "the queue was empty");
    assertFails(tasks -> tasks.task(UUID.randomUUID()), "id", "the queue was empty");
    assertFails(tasks -> tasks.task("send_email"), "one task of type", "0");
  }

  @Test
  void hasEnqueued_oneTask_findsItsTypeCountAndJson() {
    queue.enqueue("send_email", EMAIL);

    assertThat(queue)
        .hasEnqueued("send_email")
        .hasEnqueued(1, "send_email")
        .hasEnqueued("send_email", "{\"copies\":1,\"to\":\"a@b.c\"}");
    assertFails(
        tasks -> tasks.hasEnqueued("send_sms"),
        "Expected a task of type 'send_sms', but the queue had\n  send_email",
        "\"to\": \"a@b.c\"");
    assertFails(tasks -> tasks.hasEnqueued(2, "send_email"), "Expected 2 tasks", "there were 1");
    assertFails(
        tasks -> tasks.hasEnqueued("send_email", "{\"to\":\"x@y.z\"}"),
        "with payload {\"to\":\"x@y.z\"}, but the queue had\n  send_email",
        "a@b.c");
    assertThatExceptionOfType(InvalidInputException.class)
        .isThrownBy(() -> assertThat(queue).hasEnqueued("send_email", "{to:}"));
  }

  @Test
  void hasNoMoreTasks_taskOfTomorrow_isShown() {
    queue.enqueue(NewTask.of("send_email", "{}").delay(Duration.ofDays(1)));

    assertFails(tasks -> tasks.hasNoMoreTasks(), "there were 1:", "due in PT24H");
    claimAndComplete();
    assertFails(tasks -> tasks.hasNoMoreTasks(), "there were 1:");
  }

  private void claimAndComplete() {
    queue.enqueue("other", "{}");
    claim("other").complete();
  }

  @Test
  void hasNoMoreTasks_manyTasks_showsTheFirst() {
    queue.enqueueAll("send_email", Collections.nCopies(25, "1"));

    assertFails(tasks -> tasks.hasNoMoreTasks(), "there were 25:", "and 5 more");
    assertFails(tasks -> tasks.task("send_email"), "one task of type", "there were 25");
  }

  @Test
  void task_asItWasEnqueued_hasItsParts() {
    UUID id =
        queue.enqueue(
            NewTask.of("send_email", EMAIL)
                .delay(Duration.ofMinutes(5))
                .priority(Priority.HIGH)
                .uniqueKey("k")
                .queue("mail"));

    assertThat(queue)
        .task(id)
        .isPending()
        .hasPayload(EMAIL)
        .hasPriority(Priority.HIGH)
        .hasUniqueKey("k")
        .isInQueue("mail")
        .hasAttempts(0)
        .isDueIn(Duration.ofMinutes(5));
    assertTaskFails(
        task -> task.isDueIn(Duration.ofMinutes(4)),
        "Expected a task pending, due in PT4M, but it was",
        "pending, due in PT5M, attempt 0 of 20, HIGH, queue 'mail', unique key 'k' (" + id + ")");
    assertTaskFails(task -> task.isDueIn(Duration.ofMinutes(6)), "due in PT6M");
    assertTaskFails(task -> task.hasPayload("{}"), "with payload {}", "a@b.c");
    assertTaskFails(task -> task.hasPriority(Priority.LOW), "with priority LOW", "HIGH");
    assertTaskFails(task -> task.hasUniqueKey("x"), "with unique key 'x'");
    assertTaskFails(task -> task.isInQueue("x"), "in queue 'x'");
    assertTaskFails(task -> task.hasAttempts(1), "with 1 attempts");
    assertTaskFails(task -> task.isCompleted(), "completed");
  }

  @Test
  void task_completed_hasResultProgressAndAttempts() {
    queue.enqueue("send_email", EMAIL);
    claim("send_email").fail(new IllegalStateException("broken"), RetryPolicy.fixed(Duration.ZERO));
    Claim second = claim("send_email");
    assertThat(queue).task("send_email").isProcessing();
    second.progress("{\"done\": 1}");
    second.complete("[1, 2]");

    assertThat(queue)
        .task("send_email")
        .isCompleted()
        .isCompletedAfter(2)
        .hasProgress("{\"done\":1}")
        .hasResult("[1,2]");
    assertTaskFails(task -> task.isCompletedAfter(1), "completed after 1 attempt,", "attempt 2 of");
    assertTaskFails(task -> task.hasResult("[2,1]"), "with result [2,1]", "result [1, 2]");
    assertTaskFails(task -> task.hasProgress("1"), "progress {\"done\": 1}");
    assertTaskFails(task -> task.isFailedWith(""), "failed");
    assertTaskFails(task -> task.isDueIn(Duration.ZERO), "due in PT0S");
    assertTaskFails(task -> task.isPending(), "pending");
  }

  @Test
  void task_failedForGood_hasItsError() {
    queue.enqueue("send_email", EMAIL);
    assertTaskFails(task -> task.hasResult("null"), "with result null");
    claim("send_email").fail(new IllegalStateException("no such box"), RetryPolicy.never());

    assertThat(queue).task("send_email").isFailed().isFailedWith("no such box");
    assertTaskFails(
        task -> task.isFailedWith("timed out"),
        "failed with 'timed out'",
        "error: java.lang.IllegalStateException: no such box (");
    assertTaskFails(task -> task.isCancelled(), "cancelled");
  }

  @Test
  void task_cancelled_isSo() {
    queue.cancel(queue.enqueue("send_email", EMAIL));

    assertThat(queue).hasNoMoreTasks().task("send_email").isCancelled();
    assertTaskFails(task -> task.isFailed(), "failed", "cancelled");
    assertTaskFails(task -> task.isProcessing(), "processing");
  }

  @Test
  void isDueIn_taskThatHasBeenDue_isDueAtOnce() {
    queue.enqueue("send_email", EMAIL);

    assertThat(queue).task("send_email").isDueIn(Duration.ZERO);
  }
}
