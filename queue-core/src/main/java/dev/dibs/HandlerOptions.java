package dev.dibs;

import java.time.Duration;
import java.util.Optional;

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
 */
public record HandlerOptions(Optional<RetryPolicy> retry, Optional<Duration> timeout) {
  private static final HandlerOptions STANDARD =
      new HandlerOptions(Optional.empty(), Optional.empty());

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
  }

  /** The worker's own retry policy and no timeout. */
  public static HandlerOptions standard() {
    return STANDARD;
  }

  /** The same with this policy. */
  public HandlerOptions retry(RetryPolicy retry) {
    return new HandlerOptions(Optional.of(Check.present("retry", retry)), timeout);
  }

  /** The same with this timeout. */
  public HandlerOptions timeout(Duration timeout) {
    return new HandlerOptions(retry, Optional.of(Check.present("timeout", timeout)));
  }
}
