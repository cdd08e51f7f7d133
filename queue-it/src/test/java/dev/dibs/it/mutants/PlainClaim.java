package dev.dibs.it.mutants;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.DatabaseException;
import dev.dibs.Priority;
import dev.dibs.Status;
import dev.dibs.Task;
import dev.dibs.TaskQueue;
import dev.dibs.it.ForwardingTaskQueue;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import javax.sql.DataSource;

/**
 * Claims with one statement of plain SQL, which names in braces what it wants of the request.
 * Everything but the claim is the real queue's.
 */
class PlainClaim extends ForwardingTaskQueue {
  private static final Pattern NAME = Pattern.compile("\\{(\\w+)}");
  private static final Comparator<Claim> IN_ORDER =
      Comparator.comparing((Claim claim) -> claim.task().priority().rank())
          .thenComparing(claim -> claim.task().runAt())
          // As PostgreSQL orders them: by their unsigned bytes.
          .thenComparing(claim -> claim.id().toString());

  private final DataSource dataSource;
  private final String sql;
  private final List<String> names;

  PlainClaim(DataSource dataSource, TaskQueue queue, String sql) {
    super(queue);
    this.dataSource = dataSource;
    this.sql = NAME.matcher(sql).replaceAll("?");
    this.names = NAME.matcher(sql).results().map(found -> found.group(1)).toList();
  }

  @Override
  public List<Claim> claim(ClaimRequest request) {
    try (Connection connection = dataSource.getConnection()) {
      return claim(connection, request);
    } catch (SQLException e) {
      throw failure(e);
    }
  }

  /** As the real queue does: what may pass is part of a storm, anything else ends it. */
  static DatabaseException failure(SQLException e) {
    boolean passes = e.getSQLState() != null && e.getSQLState().startsWith("40");
    return new DatabaseException("plain SQL: " + e.getMessage(), passes, e);
  }

  List<Claim> claim(Connection connection, ClaimRequest request) throws SQLException {
    UUID token = UUID.randomUUID();
    List<Claim> claims = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < names.size(); i++) {
        statement.setObject(i + 1, value(connection, names.get(i), request, token));
      }
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          claims.add(new Claim(this, task(rows, request.queue()), token, false));
        }
      }
    }
    return order(claims);
  }

  /** RETURNING has no order, so that of the tasks is made here. */
  List<Claim> order(List<Claim> claims) {
    claims.sort(IN_ORDER);
    return claims;
  }

  /** What stands for a name in the statement. */
  Object value(Connection connection, String name, ClaimRequest request, UUID token)
      throws SQLException {
    return switch (name) {
      case "queue" -> request.queue();
      case "types" -> types(connection, request);
      case "limit" -> request.limit();
      case "token" -> token;
      case "live" -> true;
      case "lease" -> request.lease().toMillis();
      default -> throw new IllegalArgumentException(name);
    };
  }

  private static Array types(Connection connection, ClaimRequest request) throws SQLException {
    return connection.createArrayOf("text", request.types().toArray());
  }

  private static Task task(ResultSet row, String queue) throws SQLException {
    return new Task(
        row.getObject("id", UUID.class),
        queue,
        row.getString("type"),
        row.getString("payload"),
        Priority.ofRank(row.getInt("priority")),
        Status.PROCESSING,
        row.getInt("attempt"),
        row.getInt("max_attempts"),
        instant(row, "run_at"),
        instant(row, "created_at"),
        Optional.of(instant(row, "started_at")),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        false,
        Optional.empty(),
        Optional.empty());
  }

  private static Instant instant(ResultSet row, String column) throws SQLException {
    return row.getObject(column, OffsetDateTime.class).toInstant();
  }
}
