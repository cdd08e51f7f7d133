package dev.dibs;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One attempt on the thread of its caller, with the rules of a worker and none of its threads: what
 * is renewed, interrupted and timed out is the timer's to do.
 */
final class InlineRun implements Attempt.Listener {
  private static final Logger log = LoggerFactory.getLogger(Worker.class);

  private final String worker;
  private final Duration lease;
  private final ScheduledExecutorService timer;
  private @Nullable Future<?> renewal;
  private boolean stopped;
  private @Nullable ClaimUpdate update;

  InlineRun(String worker, Duration lease, ScheduledExecutorService timer) {
    this.worker = worker;
    this.lease = lease;
    this.timer = timer;
  }

  Optional<ClaimUpdate> run(Claim claim, Registered registered, FailureRule rule) {
    Attempt attempt = new Attempt(claim, registered, rule, timer, this);
    renewLater(attempt);
    try {
      attempt.run();
    } finally {
      stopRenewing();
    }
    return Optional.ofNullable(update);
  }

  @Override
  public boolean mayBegin(Attempt attempt) {
    return true;
  }

  @Override
  public void ended(Attempt attempt, @Nullable ClaimUpdate update) {
    this.update = update;
  }

  @Override
  public void overtime(Attempt attempt) {
    stopRenewing();
  }

  private synchronized void renewLater(Attempt attempt) {
    if (!stopped) {
      renewal = timer.schedule(() -> renew(attempt), lease.toNanos() / 3, TimeUnit.NANOSECONDS);
    }
  }

  private synchronized void stopRenewing() {
    stopped = true;
    if (renewal != null) {
      renewal.cancel(false);
    }
  }

  private void renew(Attempt attempt) {
    Claim claim = attempt.claim();
    Outcome outcome;
    try {
      outcome = claim.renew(lease);
    } catch (DibsException e) {
      log.warn(
          "{} - cannot renew the lease of {}, keeps trying: {}", worker, claim, e.getMessage());
      renewLater(attempt);
      return;
    }
    // One that its handler has settled holds no lease any more.
    if (outcome == Outcome.APPLIED) {
      renewLater(attempt);
    } else if (!claim.isSettled() && !claim.isCompletedIn()) {
      refused(attempt, outcome);
    }
  }

  private void refused(Attempt attempt, Outcome outcome) {
    if (outcome == Outcome.CANCELLED) {
      attempt.cancel(lease.dividedBy(9));
    } else {
      attempt.loseLease();
    }
  }
}
