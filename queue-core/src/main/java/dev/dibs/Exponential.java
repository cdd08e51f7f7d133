package dev.dibs;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/** See {@link RetryPolicy#exponential}. */
record Exponential(Duration first, Duration max) implements RetryPolicy {
  static final Exponential STANDARD = new Exponential(Duration.ofSeconds(1), Duration.ofHours(1));

  @Override
  public Optional<Duration> delayAfter(int attempt, Throwable error) {
    return Optional.of(delay(attempt));
  }

  /** A random value between a half and the whole of the bound. */
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
