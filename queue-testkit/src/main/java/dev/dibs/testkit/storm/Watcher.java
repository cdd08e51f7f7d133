package dev.dibs.testkit.storm;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/**
 * A witness: looks for clients' sessions that sit idle in a transaction which has written to the
 * table or locked rows of it.
 */
final class Watcher extends Bystander {
  /** A client between two statements of one transaction may be put off for so long. */
  private static final Duration BOUND = Duration.ofMillis(100);

  private static final Duration PAUSE = Duration.ofMillis(30);

  private static final String IDLE =
      """
      SELECT pid, xact_start::text, extract(epoch FROM clock_timestamp() - state_change) * 1000
      FROM pg_stat_activity
      WHERE datname = current_database() AND state LIKE 'idle in transaction%'
        AND clock_timestamp() - state_change > ? * interval '1 ms'
      """;

  private static final String LOCKS =
      """
      SELECT EXISTS (SELECT FROM pg_locks WHERE pid = ? AND relation = ?::regclass
        AND mode IN ('RowShareLock', 'RowExclusiveLock'))
      """;

  private final History history;
  private final Set<String> seen = new HashSet<>();

  Watcher(SideDoor door, History history, Progress progress) {
    super(door, progress);
    this.history = history;
  }

  @Override
  Duration step(Connection connection) throws SQLException {
    look(connection);
    return PAUSE;
  }

  private void look(Connection connection) throws SQLException {
    long before = System.nanoTime();
    try (PreparedStatement statement = connection.prepareStatement(IDLE)) {
      statement.setLong(1, BOUND.toMillis());
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          int pid = row.getInt(1);
          boolean client = !door.isOwn(pid, before) && hasTouchedTasks(connection, pid);
          if (client && seen.add(pid + " " + row.getString(2))) {
            history.sighted(
                new History.Sighting(
                    Rule.IDLE_IN_TX,
                    history.now(),
                    Tasks.NONE,
                    String.format(
                        "session %d had been idle for %d ms in a transaction with locks on the"
                            + " tasks; the bound is %d ms",
                        pid, row.getLong(3), BOUND.toMillis())));
          }
        }
      }
    }
  }

  private boolean hasTouchedTasks(Connection connection, int pid) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(LOCKS)) {
      statement.setInt(1, pid);
      statement.setString(2, door.table());
      try (ResultSet row = statement.executeQuery()) {
        return row.next() && row.getBoolean(1);
      }
    }
  }
}
