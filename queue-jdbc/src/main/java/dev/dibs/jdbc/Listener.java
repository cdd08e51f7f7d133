package dev.dibs.jdbc;

import dev.dibs.SetupException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears the hints of other processes and wakes who waits for them.
 *
 * <p><b>Protocol.</b> While somebody wants to be woken, a thread holds one connection that LISTENs.
 * That LISTEN succeeds means nothing: behind a pooler in transaction mode nothing ever comes, and a
 * connection can die without a word. So the listener has probes sent to itself over the ordinary
 * DataSource. From the first that comes back it {@link #hears}; until one does not, or the
 * connection is lost. It wakes after each LISTEN, for what was said before went unheard, and when
 * it ceases to hear, so that whoever relied on it looks for himself.
 */
final class Listener {
  /**
   * How often it makes sure.
   *
   * @param every how long nothing is heard before a probe is sent
   * @param within how soon one must be back
   */
  record Pace(Duration every, Duration within) {
    static final Pace USUAL = new Pace(Duration.ofSeconds(10), Duration.ofSeconds(5));
  }

  /** So soon it notices that nobody wants to be woken any more. */
  private static final int MOST_MILLIS = 500;

  private static final long FIRST_PAUSE = Duration.ofMillis(100).toNanos();
  private static final long LONGEST_PAUSE = Duration.ofSeconds(30).toNanos();
  private static final Logger log = LoggerFactory.getLogger(PostgresTaskQueue.class);

  private final String schema;
  private final DataSource direct;
  private final Pace pace;
  private final Hints hints;
  private final BooleanSupplier wanted;
  private final Runnable wakeUp;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private @Nullable Thread thread;
  private volatile boolean hears;
  private boolean complained;
  private long pause = FIRST_PAUSE;

  /**
   * Does nothing before {@link #changed}.
   *
   * @param wanted whether somebody wants to be woken
   */
  Listener(
      String schema,
      DataSource direct,
      Pace pace,
      Hints hints,
      BooleanSupplier wanted,
      Runnable wakeUp) {
    this.schema = schema;
    this.direct = direct;
    this.pace = pace;
    this.hints = hints;
    this.wanted = wanted;
    this.wakeUp = wakeUp;
  }

  /** Whether what others say is heard. */
  boolean hears() {
    return hears && wanted.getAsBoolean();
  }

  /** Somebody came who wants to be woken, or left. */
  void changed() {
    lock.lock();
    try {
      changed.signal();
      if (thread == null && wanted.getAsBoolean()) {
        Thread next = new Thread(null, this::run, "dibs-listener " + schema, 0, false);
        next.setDaemon(true);
        next.start();
        thread = next;
      }
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    while (goesOn()) {
      try {
        listen();
      } catch (SQLException | RuntimeException | Error e) {
        failed(e);
      }
      if (hears) {
        hears = false;
        wakeUp.run();
      }
      rest();
    }
  }

  /** Whether somebody still wants to be woken; if not, the thread ends. */
  private boolean goesOn() {
    lock.lock();
    try {
      boolean on = wanted.getAsBoolean();
      if (!on) {
        hears = false;
        thread = null;
      }
      return on;
    } finally {
      lock.unlock();
    }
  }

  private void failed(Throwable e) {
    if (hears) {
      log.info("queue {} - stopped hearing of other processes, listens anew: {}", schema, text(e));
    } else if (!complained) {
      complained = true;
      log.warn(
          "queue {} - does not hear of tasks of other processes and polls instead: {}",
          schema,
          text(e));
    }
    log.debug("queue {} - listening failed", schema, e);
  }

  private static String text(Throwable e) {
    return String.valueOf(e.getMessage());
  }

  private void rest() {
    lock.lock();
    try {
      long left = pause;
      while (left > 0 && wanted.getAsBoolean()) {
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      // Nobody interrupts this thread for a reason; it ends when nobody wants to be woken.
      log.debug("queue {} - interrupted while waiting", schema, e);
    } finally {
      lock.unlock();
    }
    pause = Math.min(2 * pause, LONGEST_PAUSE);
  }

  private void listen() throws SQLException {
    Connection connection = direct.getConnection();
    try {
      boolean autocommit = connection.getAutoCommit();
      connection.setAutoCommit(true);
      execute(connection, "LISTEN " + HintStatement.CHANNEL);
      wakeUp.run();
      try (Ear ear = Ear.on(connection)) {
        hear(ear);
      }
      execute(connection, "UNLISTEN " + HintStatement.CHANNEL);
      connection.setAutoCommit(autocommit);
    } catch (SQLException | RuntimeException | Error e) {
      abort(connection);
      throw e;
    } finally {
      connection.close();
    }
  }

  /** It may be dead, and a pool must not lend it again while it listens. */
  private void abort(Connection connection) {
    try {
      connection.abort(Runnable::run);
    } catch (SQLException | RuntimeException | AbstractMethodError e) {
      log.debug("queue {} - a connection could not be aborted", schema, e);
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Until nobody wants to be woken. */
  private void hear(Ear ear) throws SQLException {
    long nextProbe = System.nanoTime();
    @Nullable Probe probe = null;
    while (wanted.getAsBoolean()) {
      if (probe == null && System.nanoTime() - nextProbe >= 0) {
        probe = new Probe(schema);
        hints.send(probe);
      }
      boolean hint = false;
      boolean back = false;
      for (PGNotification said : heard(ear, probe == null ? nextProbe - System.nanoTime() : 0)) {
        if (said.getName().equals(HintStatement.CHANNEL)) {
          hint |= said.getParameter().equals(schema);
          back |= probe != null && said.getParameter().equals(probe.payload());
        }
      }
      if (back) {
        probe = null;
        hearsNow();
      }
      if (back || (hint && probe == null)) {
        nextProbe = System.nanoTime() + pace.every().toNanos();
      }
      if (hint) {
        wakeUp.run();
      }
      if (probe != null && isOverdue(probe)) {
        probe = null;
        nextProbe = System.nanoTime() + pace.every().toNanos();
      }
    }
  }

  private List<PGNotification> heard(Ear ear, long atMost) throws SQLException {
    long most = atMost > 0 ? atMost / 1_000_000 + 1 : pace.within().toMillis() / 2;
    return ear.hear((int) Math.max(1, Math.min(MOST_MILLIS, most)));
  }

  private void hearsNow() {
    pause = FIRST_PAUSE;
    complained = false;
    if (!hears) {
      hears = true;
      log.info("queue {} - hears of tasks of other processes", schema);
    }
  }

  /**
   * Whether there is no use in waiting for it any more.
   *
   * @throws SetupException if it was sent and should be back
   */
  private boolean isOverdue(Probe probe) {
    boolean late = probe.ageNanos() > pace.within().toNanos();
    if (late && probe.isSent()) {
      throw new SetupException(
          "what is said with NOTIFY over the queue's DataSource does not come back over that of"
              + " listenOn; give listenOn a DataSource that connects to the same database directly,"
              + " not through a pooler in transaction mode");
    }
    if ((late || probe.hasFailed()) && hears) {
      // The ordinary connections are in trouble, and with them all that could be heard.
      hears = false;
      wakeUp.run();
    }
    return probe.hasFailed();
  }
}
