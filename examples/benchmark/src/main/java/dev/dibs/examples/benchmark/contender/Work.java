package dev.dibs.examples.benchmark.contender;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** What a handler does: it counts itself, and some take their time. */
public final class Work {
  private final @Nullable Tally tally;
  private final int longEvery;
  private final long longNanos;

  private Work(@Nullable Tally tally, int longEvery, long longNanos) {
    this.tally = tally;
    this.longEvery = longEvery;
    this.longNanos = longNanos;
  }

  /** None: for what only enqueues. */
  static Work none() {
    return new Work(null, 0, 0);
  }

  /** Handlers that return at once. */
  public static Work counting(Tally tally) {
    return new Work(tally, 0, 0);
  }

  /** Of so many handlers one waits so long; the others return at once. */
  public static Work mixed(Tally tally, int longEvery, long longMillis) {
    return new Work(tally, longEvery, TimeUnit.MILLISECONDS.toNanos(longMillis));
  }

  void handle(String payload) {
    int number = Payload.number(payload);
    tally().handled(number);
    if (longEvery > 0 && number % longEvery == 0) {
      long end = System.nanoTime() + longNanos;
      for (long left = longNanos; left > 0; left = end - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
    }
  }

  Tally tally() {
    if (tally == null) {
      throw new IllegalStateException("nothing is to be handled here");
    }
    return tally;
  }

  boolean allHandled() {
    return tally().handled() >= tally().tasks();
  }

  /** Waits until as many tasks are completed as were handled, for contenders that count them. */
  void awaitCompletions() throws InterruptedException {
    while (tally().completions() < tally().handled() + tally().duplicates()) {
      LockSupport.parkNanos(200_000);
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
    }
  }

  /** To be called once everything that this process handled is completed. */
  public void finished() {
    tally().finished();
  }
}
