package dev.dibs.examples.ledger;

import dev.dibs.Claim;
import dev.dibs.Handler;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

/** Completes the task in the transaction that books: books effectively once. */
final class BookAndComplete implements Handler {
  private final DataSource dataSource;

  BookAndComplete(DataSource dataSource) {
    this.dataSource = dataSource;
  }

  @Override
  public void handle(Claim task) throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      connection.setAutoCommit(false);
      Ledger.book(connection, Integer.parseInt(task.payload()), task.id());
      task.completeIn(connection);
      connection.commit();
    }
  }
}
