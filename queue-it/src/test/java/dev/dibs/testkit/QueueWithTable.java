package dev.dibs.testkit;

import dev.dibs.Priority;
import dev.dibs.Status;
import dev.dibs.Task;
import dev.dibs.TaskQueue;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** A queue under test with what lies around it: its time, its table, an operator's hands. */
interface QueueWithTable {
  /** The queue as the present process has it. */
  TaskQueue queue();

  /** The queue as a process has it that has made no claim yet, and so knows no place in a lane. */
  default TaskQueue stranger() {
    return queue();
  }

  /** The time by which tasks are due. */
  Instant now();

  /** Called before each operation: as on a real clock, no two happen at the same time. */
  default void tick() {}

  /** Time passes. */
  void forward(Duration time);

  /** The rescue by hand: pending again and no start, if it is processing. */
  void putBack(UUID id);

  /** Another process goes on: it has made no claim yet and knows no place in any lane. */
  void restart();

  /** The whole table. */
  Map<UUID, Row> table();

  /**
   * A row, as far as two queues that ran at other hours can agree: times are minutes from now.
   * Expiries count only while the task can be claimed again, {@code alone} only while it runs.
   */
  record Row(
      String type,
      String queue,
      Priority priority,
      String payload,
      int maxAttempts,
      Status status,
      int attempt,
      long dueIn,
      Optional<Long> startedIn,
      Optional<Long> completedIn,
      Optional<Long> leaseEndsIn,
      Optional<String> error,
      int expiries,
      boolean alone,
      Optional<String> key,
      boolean cancelRequested,
      Optional<String> progress,
      Optional<String> result,
      List<String> errors) {

    /** What a task does not show of its row; errors are shown as {@link #error} does. */
    record Hidden(
        Optional<Instant> leaseUntil,
        int expiries,
        boolean alone,
        boolean windowed,
        List<String> errors) {}

    /** An attempt and what it left behind; when that was is not looked at. */
    static String error(int attempt, String error) {
      return attempt + " " + error;
    }

    static Row of(Task task, Hidden hidden, Instant now) {
      boolean live = isLive(task.status());
      return new Row(
          task.type(),
          task.queue(),
          task.priority(),
          task.payload(),
          task.maxAttempts(),
          task.status(),
          task.attempt(),
          minutes(now, task.runAt()),
          task.startedAt().map(time -> minutes(now, time)),
          task.completedAt().map(time -> minutes(now, time)),
          hidden.leaseUntil().map(time -> minutes(now, time)),
          task.error(),
          live ? hidden.expiries() : 0,
          hidden.alone() && task.status() == Status.PROCESSING,
          task.uniqueKey().map(key -> key + (hidden.windowed() ? " for a while" : "")),
          task.cancelRequested(),
          task.progress(),
          task.result(),
          hidden.errors());
    }

    boolean isLive() {
      return isLive(status);
    }

    private static boolean isLive(Status status) {
      return status == Status.PENDING || status == Status.PROCESSING;
    }

    private static long minutes(Instant now, Instant time) {
      return Math.round(Duration.between(now, time).toMillis() / 60_000.0);
    }
  }
}
