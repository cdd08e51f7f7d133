package dev.dibs;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A background thread that makes one round after the other. It starts once; between rounds it waits
 * until it is woken or the round's own answer has passed; stop is idempotent, waits for the round
 * that is under way, and is legal before start. A round that throws is logged and made again:
 * nothing ends the thread but stop.
 */
final class Loop {
  /** What is done in a round. */
  @FunctionalInterface
  interface Round {
    /** Does it, and returns how long to wait for the next if nothing wakes the loop. */
    Duration run() throws InterruptedException;
  }

  /** Waits until woken. */
  static final Duration UNTIL_WOKEN = Duration.ofDays(3650);

  private static final Duration AFTER_BUG = Duration.ofSeconds(1);
  private static final Logger log = LoggerFactory.getLogger(Worker.class);

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final String worker;
  private final Round round;
  private final Thread thread;
  private volatile boolean woken;
  private boolean stopping;

  Loop(String worker, String name, boolean daemon, Round round) {
    this.worker = worker;
    this.round = round;
    this.thread = new Thread(this::run, worker + "-" + name);
    this.thread.setDaemon(daemon);
  }

  void start() {
    thread.start();
  }

  /** Has the next round begin at once. */
  void wake() {
    if (woken) {
      return;
    }
    lock.lock();
    try {
      woken = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Lets the round under way end and waits for it. */
  void stop() {
    lock.lock();
    try {
      stopping = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    joinUninterruptibly();
  }

  private void joinUninterruptibly() {
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    Duration pause = Duration.ZERO;
    while (await(pause)) {
      try {
        pause = round.run();
      } catch (InterruptedException e) {
        // Nobody interrupts this thread for a reason; stop() is how it ends.
        pause = Duration.ZERO;
      } catch (Throwable e) {
        log.error("{} - {} failed, goes on", worker, thread.getName(), e);
        pause = AFTER_BUG;
      }
    }
  }

  /** Whether another round is to be made. */
  private boolean await(Duration pause) {
    lock.lock();
    try {
      long left = pause.toNanos();
      while (!woken && !stopping && left > 0) {
        left = changed.awaitNanos(left);
      }
      woken = false;
      return !stopping;
    } catch (InterruptedException e) {
      return !stopping;
    } finally {
      lock.unlock();
    }
  }
}
