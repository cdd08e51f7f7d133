package dev.dibs.jdbc;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Locale;
import org.postgresql.PGConnection;
import org.postgresql.PGStatement;

/** What the pool and the driver make of a connection. */
final class ConnectionChecks {
  private static final Duration DRIFT = Duration.ofSeconds(1);

  private ConnectionChecks() {}

  static void make(Examination examination) {
    examination.make("transaction isolation", ConnectionChecks::isolation);
    examination.make("driver", ConnectionChecks::driver);
    examination.make("socket timeout", ConnectionChecks::socketTimeout);
    examination.make("pooler", ConnectionChecks::pooler);
    examination.make("clock", ConnectionChecks::clock);
    examination.make("setting synchronous_commit", ConnectionChecks::commit);
    examination.make("writability", ConnectionChecks::readOnly);
  }

  private static void isolation(Examination examination) throws SQLException {
    String isolation = examination.text("SHOW transaction_isolation");
    if (!isolation.equals("read committed")) {
      examination.problem(
          "the connections of this DataSource run at " + isolation.toUpperCase(Locale.ROOT),
          "set the pool's transaction isolation, or default_transaction_isolation of the role,"
              + " database or server, to READ COMMITTED");
    }
  }

  private static void driver(Examination examination) throws SQLException {
    try (PreparedStatement statement = examination.connection().prepareStatement("SELECT 1")) {
      if (!statement.isWrapperFor(PGStatement.class)) {
        examination.problem(
            "the statements of this DataSource ("
                + statement.getClass().getName()
                + ") do not unwrap to those of the PostgreSQL JDBC driver",
            "use that driver, and a pool that supports unwrap, for example HikariCP");
      }
    }
  }

  private static void socketTimeout(Examination examination) throws SQLException {
    if (examination.connection().getNetworkTimeout() == 0) {
      examination.warning(
          "the connections have no socket timeout; one that dies silently blocks its thread for"
              + " ever",
          "add socketTimeout=60 (seconds, more than any statement takes) to the JDBC URL, and"
              + " tcpKeepAlive=true");
    }
  }

  private static void pooler(Examination examination) throws SQLException {
    if (!examination.connection().isWrapperFor(PGConnection.class)) {
      return;
    }
    PGConnection connection = examination.connection().unwrap(PGConnection.class);
    int told = connection.getBackendPID();
    String real = examination.text("SELECT pg_backend_pid()");
    int threshold = connection.getPrepareThreshold();
    if (!real.equals(Integer.toString(told)) && threshold != 0) {
      examination.warning(
          "a pooler stands between (the driver was told backend "
              + told
              + ", it talks to "
              + real
              + ") and prepareThreshold is "
              + threshold
              + "; in transaction mode statements will fail with 'prepared statement does not"
              + " exist'",
          "add prepareThreshold=0 to the JDBC URL, unless the pooler gives each client a session of"
              + " its own");
    }
  }

  /** Nothing compares the two clocks, but ids made here order tasks, and people compare logs. */
  private static void clock(Examination examination) throws SQLException {
    Instant before = examination.bounds().clock().instant();
    Instant server =
        examination
            .list("SELECT clock_timestamp()", row -> row.getObject(1, OffsetDateTime.class))
            .get(0)
            .toInstant();
    Instant after = examination.bounds().clock().instant();
    Duration ahead = Duration.between(after, server);
    Duration behind = Duration.between(server, before);
    if (ahead.compareTo(DRIFT) > 0 || behind.compareTo(DRIFT) > 0) {
      boolean isAhead = ahead.compareTo(behind) > 0;
      examination.warning(
          "the server's clock is "
              + (isAhead ? ahead : behind).toMillis()
              + " ms "
              + (isAhead ? "ahead of" : "behind")
              + " the one of this machine; tasks enqueued from here sort by an id of another time,"
              + " and logs do not match",
          "let NTP set the clocks of both machines");
    }
  }

  private static void commit(Examination examination) throws SQLException {
    if (examination.text("SHOW synchronous_commit").equals("off")) {
      examination.problem(
          "synchronous_commit is off for this connection; a crash of the server undoes what was"
              + " answered with success",
          "set synchronous_commit = on where it was switched off: JDBC URL, role, database or"
              + " server");
    }
  }

  private static void readOnly(Examination examination) throws SQLException {
    if (examination.truth("SELECT pg_is_in_recovery()")) {
      examination.problem(
          "the server is a standby; nothing can be written to it",
          "give the JDBC URL all hosts and targetServerType=primary");
    } else if (examination.text("SHOW transaction_read_only").equals("on")) {
      examination.problem(
          "the transactions of this connection are read-only",
          "set default_transaction_read_only = off for the role, database or server, and let the"
              + " pool not be read-only");
    }
  }
}
