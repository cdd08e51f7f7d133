package dev.dibs.testkit.storm;

import java.util.ArrayList;
import java.util.List;

/** References to all items of one lane, grouped by task: two counting passes, no sorting. */
final class Events {
  private final int[] starts;
  private final long[] references;

  Events(History history, int lane) {
    Tasks tasks = history.tasks();
    starts = new int[tasks.size() + 1];
    walk(
        history,
        (task, reference) -> {
          if (tasks.lane(task) == lane) {
            starts[task + 1]++;
          }
        });
    for (int task = 1; task < starts.length; task++) {
      starts[task] += starts[task - 1];
    }
    references = new long[starts[starts.length - 1]];
    int[] next = starts.clone();
    walk(
        history,
        (task, reference) -> {
          if (tasks.lane(task) == lane) {
            references[next[task]++] = reference;
          }
        });
  }

  /** The references of one task, for a report. */
  static List<Long> of(History history, int task) {
    List<Long> found = new ArrayList<>();
    walk(
        history,
        (one, reference) -> {
          if (one == task) {
            found.add(reference);
          }
        });
    return found;
  }

  private interface Visitor {
    void visit(int task, long reference);
  }

  private static void walk(History history, Visitor visitor) {
    for (int t = 0; t < history.tracks(); t++) {
      Track track = history.track(t);
      int size = track.size();
      for (int op = 0; op < size; op = track.next(op)) {
        for (int item = 0; item < track.count(op); item++) {
          int task = history.task(t, op, item);
          if (task >= 0) {
            visitor.visit(task, History.reference(t, op, item));
          }
        }
      }
    }
  }

  int count(int task) {
    return starts[task + 1] - starts[task];
  }

  long reference(int task, int index) {
    return references[starts[task] + index];
  }
}
