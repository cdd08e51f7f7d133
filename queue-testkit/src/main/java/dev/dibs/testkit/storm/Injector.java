package dev.dibs.testkit.storm;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Pattern;

/**
 * Turns the faults of a storm on and off, and does those that come in turns: ends sessions, and
 * asks claimers to pause. What happens when and to whom is up to the seed; which session is the
 * third is up to the server.
 */
final class Injector implements Runnable {
  private static final int WARM_UP = 10;
  private static final int ENOUGH = 70;
  private static final Duration WARM_UP_AT_MOST = Duration.ofSeconds(2);

  /** Those that work come first: they are the ones whose answers are lost. */
  private static final String SESSIONS =
      """
      SELECT pid, query FROM pg_stat_activity
      WHERE datname = current_database() AND backend_type = 'client backend'
      ORDER BY state <> 'active', pid
      """;

  private final SideDoor door;
  private final Settings settings;
  private final Faults faults;
  private final Progress progress;
  private final SplittableRandom random;
  private final Pattern ours;

  Injector(SideDoor door, Settings settings, Faults faults, Progress progress) {
    this.door = door;
    this.settings = settings;
    this.faults = faults;
    this.progress = progress;
    this.random = new SplittableRandom(settings.seed * 31 - 1);
    String qualified = "\"?" + Pattern.quote(door.schema()) + "\"?\\.\"?tasks\\b";
    this.ours = Pattern.compile(qualified + "|(?<![.\\w\"])tasks\\b");
  }

  @Override
  public void run() {
    try {
      awaitShare(WARM_UP, WARM_UP_AT_MOST);
      faults.turn(true);
      long end = System.nanoTime() + settings.faultsFor.toNanos();
      while (System.nanoTime() - end < 0
          && !progress.isOver()
          && progress.finishedPercent() < ENOUGH) {
        inject();
        progress.awaitOver(Duration.ofMillis(20 + random.nextInt(60)));
      }
    } catch (InterruptedException e) {
      progress.abort(e);
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      progress.abort(e);
    } finally {
      faults.turn(false);
    }
  }

  private void awaitShare(int percent, Duration atMost) throws InterruptedException {
    long end = System.nanoTime() + atMost.toNanos();
    while (!progress.isOver()
        && progress.finishedPercent() < percent
        && System.nanoTime() - end < 0) {
      progress.awaitOver(Duration.ofMillis(2));
    }
  }

  private void inject() {
    boolean terminates = faults.has(Fault.TERMINATED_SESSION);
    boolean pauses = faults.has(Fault.PAUSED_CLAIMER);
    int victim = random.nextInt(1 << 20);
    if (terminates && (!pauses || random.nextBoolean())) {
      terminate(victim);
    } else if (pauses) {
      faults.pause(victim % settings.claimers);
    }
  }

  private void terminate(int victim) {
    long before = System.nanoTime();
    try (SideDoor.Session session = door.open();
        PreparedStatement statement = session.connection().prepareStatement(SESSIONS);
        PreparedStatement kill =
            session.connection().prepareStatement("SELECT pg_terminate_backend(?)")) {
      List<Integer> pids = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          String query = rows.getString(2);
          int pid = rows.getInt(1);
          if (query != null && ours.matcher(query).find() && !door.isOwn(pid, before)) {
            pids.add(pid);
          }
        }
      }
      if (!pids.isEmpty()) {
        kill.setInt(1, pids.get(victim % Math.max(1, (pids.size() + 1) / 2)));
        try (ResultSet row = kill.executeQuery()) {
          row.next();
          if (row.getBoolean(1)) {
            faults.happened(Fault.TERMINATED_SESSION);
          }
        }
      }
    } catch (SQLException e) {
      refused(e);
    }
  }

  /** A role that may not end sessions can never do it; what else there is passes. */
  private static void refused(SQLException e) {
    if ("42501".equals(e.getSQLState())) {
      throw new IllegalStateException(
          "faults: the role of database(…) may not end the clients' sessions", e);
    }
  }
}
