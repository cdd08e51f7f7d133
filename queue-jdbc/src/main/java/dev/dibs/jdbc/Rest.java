package dev.dibs.jdbc;

import java.time.Duration;

/**
 * How long what failed is not tried again: a second, and each time that it fails anew twice as
 * long, up to half a minute. Times are those of {@link System#nanoTime()}.
 *
 * <p>Thread-safe.
 */
final class Rest {
  private static final long FIRST = Duration.ofSeconds(1).toNanos();
  private static final long LONGEST = Duration.ofSeconds(30).toNanos();

  private long until = System.nanoTime();
  private long next = FIRST;

  synchronized boolean isOver(long now) {
    return now - until >= 0;
  }

  /** Of several that were under way at the same time the first counts. */
  synchronized void failed(long now) {
    if (isOver(now)) {
      until = now + next;
      next = Math.min(2 * next, LONGEST);
    }
  }

  synchronized void succeeded() {
    next = FIRST;
  }
}
