package dev.dibs.examples.quickstart;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * What the runs of a queue come to. A run is a duplicate if any earlier run of its task had not
 * failed and was not cut off by a kill before this one began, whether or not that earlier run had
 * ended.
 *
 * @param runs all runs
 * @param duplicates runs that nothing excuses
 * @param duplicatedTasks the tasks that had such runs
 * @param afterThrow runs that had to be, because the run before threw
 * @param afterKill runs that had to be, because the process of the run before was killed
 * @param slowestTakeover the longest time from the kill to such a run
 */
record Repeats(
    int runs,
    int duplicates,
    int duplicatedTasks,
    int afterThrow,
    int afterKill,
    Duration slowestTakeover) {

  /** Counts the runs of one queue, which are in the order in which they began. */
  static Repeats of(List<Run> runs) {
    Map<UUID, List<Run>> earlierRuns = new HashMap<>();
    Set<UUID> duplicatedTasks = new HashSet<>();
    int duplicates = 0;
    int afterThrow = 0;
    int afterKill = 0;
    Duration slowest = Duration.ZERO;
    for (Run run : runs) {
      List<Run> earlier = earlierRuns.computeIfAbsent(run.task(), task -> new ArrayList<>(1));
      if (!earlier.stream().allMatch(other -> other.excuses(run))) {
        duplicates++;
        duplicatedTasks.add(run.task());
      } else if (!earlier.isEmpty()) {
        Run last = earlier.get(earlier.size() - 1);
        if (last.ending() == Run.Ending.THREW) {
          afterThrow++;
        } else {
          afterKill++;
          Duration takeover = Duration.between(last.endedAt(), run.beganAt());
          slowest = takeover.compareTo(slowest) > 0 ? takeover : slowest;
        }
      }
      earlier.add(run);
    }
    return new Repeats(
        runs.size(), duplicates, duplicatedTasks.size(), afterThrow, afterKill, slowest);
  }
}
