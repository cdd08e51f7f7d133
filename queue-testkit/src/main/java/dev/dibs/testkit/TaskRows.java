package dev.dibs.testkit;

import dev.dibs.Priority;
import dev.dibs.Status;
import dev.dibs.Task;
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

/**
 * Reads the table {@code tasks} of a connection's search path, through the columns of its contract.
 */
final class TaskRows {
  private static final String TASKS =
      """
      select id, queue, type, payload, priority, status, attempt, max_attempts,
        run_at, coalesce(created_at, run_at),
        started_at, completed_at, error, unique_key, cancel_requested, progress, result
      from tasks
      order by created_at, id
      """;

  private TaskRows() {}

  static List<Task> tasks(Connection connection) throws SQLException {
    List<Task> tasks = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(TASKS);
        ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        tasks.add(task(row));
      }
    }
    return tasks;
  }

  static Instant now(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement("select clock_timestamp()");
        ResultSet row = statement.executeQuery()) {
      row.next();
      return time(row, 1).orElseThrow();
    }
  }

  private static Task task(ResultSet row) throws SQLException {
    return new Task(
        row.getObject(1, UUID.class),
        row.getString(2),
        row.getString(3),
        row.getString(4),
        Priority.ofRank(row.getInt(5)),
        Status.of(row.getString(6)),
        row.getInt(7),
        row.getInt(8),
        time(row, 9).orElseThrow(),
        time(row, 10).orElseThrow(),
        time(row, 11),
        time(row, 12),
        Optional.ofNullable(row.getString(13)),
        Optional.ofNullable(row.getString(14)),
        row.getBoolean(15),
        Optional.ofNullable(row.getString(16)),
        Optional.ofNullable(row.getString(17)));
  }

  private static Optional<Instant> time(ResultSet row, int column) throws SQLException {
    return Optional.ofNullable(row.getObject(column, OffsetDateTime.class))
        .map(OffsetDateTime::toInstant);
  }
}
