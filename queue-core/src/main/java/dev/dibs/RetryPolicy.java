package dev.dibs;

import java.time.Duration;
import java.util.Optional;

/**
 * Decides after a failed attempt how long the task waits for its next one, or that there shall be
 * none. A lambda makes one of one's own; the factories make the usual ones, and {@link #atMost} and
 * {@link #failAtOnceOn} narrow any of them.
 *
 * <pre>{@code
 * RetryPolicy.exponential(Duration.ofSeconds(1), Duration.ofMinutes(10))
 *     .atMost(5)
 *     .failAtOnceOn(IllegalArgumentException.class)
 * }</pre>
 *
 * <p>Whatever it says, a task is {@link Status#FAILED} when its own attempts ({@link
 * NewTask#maxAttempts}) are used up.
 *
 * <p>Must be thread-safe; those made here are immutable.
 */
@FunctionalInterface
public interface RetryPolicy {
  /**
   * The wait before the next attempt, zero to 3650 days; empty if the task shall fail for good. If
   * this throws, or answers null or a wait outside the bound, the worker logs it and does as {@link
   * #standard()} says.
   *
   * @param attempt the attempt that failed, from 1
   * @param error what its handler threw
   */
  Optional<Duration> delayAfter(int attempt, Throwable error);

  /** Exponential from 1 s to 1 h; what a worker uses unless told otherwise. */
  static RetryPolicy standard() {
    return Exponential.STANDARD;
  }

  /**
   * Exponential with jitter: after attempt <i>n</i> the wait is {@code first × 2^(n-1)}, at most
   * {@code max}, less a random part of up to a half, so that tasks that failed together do not come
   * back together.
   *
   * @param first 1 ms to 3650 days
   * @param max not less than {@code first}, at most 3650 days
   * @throws InvalidInputException if one is null or outside its bound
   */
  static RetryPolicy exponential(Duration first, Duration max) {
    Check.range("exponential first", first, Duration.ofMillis(1), Check.MAX_DELAY);
    Check.range("exponential max", max, first, Check.MAX_DELAY);
    return new Exponential(first, max);
  }

  /**
   * Always the same wait.
   *
   * @param delay zero to 3650 days
   * @throws InvalidInputException if it is null or outside its bound
   */
  static RetryPolicy fixed(Duration delay) {
    Check.delay("fixed delay", delay);
    return described("fixed " + delay, (attempt, error) -> Optional.of(delay));
  }

  /** No second attempt. */
  static RetryPolicy never() {
    return described("never", (attempt, error) -> Optional.empty());
  }

  /**
   * This policy, but the task fails for good after so many attempts.
   *
   * @param attempts 1 to 1000
   * @throws InvalidInputException if it is outside its bound
   */
  default RetryPolicy atMost(int attempts) {
    Check.range("atMost attempts", attempts, 1, 1000);
    return described(
        this + " at most " + attempts,
        (attempt, error) ->
            attempt < attempts ? delayAfter(attempt, error) : Optional.<Duration>empty());
  }

  /**
   * This policy, but an exception of this class, or with one as a cause, fails the task for good.
   *
   * @throws InvalidInputException if it is null
   */
  default RetryPolicy failAtOnceOn(Class<? extends Throwable> kind) {
    Check.present("failAtOnceOn", kind);
    return described(
        this + " fails at once on " + kind.getSimpleName(),
        (attempt, error) -> {
          Throwable cause = error;
          // A chain of causes may be a circle; nobody reads one this long.
          for (int depth = 0; cause != null && depth < 100; depth++) {
            if (kind.isInstance(cause)) {
              return Optional.empty();
            }
            cause = cause.getCause();
          }
          return delayAfter(attempt, error);
        });
  }

  private static RetryPolicy described(String description, RetryPolicy policy) {
    return new RetryPolicy() {
      @Override
      public Optional<Duration> delayAfter(int attempt, Throwable error) {
        return policy.delayAfter(attempt, error);
      }

      @Override
      public String toString() {
        return description;
      }
    };
  }
}
