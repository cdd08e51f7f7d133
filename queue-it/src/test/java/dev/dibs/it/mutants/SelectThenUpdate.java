package dev.dibs.it.mutants;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.TaskQueue;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;

/**
 * The race that Dibs exists for: reads the pending tasks and then marks them as its own, without a
 * lock in between.
 */
public final class SelectThenUpdate extends PlainClaim {
  private static final String UPDATE =
      """
      UPDATE tasks SET status = 'processing', attempt = attempt + 1, token = ?,
          started_at = clock_timestamp(), lease_until = clock_timestamp() + ? * interval '1 ms'
      WHERE id = ?
      """;

  /** On connections whose search path is the schema of the tasks. */
  public SelectThenUpdate(DataSource dataSource, TaskQueue queue) {
    super(dataSource, queue, ClaimSql.SELECT_ONLY);
  }

  @Override
  List<Claim> claim(Connection connection, ClaimRequest request) throws SQLException {
    List<Claim> claims = super.claim(connection, request);
    try (PreparedStatement update = connection.prepareStatement(UPDATE)) {
      for (Claim claim : claims) {
        update.setObject(1, claim.token());
        update.setLong(2, request.lease().toMillis());
        update.setObject(3, claim.id());
        update.executeUpdate();
      }
    }
    return claims;
  }
}
