package dev.dibs.testkit;

import dev.dibs.NewTask;
import dev.dibs.Status;
import dev.dibs.Task;
import java.time.Duration;
import java.time.Instant;

/** How a failed assertion shows a task, seen at one moment. */
record TaskText(Instant now) {
  /** One line, with what its producer and its handler wrote. */
  String of(Task task) {
    StringBuilder line = new StringBuilder();
    line.append(task.type()).append(' ').append(task.payload());
    line.append(": ").append(task.status().sql());
    if (task.status() == Status.PENDING) {
      line.append(", due in ").append(dueIn(task));
    }
    line.append(", attempt ").append(task.attempt()).append(" of ").append(task.maxAttempts());
    line.append(", ").append(task.priority());
    if (!task.queue().equals(NewTask.DEFAULT_QUEUE)) {
      line.append(", queue '").append(task.queue()).append('\'');
    }
    task.uniqueKey().ifPresent(key -> line.append(", unique key '").append(key).append('\''));
    task.progress().ifPresent(json -> line.append(", progress ").append(json));
    task.result().ifPresent(json -> line.append(", result ").append(json));
    task.error().ifPresent(error -> line.append(", error: ").append(firstLine(error)));
    return line.append(" (").append(task.id()).append(')').toString();
  }

  /** Negative if it has been due for so long. */
  Duration dueIn(Task task) {
    return Duration.between(now, task.runAt());
  }

  /** Whether both are the same value; {@code normal} is in jsonb's normal form. */
  static boolean sameJson(String normal, String expected) {
    // Made only for its check of the text.
    String checked = NewTask.of("expected", expected).payload();
    return JsonbEquality.equal(normal, JsonbText.normalize(checked));
  }

  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("");
  }
}
