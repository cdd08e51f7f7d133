package dev.dibs.testkit;

import dev.dibs.InvalidInputException;
import dev.dibs.Status;
import dev.dibs.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.assertj.core.api.AbstractAssert;

/**
 * Assertions about all tasks of a queue, finished ones included; see {@link DibsAssertions}. What
 * fails says which tasks there were instead, with their payloads.
 *
 * <p>Not thread-safe.
 */
public final class TaskQueueAssert extends AbstractAssert<TaskQueueAssert, List<Task>> {
  private static final int SHOWN = 20;

  private final TaskText text;
  private final Duration slack;

  TaskQueueAssert(List<Task> tasks, Instant now, Duration slack) {
    super(tasks, TaskQueueAssert.class);
    this.text = new TaskText(now);
    this.slack = slack;
  }

  /** At least one task of this type was enqueued, whatever became of it. */
  public TaskQueueAssert hasEnqueued(String type) {
    if (count(ofType(type)) == 0) {
      throw failure("Expected a task of type '%s', but %s", type, instead());
    }
    return this;
  }

  /** Exactly so many tasks of this type were enqueued, whatever became of them; 0 for none. */
  public TaskQueueAssert hasEnqueued(int count, String type) {
    long there = count(ofType(type));
    if (there != count) {
      throw failure(
          "Expected %d tasks of type '%s', but there were %d: %s", count, type, there, instead());
    }
    return this;
  }

  /**
   * At least one task of this type was enqueued with this payload.
   *
   * @param payload JSON text, compared as {@code jsonb} does: spaces and the order of keys do not
   *     matter
   * @throws InvalidInputException if the payload is not valid JSON
   */
  public TaskQueueAssert hasEnqueued(String type, String payload) {
    if (count(ofType(type).and(task -> TaskText.sameJson(task.payload(), payload))) == 0) {
      throw failure(
          "Expected a task of type '%s' with payload %s, but %s", type, payload, instead());
    }
    return this;
  }

  /** Every task is finished: none is pending, now or for later, and none is being worked on. */
  public TaskQueueAssert hasNoMoreTasks() {
    List<Task> live =
        actual.stream()
            .filter(task -> task.status() == Status.PENDING || task.status() == Status.PROCESSING)
            .toList();
    if (!live.isEmpty()) {
      throw failure("Expected no more tasks, but there were %d:%s", live.size(), lines(live));
    }
    return this;
  }

  /** Goes on with the only task of this type; fails if there are none or several. */
  public TaskAssert task(String type) {
    List<Task> found = actual.stream().filter(ofType(type)).toList();
    if (found.size() != 1) {
      throw failure(
          "Expected one task of type '%s', but there were %d: %s", type, found.size(), instead());
    }
    return found(found.get(0));
  }

  /** Goes on with the task of this id. */
  public TaskAssert task(UUID id) {
    return found(
        actual.stream()
            .filter(task -> task.id().equals(id))
            .findFirst()
            .orElseThrow(() -> failure("Expected a task with the id %s, but %s", id, instead())));
  }

  private TaskAssert found(Task task) {
    return new TaskAssert(task, text, slack);
  }

  private static Predicate<Task> ofType(String type) {
    return task -> task.type().equals(type);
  }

  private long count(Predicate<Task> meant) {
    return actual.stream().filter(meant).count();
  }

  private String instead() {
    return actual.isEmpty() ? "the queue was empty" : "the queue had" + lines(actual);
  }

  private String lines(List<Task> tasks) {
    String lines =
        tasks.stream()
            .limit(SHOWN)
            .map(task -> "\n  " + text.of(task))
            .collect(Collectors.joining());
    int more = tasks.size() - SHOWN;
    return more > 0 ? lines + "\n  and " + more + " more" : lines;
  }
}
