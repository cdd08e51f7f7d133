package dev.dibs.it.mutants;

import dev.dibs.ClaimUpdate;
import dev.dibs.Outcome;
import dev.dibs.TaskQueue;
import dev.dibs.it.ForwardingTaskQueue;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/** Writes a batch in one transaction, task by task in the order in which they came. */
final class UnsortedBatch extends ForwardingTaskQueue {
  private static final String EXTEND =
      "UPDATE tasks SET lease_until = clock_timestamp() + ? * interval '1 ms'"
          + " WHERE id = ? AND token = ? AND status = 'processing'";

  private final DataSource dataSource;

  UnsortedBatch(DataSource dataSource, TaskQueue queue) {
    super(queue);
    this.dataSource = dataSource;
  }

  @Override
  public List<Outcome> applyAll(List<ClaimUpdate> updates) {
    List<Outcome> outcomes = new ArrayList<>();
    try (Connection connection = dataSource.getConnection()) {
      connection.setAutoCommit(false);
      try (var statement = connection.prepareStatement(EXTEND)) {
        for (ClaimUpdate update : updates) {
          statement.setLong(1, ((ClaimUpdate.Extend) update).lease().toMillis());
          statement.setObject(2, update.claim().id());
          statement.setObject(3, update.claim().token());
          outcomes.add(statement.executeUpdate() == 1 ? Outcome.APPLIED : Outcome.LEASE_LOST);
        }
      }
      connection.commit();
      return outcomes;
    } catch (SQLException e) {
      throw PlainClaim.failure(e);
    }
  }
}
