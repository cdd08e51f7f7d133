package dev.dibs.examples.shellworker;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import javax.sql.DataSource;

/** Who did which task, written by the workers; without a key, so that a second time would show. */
final class GreetedTable {
  private final DataSource dataSource;

  private GreetedTable(DataSource dataSource) {
    this.dataSource = dataSource;
  }

  static GreetedTable create(DataSource dataSource) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE greeted (task uuid, worker text, payload jsonb)");
    }
    return new GreetedTable(dataSource);
  }

  void add(UUID task, String worker, String payload) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        PreparedStatement statement =
            connection.prepareStatement(
                "INSERT INTO greeted (task, worker, payload) VALUES (?, ?, ?::jsonb)")) {
      statement.setObject(1, task);
      statement.setString(2, worker);
      statement.setString(3, payload);
      statement.executeUpdate();
    }
  }

  int countOf(String worker) {
    try {
      return count("SELECT count(*) FROM greeted WHERE worker = ?", worker);
    } catch (SQLException e) {
      throw new IllegalStateException("cannot count what " + worker + " did", e);
    }
  }

  Greeted read(int tasks) throws SQLException {
    return new Greeted(
        tasks,
        count("SELECT count(*) FROM tasks WHERE status = ?", "completed"),
        countOf("java"),
        countOf("shell"),
        count(
            "SELECT count(*) FROM (SELECT task FROM greeted WHERE worker <> ?"
                + " GROUP BY task HAVING count(*) > 1) AS twice",
            ""),
        count(
            "SELECT count(*) FROM greeted g LEFT JOIN tasks t ON t.id = g.task"
                + " WHERE g.payload IS DISTINCT FROM t.payload AND g.worker <> ?",
            ""));
  }

  private int count(String sql, String parameter) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, parameter);
      try (ResultSet result = statement.executeQuery()) {
        result.next();
        return result.getInt(1);
      }
    }
  }
}
