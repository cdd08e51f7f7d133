package dev.dibs.it.mutants;

import dev.dibs.Claim;
import dev.dibs.ClaimUpdate;
import dev.dibs.Outcome;
import dev.dibs.TaskQueue;
import dev.dibs.it.ForwardingTaskQueue;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import javax.sql.DataSource;

/**
 * Completes tasks behind a weaker fence than the claim's token, as other queues do. Everything but
 * the completion is the real queue's.
 */
public final class NaiveFence extends ForwardingTaskQueue {
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

  /** By the task alone. */
  public static TaskQueue id(DataSource dataSource, String schema, TaskQueue queue) {
    return new NaiveFence(dataSource, schema, queue, "AND ?::int > 0");
  }

  /** By the task, while anybody holds it. */
  public static TaskQueue idAndStatus(DataSource dataSource, String schema, TaskQueue queue) {
    return new NaiveFence(dataSource, schema, queue, "AND ?::int > 0 AND status = 'processing'");
  }

  /** By the number of the attempt, which a snooze gives back. */
  public static TaskQueue attempt(DataSource dataSource, String schema, TaskQueue queue) {
    return new NaiveFence(dataSource, schema, queue, "AND attempt = ?");
  }

  /** By the number of the attempt, while it runs. */
  public static TaskQueue attemptAndStatus(DataSource dataSource, String schema, TaskQueue queue) {
    return new NaiveFence(dataSource, schema, queue, "AND attempt = ? AND status = 'processing'");
  }

  /** By the token alone, which a row that was put back by hand still has. */
  static TaskQueue token(DataSource dataSource, String schema, TaskQueue queue) {
    return new NaiveFence(dataSource, schema, queue, "AND ?::int > 0 AND token = ?");
  }

  @Override
  public List<Outcome> applyAll(List<ClaimUpdate> updates) {
    List<ClaimUpdate> others =
        updates.stream().filter(update -> !(update instanceof ClaimUpdate.Complete)).toList();
    Iterator<Outcome> rest =
        others.isEmpty() ? Collections.emptyIterator() : super.applyAll(others).iterator();
    List<Outcome> outcomes = new ArrayList<>();
    try (Connection connection = dataSource.getConnection()) {
      connection.setSchema(schema);
      try (PreparedStatement statement = connection.prepareStatement(COMPLETE + fence)) {
        for (ClaimUpdate update : updates) {
          outcomes.add(
              update instanceof ClaimUpdate.Complete
                  ? complete(statement, update.claim())
                  : rest.next());
        }
      }
      return outcomes;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private Outcome complete(PreparedStatement statement, Claim claim) throws SQLException {
    statement.setObject(1, claim.id());
    statement.setInt(2, claim.attempt());
    if (fence.contains("token")) {
      statement.setObject(3, claim.token());
    }
    return statement.executeUpdate() == 1 ? Outcome.APPLIED : Outcome.LEASE_LOST;
  }
}
