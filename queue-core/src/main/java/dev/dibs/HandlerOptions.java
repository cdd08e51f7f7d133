package dev.dibs;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How a worker treats the tasks of one type; see {@link Worker#register(String, Handler,
 * HandlerOptions)}.
 *
 * <pre>{@code
 * worker.register("send_email", handler,
 *     HandlerOptions.standard().retry(RetryPolicy.fixed(Duration.ofMinutes(1)).atMost(5))
 *         .timeout(Duration.ofSeconds(30)));
 * }</pre>
 *
 * <p>Thread-safe: immutable.
 *
 * @param retry what happens after a failed attempt; empty: as the worker's own policy says
 * @param timeout how long an attempt may take, 1 ms to 30 days; empty: as long as it likes. When it
 *     is over, the handler is interrupted and the attempt fails if it throws; if it does not end,
 *     its lease is not renewed any more and others may take the task
 * @param concurrency how many handlers of the type run at a time in this worker at most, 1 to
 *     100,000; empty: as many as the worker has slots. Other workers have limits of their own
 */
public record HandlerOptions(
    Optional<RetryPolicy> retry, Optional<Duration> timeout, OptionalInt concurrency) {
  private static final HandlerOptions STANDARD =
      new HandlerOptions(Optional.empty(), Optional.empty(), OptionalInt.empty());

  /**
   * Checks the parts.
   *
   * @throws InvalidInputException if one is null or outside its bound
   */
  public HandlerOptions {
    Check.present("retry", retry);
    Check.present("timeout", timeout)
        .ifPresent(
            value -> Check.range("timeout", value, Duration.ofMillis(1), Duration.ofDays(30)));
    Check.present("concurrency", concurrency)
        .ifPresent(value -> Check.range("concurrency", value, 1, 100_000));
  }

  /** The worker's own retry policy, no timeout and no limit but the worker's slots. */
  public static HandlerOptions standard() {
    return STANDARD;
  }

  /** The same with this policy. */
  public HandlerOptions retry(RetryPolicy retry) {
    return new HandlerOptions(Optional.of(Check.present("retry", retry)), timeout, concurrency);
  }

  /** The same with this timeout. */
  public HandlerOptions timeout(Duration timeout) {
    return new HandlerOptions(retry, Optional.of(Check.present("timeout", timeout)), concurrency);
  }

  /** The same with at most this many handlers at a time, 1 to 100,000. */
  public HandlerOptions concurrency(int concurrency) {
    return new HandlerOptions(retry, timeout, OptionalInt.of(concurrency));
  }
}
