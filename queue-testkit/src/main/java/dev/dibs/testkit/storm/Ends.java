package dev.dibs.testkit.storm;

import dev.dibs.DatabaseException;
import dev.dibs.Status;
import dev.dibs.Task;
import dev.dibs.TaskQueue;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** What the queue says of its tasks while no storm is on. */
final class Ends {
  private static final int MOST_BROKEN = 5000;

  private Ends() {}

  /** How many tasks are not finished, of whichever storm. */
  static long live(TaskQueue queue) {
    Map<Status, Long> counts = read(queue::counts);
    return counts.getOrDefault(Status.PENDING, 0L) + counts.getOrDefault(Status.PROCESSING, 0L);
  }

  /** Notes how each task of a storm stands; only if something is left over, for it takes long. */
  static void read(TaskQueue queue, History history) {
    for (int task = 0; task < history.tasks().size(); task++) {
      int one = task;
      Optional<Task> found = read(() -> queue.find(history.tasks().id(one)));
      history.ended(task, found.map(Task::status));
    }
  }

  /** A pool may still hold as many broken connections as sessions were ended. */
  private static <T> T read(Supplier<T> read) {
    for (int broken = 0; ; broken++) {
      try {
        return read.get();
      } catch (DatabaseException e) {
        if (!e.isTransient() || broken == MOST_BROKEN) {
          throw e;
        }
      }
    }
  }
}
