package dev.dibs.testkit.storm;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** What the clients of a storm tell each other: which tasks are finished, and when to stop. */
final class Progress {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Condition advanced = lock.newCondition();
  private final Condition ended = lock.newCondition();
  private final AtomicIntegerArray finishedBits;
  private final int tasks;
  private int finished;
  private int passedOver;
  private long arrivals;
  private volatile boolean over;
  private volatile boolean aborted;
  private @Nullable Throwable failure;

  Progress(int tasks) {
    this.tasks = tasks;
    this.finishedBits = new AtomicIntegerArray(tasks / 32 + 1);
  }

  /** Whether all tasks are finished or the storm was ended. */
  boolean isOver() {
    return over;
  }

  /** Whether the storm was ended before all tasks were finished. */
  boolean isAborted() {
    return aborted;
  }

  /** Notes that a task is finished; a second time is no progress. */
  void finished(int task) {
    if (isFirst(task)) {
      lock.lock();
      try {
        finished++;
        advanced();
      } finally {
        lock.unlock();
      }
    }
  }

  /** Notes that a task is over because it was never enqueued: another has its key. */
  void passedOver(int task) {
    if (isFirst(task)) {
      lock.lock();
      try {
        passedOver++;
        advanced();
      } finally {
        lock.unlock();
      }
    }
  }

  private boolean isFirst(int task) {
    int bit = 1 << task;
    return (finishedBits.getAndUpdate(task / 32, bits -> bits | bit) & bit) == 0;
  }

  private void advanced() {
    if (done() >= tasks) {
      over = true;
      work.signalAll();
      ended.signalAll();
    }
    advanced.signalAll();
  }

  private int done() {
    return finished + passedOver;
  }

  /**
   * Notes that so many are finished, beside those passed over, if these are more than before;
   * whether they are.
   */
  boolean advance(int count) {
    lock.lock();
    try {
      boolean more = count > finished;
      if (more) {
        finished = count;
        advanced();
      }
      return more;
    } finally {
      lock.unlock();
    }
  }

  /** Lets the clients finish what they hold and take nothing more. */
  void stop() {
    lock.lock();
    try {
      over = true;
      work.signalAll();
      advanced.signalAll();
      ended.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Ends the storm because nothing is finished any more. */
  void giveUp() {
    lock.lock();
    try {
      end();
    } finally {
      lock.unlock();
    }
  }

  /** Wakes who waits for work. */
  void workArrived() {
    lock.lock();
    try {
      arrivals++;
      work.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until work arrives or this time is over. */
  void awaitWork(long millis) throws InterruptedException {
    lock.lock();
    try {
      long seen = arrivals;
      long left = TimeUnit.MILLISECONDS.toNanos(millis);
      while (!over && arrivals == seen && left > 0) {
        left = work.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Waits this long, or until the storm is ended before all tasks are finished. */
  void awaitAbort(long nanos) throws InterruptedException {
    lock.lock();
    try {
      long left = nanos;
      while (left > 0 && !aborted) {
        left = ended.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Waits this long, or until the storm is over. */
  void awaitOver(Duration time) throws InterruptedException {
    lock.lock();
    try {
      long left = time.toNanos();
      while (left > 0 && !over) {
        left = ended.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  int finishedPercent() {
    lock.lock();
    try {
      return (int) (100L * done() / tasks);
    } finally {
      lock.unlock();
    }
  }

  /** Waits until this many tasks are finished; false if the storm was ended before. */
  boolean awaitFinished(int count) throws InterruptedException {
    lock.lock();
    try {
      while (done() < count && !aborted) {
        advanced.await();
      }
      return !aborted;
    } finally {
      lock.unlock();
    }
  }

  /** Waits for the end, and ends the storm itself if nothing is finished for this long. */
  void awaitEnd(Duration stuckAfter) throws InterruptedException {
    lock.lock();
    try {
      while (!over) {
        int before = done();
        long left = stuckAfter.toNanos();
        while (!over && done() == before && left > 0) {
          left = advanced.awaitNanos(left);
        }
        if (!over && done() == before) {
          end();
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /** Ends the storm because a client cannot go on. */
  void abort(Throwable cause) {
    lock.lock();
    try {
      if (failure == null) {
        failure = cause;
      }
      end();
    } finally {
      lock.unlock();
    }
  }

  private void end() {
    aborted = true;
    over = true;
    work.signalAll();
    advanced.signalAll();
    ended.signalAll();
  }

  @Nullable Throwable failure() {
    lock.lock();
    try {
      return failure;
    } finally {
      lock.unlock();
    }
  }
}
