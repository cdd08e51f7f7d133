package dev.dibs.examples.benchmark.contender;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.postgresql.PGStatement;

/** One lane, claimed from and completed by one thread with the queue's own two statements. */
final class ClaimedLane {
  private static final long SLACK_MICROS = 1_000_000;
  private static final long LEASE_MICROS = 30_000_000;
  private static final Short NORMAL = 3;
  private static final String LOCK_NOT_AVAILABLE = "55P03";

  private final String claim;
  private final String complete;
  private final int batch;
  private final boolean bound;
  private final Work work;
  private String lastRunAt = "-infinity";
  private UUID lastId = new UUID(0, 0);

  ClaimedLane(String claim, String complete, int batch, boolean bound, Work work) {
    this.claim = withParameters(claim, bound ? 13 : 10);
    this.complete = withParameters(complete, 2);
    this.batch = batch;
    this.bound = bound;
    this.work = work;
  }

  /** They are bound by their places: a statement that changed must not be bound as before. */
  private static String withParameters(String sql, int count) {
    long found = sql.chars().filter(c -> c == '?').count();
    if (found != count) {
      throw new IllegalStateException(
          "a statement of the queue has " + found + " parameters now; bind them here as it does");
    }
    return sql;
  }

  /** Claims a batch, handles and completes it; false if there was nothing. */
  boolean take(Connection connection) throws SQLException {
    UUID token = UUID.randomUUID();
    List<UUID> ids = new ArrayList<>(batch);
    try (PreparedStatement statement = planned(connection, claim)) {
      statement.setLong(1, SLACK_MICROS);
      array(statement, 2, "text", Dibs.TYPE);
      array(statement, 3, "int2", NORMAL);
      array(statement, 4, "timestamptz", lastRunAt);
      array(statement, 5, "uuid", lastId);
      array(statement, 6, "int4", batch);
      statement.setString(7, "default");
      int next = 8;
      if (bound) {
        statement.setString(next++, "default");
        statement.setInt(next++, batch);
        statement.setString(next++, "default");
      }
      statement.setInt(next++, batch);
      statement.setObject(next++, token);
      statement.setLong(next, LEASE_MICROS);
      String runAt = "";
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          UUID id = rows.getObject(1, UUID.class);
          ids.add(id);
          work.handle(rows.getString(4));
          String at = rows.getString(9);
          // In the text's order they compare like the times, as long as no zone changes.
          if (bound && (at.compareTo(runAt) > 0 || (at.equals(runAt) && isAfter(id, lastId)))) {
            runAt = at;
            lastId = id;
          }
        }
      }
      if (!runAt.isEmpty()) {
        lastRunAt = runAt;
      }
    }
    if (ids.isEmpty()) {
      return false;
    }
    complete(connection, ids, token);
    return true;
  }

  private void complete(Connection connection, List<UUID> ids, UUID token) throws SQLException {
    int left = ids.size();
    while (left > 0) {
      // If another claim has one of them locked for too long, nothing is written; so again.
      try (PreparedStatement statement = planned(connection, complete)) {
        UUID[] tokens = new UUID[ids.size()];
        Arrays.fill(tokens, token);
        statement.setArray(1, connection.createArrayOf("uuid", ids.toArray()));
        statement.setArray(2, connection.createArrayOf("uuid", tokens));
        try (ResultSet rows = statement.executeQuery()) {
          rows.next();
          left -= rows.getInt(1);
        }
      } catch (SQLException e) {
        if (!LOCK_NOT_AVAILABLE.equals(e.getSQLState())) {
          throw e;
        }
      }
    }
  }

  private static void array(PreparedStatement statement, int index, String type, Object value)
      throws SQLException {
    statement.setArray(index, statement.getConnection().createArrayOf(type, new Object[] {value}));
  }

  private static PreparedStatement planned(Connection connection, String sql) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    statement.unwrap(PGStatement.class).setPrepareThreshold(0);
    return statement;
  }

  private static boolean isAfter(UUID a, UUID b) {
    int order = Long.compareUnsigned(a.getMostSignificantBits(), b.getMostSignificantBits());
    return order == 0
        ? Long.compareUnsigned(a.getLeastSignificantBits(), b.getLeastSignificantBits()) > 0
        : order > 0;
  }
}
