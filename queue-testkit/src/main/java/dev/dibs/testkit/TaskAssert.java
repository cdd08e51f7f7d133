package dev.dibs.testkit;

import dev.dibs.InvalidInputException;
import dev.dibs.Priority;
import dev.dibs.Status;
import dev.dibs.Task;
import java.time.Duration;
import java.util.Optional;
import org.assertj.core.api.AbstractAssert;

/**
 * Assertions about one task, as it stood when {@code assertThat} was called; see {@link
 * DibsAssertions}. What fails shows the task as it was instead.
 *
 * <p>Methods that compare JSON throw {@link InvalidInputException} if what is expected is not valid
 * JSON; spaces and the order of keys do not matter.
 *
 * <p>Not thread-safe.
 */
public final class TaskAssert extends AbstractAssert<TaskAssert, Task> {
  private final TaskText text;
  private final Duration slack;

  TaskAssert(Task task, TaskText text, Duration slack) {
    super(task, TaskAssert.class);
    this.text = text;
    this.slack = slack;
  }

  /** Its payload is this JSON value. */
  public TaskAssert hasPayload(String json) {
    return check(TaskText.sameJson(actual.payload(), json), "with payload " + json);
  }

  /** It has this priority. */
  public TaskAssert hasPriority(Priority priority) {
    return check(actual.priority() == priority, "with priority " + priority);
  }

  /** It was enqueued with this unique key. */
  public TaskAssert hasUniqueKey(String key) {
    return check(actual.uniqueKey().equals(Optional.of(key)), "with unique key '" + key + "'");
  }

  /** It is in the queue of this name. */
  public TaskAssert isInQueue(String queue) {
    return check(actual.queue().equals(queue), "in queue '" + queue + "'");
  }

  /** It waits for a claim, now or later. */
  public TaskAssert isPending() {
    return is(Status.PENDING);
  }

  /**
   * It waits, and is due so long from now: exactly on a {@link VirtualClock}, up to 10 s less on a
   * PostgreSQL, whose clock has run on since it was enqueued. {@link Duration#ZERO} if it is due.
   */
  public TaskAssert isDueIn(Duration delay) {
    Duration left = text.dueIn(actual);
    if (left.isNegative()) {
      left = Duration.ZERO;
    }
    boolean soEarly = left.compareTo(delay.minus(slack)) >= 0 && left.compareTo(delay) <= 0;
    return check(actual.status() == Status.PENDING && soEarly, "pending, due in " + delay);
  }

  /**
   * Somebody works on it, or did and died, and its lease is not over or nobody claimed it since.
   */
  public TaskAssert isProcessing() {
    return is(Status.PROCESSING);
  }

  /** It is done. */
  public TaskAssert isCompleted() {
    return is(Status.COMPLETED);
  }

  /** It is done, and this was the number of the attempt that did it, 1 for the first. */
  public TaskAssert isCompletedAfter(int attempts) {
    return check(
        actual.status() == Status.COMPLETED && actual.attempt() == attempts,
        "completed after " + attempts + (attempts == 1 ? " attempt" : " attempts"));
  }

  /** It failed for good. */
  public TaskAssert isFailed() {
    return is(Status.FAILED);
  }

  /** It failed for good, and what is kept of its last error contains this text. */
  public TaskAssert isFailedWith(String text) {
    return check(
        actual.status() == Status.FAILED && actual.error().orElse("").contains(text),
        "failed with '" + text + "'");
  }

  /** It was called off. */
  public TaskAssert isCancelled() {
    return is(Status.CANCELLED);
  }

  /** So many attempts were counted: claims that were not given back. */
  public TaskAssert hasAttempts(int attempts) {
    return check(actual.attempt() == attempts, "with " + attempts + " attempts");
  }

  /** It left this JSON value to its producer. */
  public TaskAssert hasResult(String json) {
    return check(same(actual.result(), json), "with result " + json);
  }

  /** Its running or last attempt said that it was this far. */
  public TaskAssert hasProgress(String json) {
    return check(same(actual.progress(), json), "with progress " + json);
  }

  private static boolean same(Optional<String> normal, String json) {
    return TaskText.sameJson(normal.orElse("null"), json) && normal.isPresent();
  }

  private TaskAssert is(Status status) {
    return check(actual.status() == status, status.sql());
  }

  private TaskAssert check(boolean holds, String expected) {
    if (!holds) {
      throw failure("Expected a task %s, but it was%n  %s", expected, text.of(actual));
    }
    return this;
  }
}
