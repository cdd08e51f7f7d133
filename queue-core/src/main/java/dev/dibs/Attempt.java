package dev.dibs;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run of a handler: waits for its thread, runs, and ends with an update or without one. It can
 * be withdrawn before it runs, and interrupted while it does.
 */
final class Attempt implements Runnable {
  /** Where the attempt tells that it is over. */
  interface Listener {
    /** The handler has ended, or will never begin; {@code update} is null if none is to be made. */
    void ended(Attempt attempt, @Nullable ClaimUpdate update);
  }

  private enum State {
    WAITING,
    RUNNING,
    ENDED
  }

  private static final Logger log = LoggerFactory.getLogger(Worker.class);

  private final String worker;
  private final Claim claim;
  private final Handler handler;
  private final Backoff backoff;
  private final Listener listener;
  private State state = State.WAITING;
  private boolean closing;
  private @Nullable Thread thread;

  Attempt(String worker, Claim claim, Handler handler, Backoff backoff, Listener listener) {
    this.worker = worker;
    this.claim = claim;
    this.handler = handler;
    this.backoff = backoff;
    this.listener = listener;
  }

  Claim claim() {
    return claim;
  }

  @Override
  public void run() {
    boolean lost;
    synchronized (this) {
      if (state != State.WAITING) {
        return;
      }
      lost = claim.isLeaseLost();
      state = lost ? State.ENDED : State.RUNNING;
      thread = lost ? null : Thread.currentThread();
    }
    if (lost) {
      listener.ended(this, null);
      return;
    }
    @Nullable Throwable failure = null;
    try {
      handler.handle(claim);
    } catch (Throwable e) {
      failure = e;
    }
    boolean wasClosing;
    synchronized (this) {
      state = State.ENDED;
      thread = null;
      wasClosing = closing;
      // The thread may be the user's; an interrupt that was meant for this attempt ends with it.
      if (Thread.interrupted() && !closing && !claim.isLeaseLost()) {
        Thread.currentThread().interrupt();
      }
    }
    listener.ended(this, result(failure, wasClosing));
  }

  private @Nullable ClaimUpdate result(@Nullable Throwable failure, boolean wasClosing) {
    if (claim.isSettled() || claim.isLeaseLost()) {
      return null;
    }
    if (failure == null) {
      return new ClaimUpdate.Complete(claim);
    }
    if (wasClosing) {
      // It was stopped, it did not fail: the attempt is not counted.
      return new ClaimUpdate.Release(claim, Duration.ZERO);
    }
    log.debug("{} - {} failed", worker, claim, failure);
    return claim.failure(failure, backoff);
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

  /** The worker closes and its patience is over. */
  synchronized void interruptForClose() {
    closing = true;
    interrupt();
  }

  /** Somebody else has the task, or will have it. */
  synchronized void loseLease() {
    claim.loseLease();
    interrupt();
  }

  private void interrupt() {
    if (thread != null) {
      thread.interrupt();
    }
  }

  /** Whether this thread runs the handler. */
  synchronized boolean runsOn(Thread candidate) {
    return thread == candidate;
  }
}
