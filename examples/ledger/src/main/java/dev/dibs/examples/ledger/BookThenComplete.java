package dev.dibs.examples.ledger;

import dev.dibs.Claim;
import dev.dibs.Handler;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

/** Commits by itself, and the worker completes the task afterwards: books at least once. */
final class BookThenComplete implements Handler {
  private final DataSource dataSource;

  BookThenComplete(DataSource dataSource) {
    this.dataSource = dataSource;
  }

  @Override
  public void handle(Claim task) throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      connection.setAutoCommit(false);
      Ledger.book(connection, Integer.parseInt(task.payload()), task.id());
      connection.commit();
    }
  }
}
