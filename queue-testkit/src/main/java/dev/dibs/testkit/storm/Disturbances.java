package dev.dibs.testkit.storm;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The times in which a claim may have locked tasks for a moment that it did not take, so that
 * others rightly passed them over and their cursors went by.
 *
 * <p>Such a claim is one that failed, one whose answer was lost, and one that took a suspect alone
 * and left what else it had picked. Where the suspect may have been failed for good, it began
 * again, and nobody learns how often.
 */
final class Disturbances {
  private final List<long[]> spans = new ArrayList<>();
  private final long lookBehind;
  private final int maxAttempts;

  Disturbances(long lookBehind, int maxAttempts) {
    this.lookBehind = lookBehind;
    this.maxAttempts = maxAttempts;
  }

  /** Adds a claim, if it is one of these. */
  void add(Track track, int op) {
    Answer answer = track.answer(op);
    long returnedAt = track.returnedAt(op);
    if (answer == Answer.FAILED) {
      add(track.invokedAt(op), returnedAt);
    } else if (answer == Answer.UNKNOWN) {
      // The server may go on with it after the client has given it up.
      add(track.invokedAt(op), later(returnedAt, lookBehind));
    } else if (track.count(op) > 0 && track.alone(op, 0)) {
      boolean last = track.attempt(op, 0) >= maxAttempts;
      add(track.invokedAt(op), last ? Long.MAX_VALUE : returnedAt);
    }
  }

  private static long later(long time, long by) {
    return time > Long.MAX_VALUE - by ? Long.MAX_VALUE : time + by;
  }

  private void add(long from, long until) {
    spans.add(new long[] {from, until});
  }

  /** Joins what overlaps; afterwards {@link #touch} may be asked. */
  void sort() {
    spans.sort(Comparator.comparingLong(span -> span[0]));
    List<long[]> joined = new ArrayList<>();
    for (long[] span : spans) {
      int last = joined.size() - 1;
      if (last >= 0 && joined.get(last)[1] >= span[0]) {
        joined.get(last)[1] = Math.max(joined.get(last)[1], span[1]);
      } else {
        joined.add(span);
      }
    }
    spans.clear();
    spans.addAll(joined);
  }

  /**
   * Whether what a claim between these times left out may have been locked for a moment then, or so
   * shortly before that the queue need not have found it since.
   */
  boolean touch(long invokedAt, long returnedAt) {
    int low = 0;
    int high = spans.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (spans.get(middle)[0] <= returnedAt) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low > 0 && later(spans.get(low - 1)[1], lookBehind) >= invokedAt;
  }
}
