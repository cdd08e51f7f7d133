package dev.dibs;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a failed attempt leads to, and what is kept of it. Policy and description are the user's; a
 * mistake in them costs no task.
 */
record FailureRule(String worker, RetryPolicy policy, Function<Throwable, String> describe) {
  private static final Logger log = LoggerFactory.getLogger(Worker.class);

  ClaimUpdate update(Claim claim, Throwable failure) {
    return claim.failure(text(claim, failure), delay(claim, failure));
  }

  private String text(Claim claim, Throwable failure) {
    try {
      return Check.present("answer", describe.apply(failure));
    } catch (RuntimeException | Error e) {
      log.warn(
          "{} - describeErrors failed for {}, keeps the exception's class only: {}",
          worker,
          claim,
          e.getClass().getName());
      return failure.getClass().getName();
    }
  }

  private Optional<Duration> delay(Claim claim, Throwable failure) {
    try {
      Optional<Duration> delay =
          Check.present("answer", policy.delayAfter(claim.attempt(), failure));
      delay.ifPresent(value -> Check.delay("delay", value));
      return delay;
    } catch (RuntimeException | Error e) {
      log.warn(
          "{} - the retry policy failed for {}, uses the standard one: {}",
          worker,
          claim,
          e.getClass().getName());
      return RetryPolicy.standard().delayAfter(claim.attempt(), failure);
    }
  }
}
