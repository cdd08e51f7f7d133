package dev.dibs.it;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.Priority;
import dev.dibs.Status;
import dev.dibs.Task;
import dev.dibs.TaskQueue;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import javax.sql.DataSource;

/**
 * The race that Dibs exists for: reads the pending tasks and then marks them as its own, without a
 * lock in between. Everything but the claim is the real queue's.
 */
public final class NaiveTaskQueue extends ForwardingTaskQueue {
  private static final String SELECT =
      """
      SELECT id, type, payload::text, priority, attempt, max_attempts, run_at, created_at
      FROM tasks WHERE status = 'pending' AND queue = ? AND type = ANY (?) AND run_at <= now()
      ORDER BY created_at LIMIT ?
      """;
  private static final String UPDATE =
      """
      UPDATE tasks SET status = 'processing', attempt = attempt + 1, token = ?,
          started_at = clock_timestamp(), lease_until = clock_timestamp() + ? * interval '1 ms'
      WHERE id = ?
      """;

  private final DataSource dataSource;
  private final String schema;

  /** Over the table of that schema; what is not a claim goes to {@code queue}. */
  public NaiveTaskQueue(DataSource dataSource, String schema, TaskQueue queue) {
    super(queue);
    this.dataSource = dataSource;
    this.schema = schema;
  }

  @Override
  public List<Claim> claim(ClaimRequest request) {
    try (Connection connection = dataSource.getConnection()) {
      connection.setSchema(schema);
      List<Claim> claims = select(connection, request);
      try (PreparedStatement update = connection.prepareStatement(UPDATE)) {
        for (Claim claim : claims) {
          update.setObject(1, claim.token());
          update.setLong(2, request.lease().toMillis());
          update.setObject(3, claim.id());
          update.executeUpdate();
        }
      }
      return claims;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private List<Claim> select(Connection connection, ClaimRequest request) throws SQLException {
    List<Claim> claims = new ArrayList<>();
    try (PreparedStatement select = connection.prepareStatement(SELECT)) {
      select.setString(1, request.queue());
      select.setArray(2, connection.createArrayOf("text", request.types().toArray()));
      select.setInt(3, request.limit());
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          claims.add(new Claim(this, task(rows, request.queue()), UUID.randomUUID(), false));
        }
      }
    }
    return claims;
  }

  private static Task task(ResultSet row, String queue) throws SQLException {
    return new Task(
        row.getObject(1, UUID.class),
        queue,
        row.getString(2),
        row.getString(3),
        Priority.ofRank(row.getInt(4)),
        Status.PROCESSING,
        row.getInt(5) + 1,
        row.getInt(6),
        instant(row, 7),
        instant(row, 8),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        false,
        Optional.empty(),
        Optional.empty());
  }

  private static Instant instant(ResultSet row, int column) throws SQLException {
    return row.getObject(column, OffsetDateTime.class).toInstant();
  }
}
