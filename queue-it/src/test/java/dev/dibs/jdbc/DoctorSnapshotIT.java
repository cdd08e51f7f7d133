package dev.dibs.jdbc;

import static dev.dibs.jdbc.DoctorIT.assertOnly;
import static dev.dibs.jdbc.DurableServer.SCHEMA;
import static dev.dibs.jdbc.DurableServer.execute;
import static dev.dibs.jdbc.DurableServer.query;
import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.jdbc.Doctor.Bounds;
import dev.dibs.jdbc.Doctor.Finding;
import dev.dibs.jdbc.Doctor.Severity;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.PGConnection;
import org.postgresql.PGProperty;
import org.postgresql.copy.CopyDual;
import org.postgresql.ds.PGSimpleDataSource;

/** Everything that can hold an old snapshot does so for real; only the bound is a small one. */
@Timeout(120)
class DoctorSnapshotIT {
  @RegisterExtension static final DurableServer server = new DurableServer();

  private static final Bounds TINY = Bounds.USUAL.snapshots(Duration.ofMillis(1), 1);

  @Test
  void check_openSnapshot_isFoundWithoutItsQueryAndTheCureEndsIt() throws SQLException {
    try (Connection holder = server.connect()) {
      String pid = query(holder, "SELECT pg_backend_pid()");
      holder.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      holder.setAutoCommit(false);
      query(holder, "SELECT 'a secret'");

      List<Finding> findings = check(TINY);

      assertOnly(findings)
          .isEqualTo(
              Severity.WARNING,
              "pid " + pid + " (user postgres, application 'the test', idle in transaction)",
              "SELECT pg_terminate_backend(" + pid + ")");
      assertThat(findings.get(0).toString()).doesNotContain("secret");
      assertThat(check(Bounds.USUAL)).as("not open for five minutes").isEmpty();
      server.execute(findings.get(0).cure().replaceFirst(".* or SELECT", "SELECT"));
      awaitNone(TINY);
    }
  }

  @Test
  void check_openWrite_isFound() throws SQLException {
    try (Connection holder = server.connect()) {
      holder.setAutoCommit(false);
      execute(holder, "INSERT INTO tasks (type, payload) VALUES ('a', '1')");
      assertOnly(check(TINY)).isEqualTo(Severity.WARNING, "idle in transaction", "terminate");
    }
  }

  @Test
  void check_preparedTransaction_isFoundAndTheCureEndsIt() throws SQLException {
    server.execute(
        "BEGIN",
        "INSERT INTO tasks (type, payload) VALUES ('a', '1')",
        "PREPARE TRANSACTION 'it''s'");
    List<Finding> findings = check(TINY);
    try {
      assertOnly(findings)
          .isEqualTo(
              Severity.WARNING,
              "transaction 'it''s' of user postgres has been prepared for",
              "ROLLBACK PREPARED 'it''s'");
      assertThat(check(Bounds.USUAL)).isEmpty();
    } finally {
      server.execute("ROLLBACK PREPARED 'it''s'");
    }
  }

  @Test
  void check_standbyWithFeedback_isFound() throws SQLException {
    try (Connection standby = replication();
        Connection watcher = server.connect()) {
      Feedback feedback = stream(standby, "START_REPLICATION PHYSICAL ");
      await(
          feedback,
          watcher,
          "SELECT count(backend_xmin) FROM pg_stat_activity WHERE backend_type = 'walsender'");
      spendTransactions();
      assertOnly(check(TINY))
          .isEqualTo(
              Severity.WARNING, "application 'a standby'", "hot_standby_feedback = off there");
      assertThat(check(Bounds.USUAL)).isEmpty();
    }
    awaitNone(TINY);
  }

  @Test
  void check_slotWithSnapshot_isFoundInUseAndLeftBehind() throws SQLException {
    server.execute("SELECT pg_create_physical_replication_slot('left_behind', true)");
    try {
      try (Connection standby = replication();
          Connection watcher = server.connect()) {
        Feedback feedback = stream(standby, "START_REPLICATION SLOT left_behind PHYSICAL ");
        await(feedback, watcher, "SELECT count(xmin) FROM pg_replication_slots");
        spendTransactions();
        assertOnly(check(TINY))
            .isEqualTo(Severity.WARNING, "slot left_behind (used by pid", "feedback = off there");
      }
      try (Connection watcher = server.connect()) {
        await(watcher, "SELECT count(*) FROM pg_replication_slots WHERE NOT active");
      }
      assertOnly(check(TINY))
          .isEqualTo(
              Severity.WARNING,
              "slot left_behind (not in use)",
              "SELECT pg_drop_replication_slot('left_behind')");
      assertThat(check(Bounds.USUAL)).isEmpty();
    } finally {
      server.execute("SELECT pg_drop_replication_slot('left_behind')");
    }
  }

  private static List<Finding> check(Bounds bounds) {
    return Doctor.check(server.dataSource(), SCHEMA, bounds);
  }

  private static void awaitNone(Bounds bounds) {
    DurableServer.await(() -> check(bounds).isEmpty());
  }

  private static void await(Feedback feedback, Connection watcher, String count) {
    DurableServer.await(
        () -> {
          feedback.send();
          return !query(watcher, count).equals("0");
        });
  }

  private static void await(Connection watcher, String count) {
    DurableServer.await(() -> !query(watcher, count).equals("0"));
  }

  private static void spendTransactions() throws SQLException {
    for (int i = 0; i < 5; i++) {
      server.execute(
          "INSERT INTO dibs_housekeeping VALUES (true, gen_random_uuid(), now()) ON CONFLICT DO NOTHING",
          "DELETE FROM dibs_housekeeping");
    }
  }

  private static Connection replication() throws SQLException {
    PGSimpleDataSource dataSource = server.dataSource();
    dataSource.setProperty(PGProperty.REPLICATION, "true");
    dataSource.setProperty(PGProperty.ASSUME_MIN_SERVER_VERSION, "9.4");
    dataSource.setProperty(PGProperty.PREFER_QUERY_MODE, "simple");
    dataSource.setApplicationName("a standby");
    return dataSource.getConnection();
  }

  /** Says again which snapshot a standby's queries need, as it does from time to time. */
  private interface Feedback {
    void send() throws SQLException;
  }

  /** Streams as a standby does. */
  private static Feedback stream(Connection standby, String start) throws SQLException {
    int needed;
    String from;
    try (Connection connection = server.connect()) {
      needed = (int) Long.parseLong(query(connection, "SELECT pg_current_xact_id()"));
      from = query(connection, "SELECT pg_current_wal_lsn()");
    }
    CopyDual stream = standby.unwrap(PGConnection.class).getCopyAPI().copyDual(start + from);
    byte[] feedback =
        ByteBuffer.allocate(25)
            .put((byte) 'h')
            .putLong(0)
            .putInt(needed)
            .putInt(0)
            .putLong(0)
            .array();
    return () -> {
      stream.writeToCopy(feedback, 0, feedback.length);
      stream.flushCopy();
    };
  }
}
