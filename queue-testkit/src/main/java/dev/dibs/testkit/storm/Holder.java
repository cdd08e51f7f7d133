package dev.dibs.testkit.storm;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;

/**
 * A witness: locks the row of a due task for a moment and asks the server who waits behind it.
 *
 * <p>Claims must skip it, and nothing else of a queue touches a row that was never claimed: so
 * whoever waits is a claim that blocks. It is locked by its id, for a search could lock rows that
 * it then does not return.
 */
final class Holder extends Bystander {
  private static final int LOOKS = 8;
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(5);

  private final Settings settings;
  private final History history;
  private final Faults faults;
  private final SplittableRandom random;

  Holder(SideDoor door, Settings settings, History history, Faults faults, Progress progress) {
    super(door, progress);
    this.settings = settings;
    this.history = history;
    this.faults = faults;
    this.random = new SplittableRandom(settings.seed * 31 - 2);
  }

  @Override
  Duration step(Connection connection) throws SQLException, InterruptedException {
    if (!faults.isOn()) {
      return Duration.ofMillis(2);
    }
    connection.setAutoCommit(false);
    Optional<UUID> id = find(connection);
    int task = id.map(history.tasks()::indexOf).orElse(Tasks.NONE);
    if (task >= 0) {
      hold(connection, id.orElseThrow(), task);
    }
    connection.setAutoCommit(true);
    return Duration.ofMillis(1 + random.nextInt(10));
  }

  /** The first of a lane: every claim from there meets it. */
  private Optional<UUID> find(Connection connection) throws SQLException {
    String sql =
        "SELECT id FROM "
            + door.table()
            + " WHERE live AND hashtext(queue) = hashtext('default') AND hashtext(type) = hashtext(?)"
            + " AND priority = ? AND queue = 'default' AND type = ?"
            + " AND status = 'pending' AND attempt = 0 AND run_at <= clock_timestamp()"
            + " ORDER BY run_at, id LIMIT 1";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      int priority = random.nextInt(settings.priorities.size());
      String type = settings.types.get(random.nextInt(settings.types.size()));
      statement.setString(1, type);
      statement.setInt(2, settings.priorities.get(priority).rank());
      statement.setString(3, type);
      try (ResultSet rows = statement.executeQuery()) {
        return rows.next() ? Optional.of(rows.getObject(1, UUID.class)) : Optional.empty();
      }
    } finally {
      connection.rollback();
    }
  }

  private void hold(Connection connection, UUID id, int task)
      throws SQLException, InterruptedException {
    Track track = history.holder();
    int op = track.invokeHold(task, history.now());
    try {
      if (lock(connection, id)) {
        faults.happened(Fault.HELD_ROW);
        watch(connection, task);
      }
    } finally {
      connection.rollback();
      track.returned(op, history.now(), Answer.OK);
    }
  }

  private boolean lock(Connection connection, UUID id) throws SQLException {
    String sql =
        "SELECT FROM "
            + door.table()
            + " WHERE id = ? AND status = 'pending' AND attempt = 0 FOR UPDATE SKIP LOCKED";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setObject(1, id);
      try (ResultSet rows = statement.executeQuery()) {
        return rows.next();
      }
    }
  }

  private void watch(Connection connection, int task) throws SQLException, InterruptedException {
    String sql =
        """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'
          AND wait_event IN ('transactionid', 'tuple')
          AND CASE WHEN wait_event_type = 'Lock'
              THEN pg_backend_pid() = ANY (pg_blocking_pids(pid)) END
        """;
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int look = 0; look < LOOKS && !progress.isOver(); look++) {
        progress.awaitOver(BETWEEN_LOOKS);
        refresh(connection);
        try (ResultSet row = statement.executeQuery()) {
          row.next();
          if (row.getInt(1) > 0) {
            String who = row.getInt(1) + " session" + (row.getInt(1) == 1 ? "" : "s");
            history.sighted(
                new History.Sighting(
                    Rule.BLOCKED,
                    history.now(),
                    task,
                    who + " waited behind its locked row, which nobody had claimed; claims skip"));
            return;
          }
        }
      }
    }
  }

  /** A transaction sees the sessions as they were when it first asked. */
  private static void refresh(Connection connection) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("SELECT pg_stat_clear_snapshot()")) {
      statement.executeQuery().close();
    }
  }
}
