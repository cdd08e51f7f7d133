package dev.dibs.it;

import dev.dibs.ClaimUpdate;
import dev.dibs.Outcome;
import dev.dibs.TaskQueue;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/**
 * Completes tasks behind a weaker fence than the claim's token, as other queues do. Everything but
 * the completion is the real queue's.
 */
final class NaiveFence extends ForwardingTaskQueue {
  private static final String COMPLETE =
      """
      UPDATE tasks SET status = 'completed', completed_at = clock_timestamp(), lease_until = NULL,
          error = NULL
      WHERE id = ?
      """;

  private final DataSource dataSource;
  private final String schema;
  private final String fence;

  private NaiveFence(DataSource dataSource, String schema, TaskQueue queue, String fence) {
    super(queue);
    this.dataSource = dataSource;
    this.schema = schema;
    this.fence = fence;
  }

  static TaskQueue id(DataSource dataSource, String schema, TaskQueue queue) {
    return new NaiveFence(dataSource, schema, queue, "AND ?::int > 0");
  }

  static TaskQueue idAndStatus(DataSource dataSource, String schema, TaskQueue queue) {
    return new NaiveFence(dataSource, schema, queue, "AND ?::int > 0 AND status = 'processing'");
  }

  static TaskQueue attempt(DataSource dataSource, String schema, TaskQueue queue) {
    return new NaiveFence(dataSource, schema, queue, "AND attempt = ?");
  }

  static TaskQueue attemptAndStatus(DataSource dataSource, String schema, TaskQueue queue) {
    return new NaiveFence(dataSource, schema, queue, "AND attempt = ? AND status = 'processing'");
  }

  @Override
  public List<Outcome> applyAll(List<ClaimUpdate> updates) {
    if (!updates.stream().allMatch(ClaimUpdate.Complete.class::isInstance)) {
      return super.applyAll(updates);
    }
    List<Outcome> outcomes = new ArrayList<>();
    try (Connection connection = dataSource.getConnection()) {
      connection.setSchema(schema);
      try (PreparedStatement statement = connection.prepareStatement(COMPLETE + fence)) {
        for (ClaimUpdate update : updates) {
          statement.setObject(1, update.claim().id());
          statement.setInt(2, update.claim().attempt());
          outcomes.add(statement.executeUpdate() == 1 ? Outcome.APPLIED : Outcome.LEASE_LOST);
        }
      }
      return outcomes;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
