package dev.dibs;

import java.time.Duration;

/**
 * How many tasks to claim beyond the free slots, so that no slot waits for a claim: as many as the
 * slots can begin in {@link #AHEAD}, going by how long handlers took of late. So none where they
 * are slow, for then what waits here could run elsewhere. Never more than {@link #MAX_BATCH}, nor
 * than fits into {@link #MAX_BYTES}.
 *
 * <p>For one thread.
 */
final class Pace {
  /** Also how many tasks are claimed or written with one statement at most. */
  static final int MAX_BATCH = 2000;

  private static final Duration AHEAD = Duration.ofMillis(50);
  private static final Duration STALLED = Duration.ofSeconds(1);
  private static final double MAX_BYTES = 4 << 20;
  private static final int BYTES_BESIDE_PAYLOAD = 500;

  private final int slots;
  private long runs;
  private long nanos;
  private double nanosPerRun = Double.POSITIVE_INFINITY;
  private double bytes = BYTES_BESIDE_PAYLOAD;

  Pace(int slots) {
    this.slots = slots;
  }

  /** So many handlers have ended until now, after so many nanoseconds together. */
  void ran(long totalRuns, long totalNanos) {
    if (totalRuns > runs) {
      double lately = (double) (totalNanos - nanos) / (totalRuns - runs);
      nanosPerRun = Double.isInfinite(nanosPerRun) ? lately : (nanosPerRun + lately) / 2;
      runs = totalRuns;
      nanos = totalNanos;
    }
  }

  /** So large is what was claimed. */
  void claimed(Claim claim) {
    bytes += (BYTES_BESIDE_PAYLOAD + claim.payload().length() - bytes) / 16;
  }

  /** What was claimed ahead found no slot: handlers have become slow, though none has ended. */
  void stalled() {
    nanosPerRun = Math.max(nanosPerRun, (double) STALLED.toNanos());
  }

  int ahead() {
    double begun = slots * (AHEAD.toNanos() / Math.max(1, nanosPerRun));
    return (int) Math.min(Math.min(MAX_BATCH, begun), affordable());
  }

  /** How many tasks as large as those of late may be held beside those that run. */
  int affordable() {
    return (int) (MAX_BYTES / bytes);
  }
}
