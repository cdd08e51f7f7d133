package dev.dibs.it;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/** Plain SQL, as an operator or a program in another language would send it. */
public final class Db {
  private Db() {}

  public static void execute(DataSource dataSource, String... statements) throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      execute(connection, statements);
    }
  }

  public static void execute(Connection connection, String... statements) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  public static String query(DataSource dataSource, String sql) throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      return query(connection, sql);
    }
  }

  /** The first column of the first row; null if there is none. */
  public static String query(Connection connection, String sql) throws SQLException {
    List<String> column = column(connection, sql);
    return column.isEmpty() ? null : column.get(0);
  }

  /** Asks until the answer is true, for half a minute at most. */
  public static void await(Connection connection, String condition) throws SQLException {
    long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!"t".equals(query(connection, condition))) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("never came true: " + condition);
      }
    }
  }

  public static List<String> column(Connection connection, String sql) throws SQLException {
    List<String> column = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        column.add(rows.getString(1));
      }
    }
    return column;
  }
}
