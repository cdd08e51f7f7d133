package dev.dibs.it.mutants;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.TaskQueue;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;

/**
 * Remembers the last task that it has seen and claims only what comes after it, so whatever is put
 * back, or is committed late, is left behind for ever.
 */
final class ForwardOnly extends PlainClaim {
  private UUID last = new UUID(0, 0);

  ForwardOnly(DataSource dataSource, TaskQueue queue) {
    super(dataSource, queue, ClaimSql.FORWARD_ONLY);
  }

  @Override
  synchronized List<Claim> claim(Connection connection, ClaimRequest request) throws SQLException {
    List<Claim> claims = super.claim(connection, request);
    claims.stream()
        .map(Claim::id)
        .filter(id -> id.toString().compareTo(last.toString()) > 0)
        .forEach(id -> last = id);
    return claims;
  }

  @Override
  Object value(Connection connection, String name, ClaimRequest request, UUID token)
      throws SQLException {
    return name.equals("last") ? last : super.value(connection, name, request, token);
  }
}
