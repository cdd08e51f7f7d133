package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/** Waits for states of other processes, of which no listener tells. */
public final class Poll {
  private static final long PAUSE_NANOS = Duration.ofMillis(5).toNanos();

  private Poll() {}

  /** Returns as soon as it is so; fails if it is not after so long. */
  public static void until(String what, Duration atMost, Callable<Boolean> condition)
      throws Exception {
    long end = System.nanoTime() + atMost.toNanos();
    while (!condition.call()) {
      assertThat(System.nanoTime()).as("%s within %s", what, atMost).isLessThan(end);
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }
}
