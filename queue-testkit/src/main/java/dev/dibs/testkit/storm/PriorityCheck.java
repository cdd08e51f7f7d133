package dev.dibs.testkit.storm;

import java.util.Arrays;

/**
 * The rule about the order of priorities, for all lanes of all types.
 *
 * <p>A claim walks the priorities it asked for from first to last. So it is wrong if it took a task
 * of a lower priority and left one of a higher that had certainly waited since before it was sent
 * and was claimed by nobody until after it was answered; whether its limit was reached does not
 * matter, nor whether what it took was a suspect that comes alone, for the first that it meets
 * decides. For a waiting task the question is for the least answer time among the claims sent after
 * its wait counted: minima from the end of the claims in the order they were sent, O(log n).
 */
final class PriorityCheck {
  private final History history;
  private int size;
  private long[] references = new long[64];
  private byte[] lowest = new byte[64];
  private int[] order = new int[0];

  PriorityCheck(History history) {
    this.history = history;
  }

  /** Adds a claim that took something, and the lowest priority that it took. */
  void add(int trackIndex, int op, int lowestRank) {
    if (lowestRank == 0) {
      return;
    }
    if (size == references.length) {
      references = Arrays.copyOf(references, size * 2);
      lowest = Arrays.copyOf(lowest, size * 2);
    }
    references[size] = History.reference(trackIndex, op, History.WHOLE);
    lowest[size++] = (byte) lowestRank;
  }

  /** Sorts what was added; afterwards {@link #of} may be asked. */
  void sort() {
    order = Sorted.indices(size, (a, b) -> Long.compare(invokedAt(a), invokedAt(b)));
  }

  private long invokedAt(int claim) {
    long reference = references[claim];
    return history.track(History.trackOf(reference)).invokedAt(History.opOf(reference));
  }

  /** The claims that asked for this lane and took something of a lower priority. */
  Lane of(int lane) {
    long type = history.tasks().typeBit(lane);
    int rank = Tasks.rank(lane);
    int[] chosen = new int[size];
    int count = 0;
    for (int claim : order) {
      long reference = references[claim];
      Track track = history.track(History.trackOf(reference));
      if (lowest[claim] > rank && (track.types(History.opOf(reference)) & type) != 0) {
        chosen[count++] = claim;
      }
    }
    return new Lane(Arrays.copyOf(chosen, count));
  }

  /** The claims that matter to one lane, in the order they were sent. */
  final class Lane {
    private final long[] invokedAts;
    private final int[] earliest;

    private Lane(int[] claims) {
      invokedAts = new long[claims.length];
      earliest = new int[claims.length];
      for (int i = claims.length - 1; i >= 0; i--) {
        invokedAts[i] = invokedAt(claims[i]);
        boolean last = i == claims.length - 1;
        boolean less = last || returnedAt(claims[i]) < returnedAt(earliest[i + 1]);
        earliest[i] = less ? claims[i] : earliest[i + 1];
      }
    }

    private long returnedAt(int claim) {
      long reference = references[claim];
      return history.track(History.trackOf(reference)).returnedAt(History.opOf(reference));
    }

    /**
     * A claim that was sent after {@code wait} and answered before {@code claimedAt}; {@link
     * LaneCheck#NO_WAIT} if there is none.
     */
    long passing(long wait, long claimedAt) {
      int low = 0;
      int high = invokedAts.length;
      while (low < high) {
        int middle = (low + high) >>> 1;
        if (invokedAts[middle] > wait) {
          high = middle;
        } else {
          low = middle + 1;
        }
      }
      boolean found = low < earliest.length && returnedAt(earliest[low]) < claimedAt;
      return found ? references[earliest[low]] : LaneCheck.NO_WAIT;
    }
  }
}
