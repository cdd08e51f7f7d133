package dev.dibs.jdbc;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A turn that goes from one to the next in the order in which they came; a courtesy, no lock.
 *
 * <p>However many wait, each waits while the turn goes on. Whoever sees it stand still for {@link
 * #LONGEST_MILLIS} goes ahead without it: one that hangs must not hold the others.
 *
 * <p>Thread-safe.
 */
final class Turn {
  /** What passes nothing on. */
  static final Runnable NONE = () -> {};

  private static final long LONGEST_MILLIS = 1000;

  private final Semaphore free = new Semaphore(1, true);
  private final AtomicLong taken = new AtomicLong();

  /**
   * Waits for it. The caller passes it on by what it returns, which may run more than once; {@link
   * #NONE} if it goes ahead without.
   */
  Runnable await() {
    try {
      long before;
      do {
        before = taken.get();
        if (free.tryAcquire(LONGEST_MILLIS, TimeUnit.MILLISECONDS)) {
          taken.incrementAndGet();
          AtomicBoolean passed = new AtomicBoolean();
          return () -> {
            if (!passed.getAndSet(true)) {
              free.release();
            }
          };
        }
      } while (taken.get() != before);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return NONE;
  }
}
