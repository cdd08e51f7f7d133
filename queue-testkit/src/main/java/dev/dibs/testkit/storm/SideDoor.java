package dev.dibs.testkit.storm;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.sql.DataSource;

/**
 * The way of a storm into its database beside the queue: sessions of its own, of which it knows
 * that they are no client's.
 */
final class SideDoor {
  private final DataSource dataSource;
  private final String schema;
  private final Set<Integer> open = ConcurrentHashMap.newKeySet();
  private final Map<Integer, Long> closed = new ConcurrentHashMap<>();

  SideDoor(DataSource dataSource, String schema) {
    this.dataSource = dataSource;
    this.schema = schema;
  }

  String schema() {
    return schema;
  }

  /** The table of the tasks, as statements name it. */
  String table() {
    return quoted("tasks");
  }

  /** An object of the schema, as statements name it. */
  String quoted(String name) {
    return '"' + schema.replace("\"", "\"\"") + "\".\"" + name + '"';
  }

  /** One session; it is no client's until it is closed. */
  final class Session implements AutoCloseable {
    private final Connection connection;
    private final int pid;

    private Session(Connection connection, int pid) {
      this.connection = connection;
      this.pid = pid;
    }

    Connection connection() {
      return connection;
    }

    /** Rolls back what is open; never fails, for what is broken is over too. */
    @Override
    public void close() {
      try (Connection closing = connection) {
        if (!closing.getAutoCommit()) {
          closing.rollback();
          closing.setAutoCommit(true);
        }
      } catch (SQLException e) {
        // A pool finds out by itself.
      } finally {
        closed.put(pid, System.nanoTime());
        open.remove(pid);
      }
    }
  }

  /** A session in autocommit mode. */
  Session open() throws SQLException {
    Connection connection = dataSource.getConnection();
    try {
      if (!connection.getAutoCommit()) {
        connection.setAutoCommit(true);
      }
      try (Statement statement = connection.createStatement();
          ResultSet row = statement.executeQuery("SELECT pg_backend_pid()")) {
        row.next();
        int pid = row.getInt(1);
        open.add(pid);
        return new Session(connection, pid);
      }
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  /** Whether the session was this door's at any time since; {@link System#nanoTime()} counts. */
  boolean isOwn(int pid, long since) {
    Long end = closed.get(pid);
    return open.contains(pid) || (end != null && end - since >= 0);
  }

  /**
   * Finds out before the storm what would keep it from being watched.
   *
   * @throws IllegalStateException if the table cannot be read or the database not be reached
   */
  void check() {
    try (Session session = open();
        PreparedStatement statement =
            session.connection().prepareStatement("SELECT FROM " + table() + " LIMIT 1")) {
      statement.executeQuery().close();
    } catch (SQLException e) {
      throw new IllegalStateException(
          "database: the table " + table() + " cannot be read: " + e.getMessage(), e);
    }
  }
}
