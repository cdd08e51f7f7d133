package dev.dibs.testkit.storm;

import dev.dibs.DatabaseException;
import dev.dibs.Status;
import dev.dibs.Task;
import dev.dibs.TaskQueue;
import java.time.Duration;
import java.util.BitSet;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** What the queue says of its tasks before and after a storm. */
final class Ends {
  private static final int MOST_BROKEN = 5000;

  private final TaskQueue queue;
  private final Duration patience;
  private final Map<Status, Long> before;
  private boolean read;

  /**
   * Counts the tasks before the storm, of whichever storm they are.
   *
   * @param patience how long the queue may fail at a stretch
   * @throws IllegalStateException if the queue fails for longer, or for a reason that does not pass
   */
  Ends(TaskQueue queue, Duration patience) {
    this.queue = queue;
    this.patience = patience;
    try {
      this.before = ask(queue::counts);
    } catch (DatabaseException e) {
      throw new IllegalStateException("the queue's tasks cannot be counted: " + e.getMessage(), e);
    }
  }

  /**
   * Notes how each task of the storm stands, for it was ended before all were finished. A queue
   * that cannot even be asked any more is stuck too.
   */
  void read(History history) {
    read = true;
    try {
      readAll(history);
    } catch (DatabaseException e) {
      history.sighted(
          new History.Sighting(
              Rule.STUCK,
              history.now(),
              Tasks.NONE,
              "nothing was finished any more, and the queue could not be asked how its tasks stand: "
                  + e.getMessage()));
    }
  }

  /** The same, but only if the counts do not agree with what was acknowledged: it takes long. */
  void readIfDifferent(History history) {
    if (!read && !agree(history, ask(queue::counts))) {
      readAll(history);
    }
  }

  private void readAll(History history) {
    for (int task = 0; task < history.tasks().size(); task++) {
      int one = task;
      Optional<Task> found = ask(() -> queue.find(history.tasks().id(one)));
      history.ended(task, found.map(Task::status));
    }
  }

  /** Whether as many are live as before, and as many more completed as were acknowledged. */
  private boolean agree(History history, Map<Status, Long> after) {
    BitSet acknowledged = new BitSet();
    BitSet possible = new BitSet();
    for (int t = 0; t < history.claimers(); t++) {
      Track track = history.track(t);
      for (int op = 0; op < track.size(); op = track.next(op)) {
        for (int item = 0; track.op(op) == Track.Op.UPDATE && item < track.count(op); item++) {
          int task = history.task(t, op, item);
          if (task >= 0 && track.kind(op, item) == Kind.COMPLETE) {
            Answer answer = track.updateAnswer(op, item);
            possible.set(task, possible.get(task) || answer.isPossible());
            acknowledged.set(task, acknowledged.get(task) || answer.isCertain());
          }
        }
      }
    }
    long completed = of(after, Status.COMPLETED) - of(before, Status.COMPLETED);
    return live(after) == live(before)
        && completed >= acknowledged.cardinality()
        && completed <= possible.cardinality();
  }

  private static long live(Map<Status, Long> counts) {
    return of(counts, Status.PENDING) + of(counts, Status.PROCESSING);
  }

  private static long of(Map<Status, Long> counts, Status status) {
    return counts.getOrDefault(status, 0L);
  }

  /** A pool may still hold as many broken connections as sessions were ended. */
  private <T> T ask(Supplier<T> question) {
    long begun = System.nanoTime();
    for (int broken = 0; ; broken++) {
      try {
        return question.get();
      } catch (DatabaseException e) {
        boolean patient = System.nanoTime() - begun < patience.toNanos();
        if (!e.isTransient() || broken == MOST_BROKEN || !patient) {
          throw e;
        }
      }
    }
  }
}
