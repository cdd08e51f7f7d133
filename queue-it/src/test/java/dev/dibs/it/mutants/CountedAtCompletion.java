package dev.dibs.it.mutants;

import dev.dibs.ClaimUpdate;
import dev.dibs.Outcome;
import dev.dibs.TaskQueue;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;

/**
 * Counts an attempt when it has ended: that of a worker that died never happened, and the next has
 * its number.
 */
final class CountedAtCompletion extends PlainClaim {
  private static final String COUNT =
      "UPDATE tasks SET attempt = attempt + 1"
          + " WHERE id = ? AND token = ? AND status = 'processing'";

  private final DataSource dataSource;

  CountedAtCompletion(DataSource dataSource, TaskQueue queue) {
    super(dataSource, queue, ClaimSql.UNCOUNTED);
    this.dataSource = dataSource;
  }

  @Override
  public List<Outcome> applyAll(List<ClaimUpdate> updates) {
    try (Connection connection = dataSource.getConnection();
        PreparedStatement count = connection.prepareStatement(COUNT)) {
      for (ClaimUpdate update : updates) {
        count.setObject(1, update.claim().id());
        count.setObject(2, update.claim().token());
        count.executeUpdate();
      }
    } catch (SQLException e) {
      throw failure(e);
    }
    return super.applyAll(updates);
  }
}
