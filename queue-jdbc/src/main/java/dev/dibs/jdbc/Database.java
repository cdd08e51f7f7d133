package dev.dibs.jdbc;

import dev.dibs.DatabaseException;
import dev.dibs.DibsException;
import dev.dibs.OutcomeUnknownException;
import dev.dibs.SetupException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one statement at a time, each in a transaction of its own, on a connection that is borrowed
 * for it and given back as it was found; and says of every failure what it means for the data.
 */
final class Database implements Session {
  /** serialization_failure and deadlock_detected: the server undid the statement, run it again. */
  private static final Set<String> REPEATABLE = Set.of("40001", "40P01");

  /** The connection is gone, or the server says that it is going. */
  private static final Set<String> LOST = Set.of("57P01", "57P02", "57P03", "57P05");

  /** A table, column, function or schema is not there. */
  private static final Set<String> MISSING = Set.of("42P01", "42703", "42883", "3F000");

  /** Lock and statement timeouts, a cancel, and a server that is read-only for now: a standby. */
  private static final Set<String> PASSING = Set.of("55P03", "57014", "25006");

  /** Classes whose messages speak of tables, rights, limits and the server, and quote no value. */
  private static final Set<String> WITHOUT_VALUES =
      Set.of("0A", "25", "42", "53", "54", "55", "57");

  private static final int MAX_TRIES = 10;
  private static final Logger log = LoggerFactory.getLogger(PostgresTaskQueue.class);

  private final DataSource dataSource;
  private final SchemaGuard guard;

  Database(DataSource dataSource, SchemaGuard guard) {
    this.dataSource = dataSource;
    this.guard = guard;
  }

  @Override
  public <T> T read(String operation, Work<T> work) {
    return run(operation, false, work);
  }

  @Override
  public <T> T write(String operation, Work<T> work) {
    return run(operation, true, work);
  }

  /** The caller's connection and transaction: each statement is sent once. */
  Session on(Connection connection) {
    return new Session() {
      @Override
      public <T> T read(String operation, Work<T> work) {
        return write(operation, work);
      }

      @Override
      public <T> T write(String operation, Work<T> work) {
        try {
          if (connection.isClosed()) {
            throw new DatabaseException(
                operation + ": the connection is closed; nothing was sent",
                false,
                new SQLException("closed", "08003"));
          }
          guard.checkSchema(connection);
          return work.run(connection);
        } catch (SQLException e) {
          throw translate(operation, true, e);
        }
      }
    };
  }

  private <T> T run(String operation, boolean write, Work<T> work) {
    for (int tries = 1; ; tries++) {
      Connection connection = borrow(operation, dataSource);
      try {
        return autocommitted(operation, write, connection, work);
      } catch (Again again) {
        if (tries == MAX_TRIES) {
          throw translate(operation, write, again.failure);
        }
      } finally {
        giveBack(connection);
      }
    }
  }

  private static void giveBack(Connection connection) {
    try {
      connection.close();
    } catch (SQLException e) {
      // What was done is done; a pool finds out by itself that its connection is broken.
      log.debug("a connection could not be given back", e);
    }
  }

  /** A connection of the source; what keeps it from giving one is told as it is. */
  static Connection borrow(String operation, DataSource dataSource) {
    try {
      return dataSource.getConnection();
    } catch (SQLException e) {
      throw new DatabaseException(
          operation + ": no connection to the database: " + e.getMessage(), true, e);
    }
  }

  private <T> T autocommitted(String operation, boolean write, Connection connection, Work<T> work)
      throws Again {
    boolean sent = false;
    try {
      boolean autocommit = connection.getAutoCommit();
      if (!autocommit) {
        refuseOpenTransaction(operation, connection);
        connection.setAutoCommit(true);
      }
      try {
        guard.check(connection);
        sent = true;
        return work.run(connection);
      } finally {
        restore(connection, autocommit);
      }
    } catch (SQLException e) {
      if (REPEATABLE.contains(state(e))) {
        guard.recheck();
        throw new Again(e);
      }
      throw translate(operation, write && sent, e);
    }
  }

  /** A transaction of our own on it would commit what somebody else has begun, or undo it. */
  static void refuseOpenTransaction(String operation, Connection connection) throws SQLException {
    if (connection.isWrapperFor(BaseConnection.class)
        && connection.unwrap(BaseConnection.class).getTransactionState() != TransactionState.IDLE) {
      throw new SetupException(
          operation
              + ": the DataSource gave a connection with an open transaction, which this call would"
              + " end; use a DataSource that gives connections of its own, and to take part in a"
              + " transaction queue.within(connection) or completeIn(connection)");
    }
  }

  /** A connection that cannot be restored is broken, and its pool will find that out. */
  private static void restore(Connection connection, boolean autocommit) {
    try {
      if (!autocommit && !connection.isClosed()) {
        connection.setAutoCommit(false);
      }
    } catch (SQLException e) {
      // The statement's own outcome is what counts.
      log.debug("a connection could not be set back to manual commit", e);
    }
  }

  static DibsException translate(String operation, boolean written, SQLException failure) {
    SQLException e = withoutDetail(failure);
    String state = state(e);
    if (isLost(e)) {
      return written
          ? new OutcomeUnknownException(operation, e)
          : new DatabaseException(operation + ": the connection was lost", true, e);
    }
    if (state.equals(Schema.REFUSED)) {
      return new SetupException(operation + ": " + message(e));
    }
    if (MISSING.contains(state)) {
      return new SetupException(
          operation + ": the schema is incomplete (" + message(e) + "); run Schema.install");
    }
    if (state.equals("42501")) {
      return new SetupException(
          operation + ": the database role lacks a privilege (" + message(e) + "); grant it");
    }
    boolean passing =
        PASSING.contains(state) || REPEATABLE.contains(state) || state.startsWith("53");
    String said = WITHOUT_VALUES.stream().anyMatch(state::startsWith) ? ": " + message(e) : "";
    return new DatabaseException(
        operation + ": the database refused the statement (SQLSTATE " + state + said + ")",
        passing,
        e);
  }

  /**
   * The failure with the server's message alone: detail, hint and context may quote a row, and with
   * it a payload.
   */
  private static SQLException withoutDetail(SQLException e) {
    if (!(e instanceof PSQLException refused) || refused.getServerErrorMessage() == null) {
      return e;
    }
    SQLException clean = new SQLException(message(refused), e.getSQLState(), e.getCause());
    clean.setStackTrace(e.getStackTrace());
    return clean;
  }

  private static String message(SQLException e) {
    @Nullable ServerErrorMessage server =
        e instanceof PSQLException refused ? refused.getServerErrorMessage() : null;
    @Nullable String message = server == null ? e.getMessage() : server.getMessage();
    return message == null ? "SQLSTATE " + state(e) : message;
  }

  /**
   * Whether the connection is gone, or going. Without a SQLSTATE it was a pool that spoke or
   * another wrapper, and nobody knows whether the server did.
   */
  static boolean isLost(SQLException e) {
    String state = state(e);
    return state.isEmpty() || state.startsWith("08") || LOST.contains(state);
  }

  static String state(SQLException e) {
    @Nullable String state = e.getSQLState();
    return state == null ? "" : state;
  }

  /** One row, one text column. */
  static @Nullable String query(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      return rows.next() ? rows.getString(1) : null;
    }
  }

  /** The server undid the statement and it may be run again. */
  private static final class Again extends Exception {
    private static final long serialVersionUID = 1L;
    private final SQLException failure;

    Again(SQLException failure) {
      super(failure);
      this.failure = failure;
    }
  }
}
