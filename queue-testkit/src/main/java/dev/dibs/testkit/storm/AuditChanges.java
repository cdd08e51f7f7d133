package dev.dibs.testkit.storm;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Reads what the {@link AuditTrigger} has written. */
final class AuditChanges implements Changes {
  /** How far the two clocks may drift apart during a storm. */
  private static final Duration MARGIN = Duration.ofMillis(100);

  private static final String MICROS = "(extract(epoch FROM %s) * 1000000)::bigint";

  private final Connection connection;
  private final String table;
  private final long offsetNanos;

  /** On a connection in autocommit mode; the database's clock is compared with the history's. */
  AuditChanges(SideDoor door, Connection connection, History history) throws SQLException {
    this.connection = connection;
    this.table = door.quoted(AuditTrigger.TABLE);
    try (PreparedStatement clock =
            connection.prepareStatement("SELECT " + MICROS.formatted("clock_timestamp()"));
        ResultSet row = clock.executeQuery()) {
      row.next();
      this.offsetNanos = history.now() - row.getLong(1) * 1000 + MARGIN.toNanos();
    }
  }

  private long by(long micros) {
    return micros * 1000 + offsetNanos;
  }

  @Override
  public List<Claimed> claimedWith(UUID token) {
    String sql =
        "SELECT task, attempt, "
            + MICROS.formatted("run_at")
            + ", at < run_at, alone, "
            + MICROS.formatted("at")
            + " FROM "
            + table
            + " WHERE token = ? AND claimed ORDER BY run_at, task";
    List<Claimed> claimed = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setObject(1, token);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          claimed.add(
              new Claimed(
                  row.getObject(1, UUID.class),
                  row.getInt(2),
                  row.getLong(3),
                  row.getBoolean(4),
                  row.getBoolean(5),
                  by(row.getLong(6))));
        }
      }
      return claimed;
    } catch (SQLException e) {
      throw unreadable(e);
    }
  }

  @Override
  public Optional<Ended> ended(UUID task, UUID token) {
    String sql =
        "SELECT status = 'cancelled', "
            + MICROS.formatted("at")
            + " FROM "
            + table
            + " WHERE task = ? AND token = ? AND status <> 'processing' ORDER BY no LIMIT 1";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setObject(1, task);
      statement.setObject(2, token);
      try (ResultSet row = statement.executeQuery()) {
        return row.next()
            ? Optional.of(new Ended(row.getBoolean(1), by(row.getLong(2))))
            : Optional.empty();
      }
    } catch (SQLException e) {
      throw unreadable(e);
    }
  }

  @Override
  public Optional<Long> inserted(UUID task) {
    String sql =
        "SELECT " + MICROS.formatted("at") + " FROM " + table + " WHERE task = ? AND inserted";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setObject(1, task);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? Optional.of(by(row.getLong(1))) : Optional.empty();
      }
    } catch (SQLException e) {
      throw unreadable(e);
    }
  }

  private static IllegalStateException unreadable(SQLException e) {
    return new IllegalStateException("audit: what it wrote cannot be read", e);
  }
}
