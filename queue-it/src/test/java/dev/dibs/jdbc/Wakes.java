package dev.dibs.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Counts how often it was called, and lets a test wait for that. */
final class Wakes implements Runnable {
  private final Semaphore calls = new Semaphore(0);

  @Override
  public void run() {
    calls.release();
  }

  /** Waits for as many calls and takes them away. */
  void await(int count) throws InterruptedException {
    assertThat(calls.tryAcquire(count, 30, TimeUnit.SECONDS)).as("%d wake-ups", count).isTrue();
  }

  /** How many came since the last that were taken away. */
  int count() {
    return calls.availablePermits();
  }

  /** Forgets those that came. */
  void forget() {
    calls.drainPermits();
  }
}
