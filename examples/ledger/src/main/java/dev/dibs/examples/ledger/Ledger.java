package dev.dibs.examples.ledger;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import javax.sql.DataSource;

/** Accounts and bookings; no key on a booking's task, so that a second booking would show. */
final class Ledger {
  private final DataSource dataSource;

  private Ledger(DataSource dataSource) {
    this.dataSource = dataSource;
  }

  static Ledger create(DataSource dataSource) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE account (id int PRIMARY KEY, balance int NOT NULL)");
      statement.execute("CREATE TABLE bookings (account int REFERENCES account, task uuid)");
      for (Way way : Way.values()) {
        statement.execute("INSERT INTO account (id, balance) VALUES (" + way.account() + ", 0)");
      }
    }
    return new Ledger(dataSource);
  }

  /** One credit, in the caller's transaction. */
  static void book(Connection connection, int account, UUID task) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("INSERT INTO bookings (account, task) VALUES (?, ?)")) {
      statement.setInt(1, account);
      statement.setObject(2, task);
      statement.executeUpdate();
    }
    try (PreparedStatement statement =
        connection.prepareStatement("UPDATE account SET balance = balance + 1 WHERE id = ?")) {
      statement.setInt(1, account);
      statement.executeUpdate();
    }
  }

  int completed(Way way) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        PreparedStatement statement =
            connection.prepareStatement(
                "SELECT count(*) FROM tasks WHERE type = ? AND status = 'completed'")) {
      statement.setString(1, way.type());
      try (ResultSet result = statement.executeQuery()) {
        result.next();
        return result.getInt(1);
      }
    }
  }

  Round read(Way way, int tasks, int kills) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        PreparedStatement statement =
            connection.prepareStatement(
                "SELECT (SELECT balance FROM account WHERE id = ?), count(*), count(DISTINCT task)"
                    + " FROM bookings WHERE account = ?")) {
      statement.setInt(1, way.account());
      statement.setInt(2, way.account());
      try (ResultSet result = statement.executeQuery()) {
        result.next();
        return new Round(
            tasks, completed(way), kills, result.getInt(2), result.getInt(3), result.getInt(1));
      }
    }
  }
}
