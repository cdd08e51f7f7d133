package dev.dibs.examples.proveit;

import dev.dibs.Claim;
import dev.dibs.Handler;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

/** {@link ChargeHandler}, repaired: one transaction, and the task is completed in it. */
final class ChargeOnceHandler implements Handler {
  private final DataSource dataSource;

  ChargeOnceHandler(DataSource dataSource) {
    this.dataSource = dataSource;
  }

  @Override
  public void handle(Claim task) throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      connection.setAutoCommit(false);
      ChargeHandler.run(
          connection,
          "UPDATE account SET balance = balance - (?::jsonb ->> 'cents')::int",
          task.payload());
      ChargeHandler.run(
          connection,
          "INSERT INTO charges SELECT (p ->> 'order')::int, (p ->> 'cents')::int FROM (SELECT"
              + " ?::jsonb AS p) AS payload",
          task.payload());
      task.completeIn(connection);
      connection.commit();
    }
  }
}
