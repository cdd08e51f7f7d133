package dev.dibs.it.mutants;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.Outcome;
import dev.dibs.TaskQueue;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import javax.sql.DataSource;

/**
 * Claims in a transaction that stays open while the handlers run, and ends the tasks in the same:
 * no lease is needed, but a connection for each handler, and no vacuum gets past it.
 */
final class OpenTransaction extends PlainClaim implements AutoCloseable {
  private final DataSource dataSource;
  private final Map<UUID, Connection> open = new ConcurrentHashMap<>();

  OpenTransaction(DataSource dataSource, TaskQueue queue) {
    super(dataSource, queue, ClaimSql.RIGHT);
    this.dataSource = dataSource;
  }

  @Override
  public List<Claim> claim(ClaimRequest request) {
    try {
      Connection connection = dataSource.getConnection();
      connection.setAutoCommit(false);
      List<Claim> claims = claim(connection, request);
      if (claims.isEmpty()) {
        end(connection);
      } else {
        open.put(claims.get(0).token(), connection);
      }
      return claims;
    } catch (SQLException e) {
      throw failure(e);
    }
  }

  /** All of one claim at a time, as the claimers of a storm do. */
  @Override
  public List<Outcome> applyAll(List<ClaimUpdate> updates) {
    Connection connection = open.remove(updates.get(0).claim().token());
    if (connection == null) {
      return super.applyAll(updates);
    }
    List<Outcome> outcomes = new ArrayList<>();
    try {
      for (ClaimUpdate update : updates) {
        outcomes.add(applyIn(connection, update));
      }
      end(connection);
      return outcomes;
    } catch (SQLException e) {
      throw failure(e);
    }
  }

  private static void end(Connection connection) throws SQLException {
    try (connection) {
      connection.commit();
      connection.setAutoCommit(true);
    }
  }

  @Override
  public void close() throws SQLException {
    for (Connection connection : open.values()) {
      end(connection);
    }
  }
}
