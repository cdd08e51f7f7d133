package dev.dibs;

import java.time.Duration;

/**
 * How many tasks to claim beyond the free slots, so that no slot waits for a claim: as many as end
 * in {@link #AHEAD} at the speed of late. None where handlers are slow, for then what waits here
 * could run elsewhere; never more than {@link #MAX_BATCH}, nor than fits into {@link #MAX_BYTES}.
 *
 * <p>For one thread.
 */
final class Pace {
  /** Also how many tasks are claimed or written with one statement at most. */
  static final int MAX_BATCH = 1000;

  private static final double AHEAD = Duration.ofMillis(50).toNanos();
  private static final long SHORTEST_LOOK = Duration.ofMillis(1).toNanos();
  private static final double MAX_BYTES = 4 << 20;
  private static final int BYTES_BESIDE_PAYLOAD = 500;

  private long lastEnded;
  private long lastLook;
  private double endsPerNano;
  private double bytes = BYTES_BESIDE_PAYLOAD;

  Pace(long now) {
    this.lastLook = now;
  }

  /** So many attempts have ended until now. */
  void ended(long total, long now) {
    long passed = now - lastLook;
    if (passed >= SHORTEST_LOOK) {
      endsPerNano = (endsPerNano + (double) (total - lastEnded) / passed) / 2;
      lastEnded = total;
      lastLook = now;
    }
  }

  /** So large is what was claimed. */
  void claimed(Claim claim) {
    bytes += (BYTES_BESIDE_PAYLOAD + claim.payload().length() - bytes) / 16;
  }

  /** What was claimed ahead had to be given back. */
  void stalled() {
    endsPerNano = 0;
  }

  int ahead() {
    return (int) Math.min(Math.min(MAX_BATCH, endsPerNano * AHEAD), affordable());
  }

  /** How many tasks as large as those of late may be held beside those that run. */
  int affordable() {
    return (int) (MAX_BYTES / bytes);
  }
}
