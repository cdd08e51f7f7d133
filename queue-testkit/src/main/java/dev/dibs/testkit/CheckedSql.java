package dev.dibs.testkit;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.StringJoiner;
import java.util.UUID;
import javax.sql.DataSource;

/** The statements of an {@link IdempotencyCheck} itself, each in a transaction of its own. */
final class CheckedSql {
  private CheckedSql() {}

  static void execute(DataSource dataSource, String sql) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.execute();
      commit(connection);
    }
  }

  /** A schema's name cannot be a parameter. */
  static void delete(DataSource dataSource, String schema, UUID task) throws SQLException {
    String quoted = '"' + schema.replace("\"", "\"\"") + '"';
    try (Connection connection = dataSource.getConnection();
        PreparedStatement statement =
            connection.prepareStatement("delete from " + quoted + ".tasks where id = ?")) {
      statement.setObject(1, task);
      statement.executeUpdate();
      commit(connection);
    }
  }

  /** One line for each row, in the order of the lines. */
  static String rows(DataSource dataSource, String query) throws SQLException {
    List<String> lines = new ArrayList<>();
    try (Connection connection = dataSource.getConnection();
        PreparedStatement statement = connection.prepareStatement(query);
        ResultSet row = statement.executeQuery()) {
      int columns = row.getMetaData().getColumnCount();
      while (row.next()) {
        StringJoiner line = new StringJoiner(" | ");
        for (int column = 1; column <= columns; column++) {
          line.add(row.getString(column));
        }
        lines.add(line.toString());
      }
    }
    Collections.sort(lines);
    return lines.isEmpty() ? "no rows" : String.join("\n", lines);
  }

  private static void commit(Connection connection) throws SQLException {
    if (!connection.getAutoCommit()) {
      connection.commit();
    }
  }
}
