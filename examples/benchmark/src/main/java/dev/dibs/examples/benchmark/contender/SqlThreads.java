package dev.dibs.examples.benchmark.contender;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/** Threads that each repeat a piece of SQL until all tasks are handled or they are told to end. */
final class SqlThreads implements Contender.Running {
  /** One turn of a thread: claims, handles and completes; false if there was nothing to claim. */
  interface Turn {
    boolean take() throws SQLException;
  }

  private final AtomicBoolean ended = new AtomicBoolean();
  private final List<Thread> threads = new ArrayList<>();

  static SqlThreads start(Work work, List<Turn> turns) {
    SqlThreads started = new SqlThreads();
    for (Turn turn : turns) {
      Thread thread = new Thread(() -> started.run(work, turn), "sql-" + started.threads.size());
      started.threads.add(thread);
    }
    started.threads.forEach(Thread::start);
    return started;
  }

  private void run(Work work, Turn turn) {
    try {
      while (!ended.get() && !work.allHandled()) {
        if (!turn.take()) {
          LockSupport.parkNanos(1_000_000);
        }
      }
    } catch (SQLException e) {
      throw new IllegalStateException("the SQL was refused", e);
    }
  }

  @Override
  public void finish() throws InterruptedException {
    ended.set(true);
    for (Thread thread : threads) {
      thread.join();
    }
  }

  @Override
  public void close() {
    ended.set(true);
  }
}
