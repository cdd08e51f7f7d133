package dev.dibs;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How long a task waits after a failed attempt: exponential with jitter. After attempt <i>n</i> it
 * is {@code first × 2^(n-1)}, at most {@code max}, less a random part of up to a half, so that
 * tasks that failed together do not come back together.
 *
 * <p>Thread-safe: immutable.
 */
public final class Backoff {
  private static final Backoff STANDARD = new Backoff(Duration.ofSeconds(1), Duration.ofHours(1));

  private final Duration first;
  private final Duration max;

  private Backoff(Duration first, Duration max) {
    this.first = first;
    this.max = max;
  }

  /** From 1 s to 1 h; what a worker uses unless told otherwise. */
  public static Backoff standard() {
    return STANDARD;
  }

  /**
   * From {@code first} after the first failed attempt, doubling up to {@code max}.
   *
   * @param first 1 ms to 3650 days
   * @param max not less than {@code first}, at most 3650 days
   * @throws InvalidInputException if one is null or outside its bound
   */
  public static Backoff exponential(Duration first, Duration max) {
    Check.range("backoff first", first, Duration.ofMillis(1), Check.MAX_DELAY);
    Check.range("backoff max", max, first, Check.MAX_DELAY);
    return new Backoff(first, max);
  }

  /** The wait after this attempt; a random value between a half and the whole of the bound. */
  Duration delay(int attempt) {
    int doublings = Math.min(Math.max(attempt, 1) - 1, 62);
    long whole = max.toMillis();
    if (first.toMillis() <= whole >> doublings) {
      whole = first.toMillis() << doublings;
    }
    return Duration.ofMillis(ThreadLocalRandom.current().nextLong(whole / 2, whole + 1));
  }

  @Override
  public String toString() {
    return first + " doubling to " + max;
  }
}
