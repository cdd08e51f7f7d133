package dev.dibs;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run of a handler: waits for its thread, runs, and ends with an update or without one. It can
 * be withdrawn before it runs, and interrupted while it does.
 */
final class Attempt implements Runnable {
  /** Where the attempt tells how it goes. */
  interface Listener {
    /** Whether its lease still holds, as far as can be known here. */
    boolean mayBegin(Attempt attempt);

    /** The handler has ended, or will never begin; {@code update} is null if none is to be made. */
    void ended(Attempt attempt, @Nullable ClaimUpdate update);

    /** The handler has had its time; its lease is not to be renewed any more. */
    void overtime(Attempt attempt);
  }

  private enum State {
    WAITING,
    RUNNING,
    ENDED
  }

  private static final Logger log = LoggerFactory.getLogger(Worker.class);

  private final Claim claim;
  private final Registered registered;
  private final FailureRule rule;
  private final ScheduledExecutorService timer;
  private final Listener listener;
  private final long claimedAt = System.nanoTime();
  private State state = State.WAITING;
  private boolean interrupted;
  private volatile boolean begun;
  private volatile long begunAt;
  private volatile boolean closing;
  private volatile boolean overtime;
  private @Nullable Thread thread;
  private @Nullable Future<?> alarm;

  Attempt(
      Claim claim,
      Registered registered,
      FailureRule rule,
      ScheduledExecutorService timer,
      Listener listener) {
    this.claim = claim;
    this.registered = registered;
    this.rule = rule;
    this.timer = timer;
    this.listener = listener;
  }

  Claim claim() {
    return claim;
  }

  /** By {@link System#nanoTime}. */
  long claimedAt() {
    return claimedAt;
  }

  /** Whether its handler was called. */
  boolean hasBegun() {
    return begun;
  }

  /** When it was called, by {@link System#nanoTime}. */
  long begunAt() {
    return begunAt;
  }

  @Override
  public void run() {
    if (!begin()) {
      return;
    }
    @Nullable Throwable failure = null;
    try {
      registered.options().timeout().ifPresent(timeout -> alarm(timeout, this::timeOut));
      registered.handler().handle(claim);
    } catch (Throwable e) {
      failure = e;
    }
    end();
    listener.ended(this, result(failure));
  }

  private boolean begin() {
    boolean mayBegin = listener.mayBegin(this);
    synchronized (this) {
      if (state == State.WAITING && mayBegin && !claim.isLeaseLost() && !claim.isCancelled()) {
        state = State.RUNNING;
        begunAt = System.nanoTime();
        begun = true;
        thread = Thread.currentThread();
        return true;
      }
    }
    withdraw();
    return false;
  }

  private synchronized void end() {
    state = State.ENDED;
    if (alarm != null) {
      alarm.cancel(false);
    }
    // The thread may be the user's; an interrupt that was meant for this attempt ends with it.
    if (Thread.interrupted() && !interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private @Nullable ClaimUpdate result(@Nullable Throwable failure) {
    if (claim.isSettled() || claim.isLeaseLost()) {
      return null;
    }
    if (failure == null) {
      return claim.isCompletedIn() ? unlessCommitted() : new ClaimUpdate.Complete(claim);
    }
    if (overtime) {
      TimeoutException late =
          new TimeoutException("timed out after " + registered.options().timeout().orElseThrow());
      late.initCause(failure);
      return rule.update(claim, late);
    }
    if (closing) {
      // It was stopped, it did not fail: the attempt is not counted.
      return new ClaimUpdate.Release(claim, Duration.ZERO);
    }
    // Its message may hold what describeErrors takes out, or may not even be readable.
    log.debug("{} - {} failed: {}", rule.worker(), claim, failure.getClass().getName());
    return rule.update(claim, failure);
  }

  /**
   * Whether the transaction of completeIn has committed is the row's to know: if it has, this
   * update is refused. Mostly it has, so nobody is asked about a failure.
   */
  private ClaimUpdate unlessCommitted() {
    String text = "completeIn was not committed";
    return claim.failure(
        text, RetryPolicy.standard().delayAfter(claim.attempt(), new IllegalStateException(text)));
  }

  /** Gives the task back if its handler has not begun. */
  void withdraw() {
    synchronized (this) {
      if (state != State.WAITING) {
        return;
      }
      state = State.ENDED;
    }
    listener.ended(
        this, claim.isLeaseLost() ? null : new ClaimUpdate.Release(claim, Duration.ZERO));
  }

  /** What comes after its handler has failed; its lease is left to expire. */
  void abandon(Throwable failure) {
    log.error("{} - cannot end {}; its lease is left to expire", rule.worker(), claim, failure);
    listener.ended(this, null);
  }

  /** The worker closes and its patience is over. */
  synchronized void interruptForClose() {
    closing = state == State.RUNNING;
    interrupt();
  }

  /** Somebody else has the task, or will have it. */
  synchronized void loseLease() {
    claim.loseLease();
    interrupt();
  }

  /** Nobody wants the task done any more; a handler that does not look is interrupted later. */
  synchronized void cancel(Duration patience) {
    claim.cancel();
    if (state == State.RUNNING) {
      alarm(patience, this::interrupt);
    }
  }

  private void timeOut() {
    synchronized (this) {
      if (state != State.RUNNING) {
        return;
      }
      overtime = true;
      interrupt();
    }
    log.warn(
        "{} - {} timed out, interrupts its handler and renews its lease no more",
        rule.worker(),
        claim);
    listener.overtime(this);
  }

  private synchronized void alarm(Duration delay, Runnable action) {
    if (alarm != null) {
      alarm.cancel(false);
    }
    alarm = timer.schedule(action, delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  private synchronized void interrupt() {
    if (state == State.RUNNING && thread != null) {
      interrupted = true;
      thread.interrupt();
    }
  }

  /** Whether this thread runs the handler, or what is asked about its failure. */
  synchronized boolean runsOn(Thread candidate) {
    return thread == candidate;
  }
}
