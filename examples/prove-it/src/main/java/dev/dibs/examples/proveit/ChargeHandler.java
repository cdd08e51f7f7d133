package dev.dibs.examples.proveit;

import dev.dibs.Claim;
import dev.dibs.Handler;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import javax.sql.DataSource;

/**
 * Passes every test that runs it once. If its process dies in the middle, the customer pays twice.
 */
final class ChargeHandler implements Handler {
  private final DataSource dataSource;

  ChargeHandler(DataSource dataSource) {
    this.dataSource = dataSource;
  }

  @Override
  public void handle(Claim task) throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      run(
          connection,
          "UPDATE account SET balance = balance - (?::jsonb ->> 'cents')::int",
          task.payload());
      run(
          connection,
          "INSERT INTO charges SELECT (p ->> 'order')::int, (p ->> 'cents')::int FROM (SELECT"
              + " ?::jsonb AS p) AS payload",
          task.payload());
    }
  }

  static void run(Connection connection, String sql, String payload) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, payload);
      statement.executeUpdate();
    }
  }
}
