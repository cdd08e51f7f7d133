package dev.dibs.testkit.storm;

import java.sql.Connection;
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
final class Injector extends Bystander {
  private static final int WARM_UP = 10;
  private static final int ENOUGH = 70;
  private static final Duration WARM_UP_AT_MOST = Duration.ofSeconds(2);
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(2);

  /** Those that work come first: they are the ones whose answers are lost. */
  private static final String SESSIONS =
      """
      SELECT pid, query FROM pg_stat_activity
      WHERE datname = current_database() AND backend_type = 'client backend'
      ORDER BY state <> 'active', pid
      """;

  private final Settings settings;
  private final Faults faults;
  private final SplittableRandom random;
  private final Pattern ours;
  private final long begun = System.nanoTime();
  private long turnedOn;

  Injector(SideDoor door, Settings settings, Faults faults, Progress progress) {
    super(door, progress);
    this.settings = settings;
    this.faults = faults;
    this.random = new SplittableRandom(settings.seed * 31 - 1);
    // Functions of the schema use the table too: most claims are calls of one.
    String inSchema = "(?<!\\w)\"?" + Pattern.quote(door.schema()) + "\"?\\.";
    this.ours = Pattern.compile(inSchema + "|(?<![.\\w\"])tasks\\b");
  }

  @Override
  Duration step(Connection connection) throws SQLException {
    long now = System.nanoTime();
    if (turnedOn == 0
        && (progress.finishedPercent() >= WARM_UP || isOver(begun, WARM_UP_AT_MOST))) {
      turnedOn = now;
      faults.turn(true);
    } else if (faults.isOn()
        && (progress.finishedPercent() >= ENOUGH || isOver(turnedOn, settings.faultsFor))) {
      faults.turn(false);
    }
    if (!faults.isOn()) {
      return BETWEEN_LOOKS;
    }
    inject(connection);
    return Duration.ofMillis(10 + random.nextInt(50));
  }

  private static boolean isOver(long since, Duration time) {
    return System.nanoTime() - since >= time.toNanos();
  }

  private void inject(Connection connection) throws SQLException {
    boolean terminates = faults.has(Fault.TERMINATED_SESSION);
    boolean pauses = faults.has(Fault.PAUSED_CLAIMER);
    int victim = random.nextInt(1 << 20);
    if (terminates && (!pauses || random.nextBoolean())) {
      terminate(connection, victim);
    } else if (pauses) {
      faults.pause(victim % settings.claimers);
    }
  }

  private void terminate(Connection connection, int victim) throws SQLException {
    List<Integer> pids = clients(connection);
    if (pids.isEmpty()) {
      return;
    }
    try (PreparedStatement kill = connection.prepareStatement("SELECT pg_terminate_backend(?)")) {
      kill.setInt(1, pids.get(victim % ((pids.size() + 1) / 2)));
      try (ResultSet row = kill.executeQuery()) {
        row.next();
        if (row.getBoolean(1)) {
          faults.happened(Fault.TERMINATED_SESSION);
        }
      }
    }
  }

  private List<Integer> clients(Connection connection) throws SQLException {
    long before = System.nanoTime();
    List<Integer> pids = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(SESSIONS);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        int pid = rows.getInt(1);
        String query = rows.getString(2);
        if (query != null && ours.matcher(query).find() && !door.isOwn(pid, before)) {
          pids.add(pid);
        }
      }
    }
    return pids;
  }
}
