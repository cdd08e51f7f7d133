package dev.dibs.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the workers of all processes that there are tasks, soon after they were committed.
 *
 * <p><b>Protocol.</b> A transaction that notifies keeps every other such transaction of the server
 * from committing until it is flushed, and cannot be prepared. So nothing is said in the
 * transaction of a task: a statement of its own says it, which writes nothing and so flushes
 * nothing. After an enqueue in its own transaction it is sent at once. Of a caller's transaction
 * nobody says when it commits, so it is watched: one of its tasks is looked for again and again, in
 * pauses that grow with its age, and with the statement that sees it the hint is said.
 *
 * <p><b>Manners.</b> A thread that ends when it has nothing to do borrows one connection for each
 * statement; no caller waits for it. A few statements may follow each other closely, then one each
 * 10 ms, whatever was enqueued in between. If one fails, nothing is said for a while and nobody is
 * told: workers poll.
 */
final class Hints {
  private static final long FIRST_LOOK = Duration.ofMillis(2).toNanos();
  private static final long MOST_AGE = Duration.ofSeconds(10).toNanos();
  private static final int MOST_WATCHED = 1000;
  private static final long IDLE = Duration.ofSeconds(5).toNanos();
  private static final Logger log = LoggerFactory.getLogger(PostgresTaskQueue.class);

  private final Database database;
  private final HintStatement statement;
  private final String schema;
  private final Runnable wakeUp;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<Probe> probes = new ArrayDeque<>();
  private final PriorityQueue<Watched> watched =
      new PriorityQueue<>(Comparator.comparingLong(Watched::lookAt));
  private @Nullable Thread thread;
  private boolean committed;
  private final Budget says = new Budget(Duration.ofMillis(10), 4);
  private final Budget looks = new Budget(Duration.ofMillis(4), 4);
  private final Rest rest = new Rest();

  /** A task of a transaction that may not have ended. */
  private record Watched(UUID id, long since, long lookAt) {
    static Watched from(UUID id, long now) {
      return new Watched(id, now, now + FIRST_LOOK);
    }

    boolean isOld(long now) {
      return now - since > MOST_AGE;
    }

    /** After half its age, so that a hint is late by less than a half of how long it took. */
    Watched later(long now) {
      return new Watched(id, since, now + Math.max(FIRST_LOOK, (now - since) / 2));
    }
  }

  /** What is sent on one connection. */
  private record Round(@Nullable Probe probe, boolean say, List<Watched> looked) {}

  /**
   * Has no thread before there is something to say.
   *
   * @param wakeUp called when a task that was watched was seen
   */
  Hints(Database database, HintStatement statement, String schema, Runnable wakeUp) {
    this.database = database;
    this.statement = statement;
    this.schema = schema;
    this.wakeUp = wakeUp;
  }

  /** Tasks were committed. */
  void committed() {
    lock.lock();
    try {
      if (!committed && !rests()) {
        committed = true;
        runThread();
      }
    } finally {
      lock.unlock();
    }
  }

  /** A task was written in a transaction whose end is not known. */
  void written(UUID id) {
    lock.lock();
    try {
      if (watched.size() < MOST_WATCHED && !rests()) {
        Watched task = Watched.from(id, System.nanoTime());
        watched.add(task);
        // Otherwise the thread wakes for another before it.
        if (task.equals(watched.peek())) {
          runThread();
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private boolean rests() {
    return !rest.isOver(System.nanoTime());
  }

  /** Sends it, even while nothing else is said, and says on it how that went. */
  void send(Probe probe) {
    lock.lock();
    try {
      probes.add(probe);
      runThread();
    } finally {
      lock.unlock();
    }
  }

  private void runThread() {
    changed.signal();
    if (thread == null) {
      // Without the caller's thread locals: a transaction may hang on one.
      Thread next = new Thread(null, this::run, "dibs-hints " + schema, 0, false);
      next.setDaemon(true);
      try {
        next.start();
        thread = next;
      } catch (OutOfMemoryError e) {
        // No thread is to be had, and nobody's enqueue fails for that.
        log.debug("queue {} - no thread for hints", schema, e);
        forget();
      }
    }
  }

  /** Waits for something to do; null if there was nothing for long, and then the thread ends. */
  private @Nullable Round next() {
    lock.lock();
    try {
      long idleUntil = System.nanoTime() + IDLE;
      while (true) {
        long now = System.nanoTime();
        @Nullable Probe probe = probes.poll();
        if (probe != null) {
          return new Round(probe, false, List.of());
        }
        boolean idle = !committed && watched.isEmpty();
        long left = idle ? idleUntil - now : untilDue(now);
        if (left > 0) {
          changed.awaitNanos(left);
        } else if (idle) {
          thread = null;
          return null;
        } else {
          return due(now);
        }
      }
    } catch (InterruptedException e) {
      // Nobody interrupts this thread for a reason; the next to have something to say starts one.
      forget();
      thread = null;
      return null;
    } finally {
      lock.unlock();
    }
  }

  private long untilDue(long now) {
    long say = says.left(now);
    @Nullable Watched first = watched.peek();
    return committed || first == null
        ? say
        : Math.max(Math.max(say, looks.left(now)), first.lookAt() - now);
  }

  private Round due(long now) {
    boolean say = committed;
    // Before it is said: what is committed meanwhile may come too late for it.
    committed = false;
    List<Watched> looked = new ArrayList<>();
    for (Watched first = watched.peek();
        first != null && first.lookAt() - now <= 0;
        first = watched.peek()) {
      looked.add(watched.remove());
    }
    return new Round(null, say, looked);
  }

  private void run() {
    @Nullable Round round = next();
    while (round != null) {
      try {
        Round sent = round;
        Set<UUID> seen = database.read("hint", connection -> send(connection, sent));
        done(round, seen);
        if (!seen.isEmpty()) {
          wakeUp.run();
        }
      } catch (RuntimeException | Error e) {
        log.debug("queue {} - a hint was not sent", schema, e);
        failed(round);
      }
      round = next();
    }
  }

  private Set<UUID> send(Connection connection, Round round) throws SQLException {
    @Nullable Probe probe = round.probe();
    if (probe != null) {
      statement.say(connection, probe.payload());
      probe.sent();
      return Set.of();
    }
    List<UUID> looked = round.looked().stream().map(Watched::id).toList();
    Set<UUID> seen = looked.isEmpty() ? Set.of() : statement.sayIfSeen(connection, schema, looked);
    if (round.say() && seen.isEmpty()) {
      statement.say(connection, schema);
    }
    return seen;
  }

  private void done(Round round, Set<UUID> seen) {
    if (round.probe() != null) {
      return;
    }
    long now = System.nanoTime();
    lock.lock();
    try {
      rest.succeeded();
      (round.say() || !seen.isEmpty() ? says : looks).spend(now);
      for (Watched each : round.looked()) {
        if (!seen.contains(each.id()) && !each.isOld(now)) {
          watched.add(each.later(now));
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private void failed(Round round) {
    @Nullable Probe probe = round.probe();
    lock.lock();
    try {
      if (probe != null) {
        probe.failed();
      } else {
        rest.failed(System.nanoTime());
        forget();
      }
    } finally {
      lock.unlock();
    }
  }

  private void forget() {
    committed = false;
    watched.clear();
    probes.forEach(Probe::failed);
    probes.clear();
  }
}
