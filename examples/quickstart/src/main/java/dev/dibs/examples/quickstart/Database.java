package dev.dibs.examples.quickstart;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/** A pool of connections and the two calls of JDBC that the example needs; each autocommits. */
final class Database implements AutoCloseable {
  static final String SCHEMA = "dibs_quickstart";

  private static final String APPLICATION = "dibs quickstart ";

  private final HikariDataSource pool;

  private Database(HikariDataSource pool) {
    this.pool = pool;
  }

  /** Opens all of the connections, so that nobody waits for one later. */
  static Database open(String url, String process, int connections) throws SQLException {
    PGSimpleDataSource driver = new PGSimpleDataSource();
    driver.setUrl(url);
    driver.setCurrentSchema(SCHEMA);
    driver.setApplicationName(APPLICATION + process);
    HikariConfig config = new HikariConfig();
    config.setDataSource(driver);
    config.setMaximumPoolSize(connections);
    Database database = new Database(new HikariDataSource(config));
    List<Connection> opened = new ArrayList<>();
    try {
      while (opened.size() < connections) {
        opened.add(database.pool.getConnection());
      }
    } finally {
      for (Connection connection : opened) {
        connection.close();
      }
    }
    return database;
  }

  DataSource dataSource() {
    return pool;
  }

  int update(String sql, Object... parameters) throws SQLException {
    try (Connection connection = pool.getConnection();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      bind(statement, parameters);
      return statement.executeUpdate();
    }
  }

  <T> List<T> list(String sql, Row<T> row, Object... parameters) throws SQLException {
    try (Connection connection = pool.getConnection();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      bind(statement, parameters);
      try (ResultSet result = statement.executeQuery()) {
        List<T> rows = new ArrayList<>();
        while (result.next()) {
          rows.add(row.read(result));
        }
        return rows;
      }
    }
  }

  /** The one number that the query gives. */
  long number(String sql, Object... parameters) throws SQLException {
    return list(sql, row -> row.getLong(1), parameters).get(0);
  }

  /** Whether the server still has a connection of this process. */
  boolean isConnected(String process) throws SQLException {
    return number(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = ?",
            APPLICATION + process)
        > 0;
  }

  private static void bind(PreparedStatement statement, Object... parameters) throws SQLException {
    for (int i = 0; i < parameters.length; i++) {
      Object parameter = parameters[i];
      statement.setObject(
          i + 1,
          parameter instanceof List<?> ids
              ? statement.getConnection().createArrayOf("text", ids.toArray())
              : parameter);
    }
  }

  /** Reads one row. */
  interface Row<T> {
    T read(ResultSet result) throws SQLException;
  }

  @Override
  public void close() {
    pool.close();
  }
}
