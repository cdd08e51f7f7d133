package dev.dibs.jdbc;

import java.sql.SQLException;
import java.time.Duration;

/**
 * Who holds an old snapshot: until it is gone, vacuum cannot remove what finished tasks left
 * behind. The text of a query is never shown, it may hold data.
 */
final class SnapshotChecks {
  /** A running vacuum's own snapshot holds nothing back. */
  private static final String TRANSACTIONS =
      """
      SELECT pid, usename, application_name, state, extract(epoch FROM clock_timestamp() - xact_start)
      FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL)
        AND clock_timestamp() - xact_start > ?::interval
        AND backend_type NOT IN ('walsender', 'autovacuum worker')
        AND pid NOT IN (SELECT pid FROM pg_stat_progress_vacuum)
      ORDER BY xact_start
      """;

  private static final String PREPARED =
      """
      SELECT gid, owner, extract(epoch FROM clock_timestamp() - prepared) FROM pg_prepared_xacts
      WHERE database = current_database() AND clock_timestamp() - prepared > ?::interval
      ORDER BY prepared
      """;

  /** The slot has a snapshot of its own; its standby shows up with {@link #STANDBYS}. */
  private static final String SLOTS =
      """
      SELECT slot_name, active_pid, age(xmin) FROM pg_replication_slots
      WHERE xmin IS NOT NULL AND age(xmin) > ? ORDER BY age(xmin) DESC
      """;

  private static final String STANDBYS =
      """
      SELECT pid, usename, application_name, state, age(backend_xmin) FROM pg_stat_activity
      WHERE backend_type = 'walsender' AND backend_xmin IS NOT NULL AND age(backend_xmin) > ?
      ORDER BY age(backend_xmin) DESC
      """;

  private SnapshotChecks() {}

  static void make(Examination examination) {
    examination.make("open transactions", SnapshotChecks::transactions);
    examination.make("prepared transactions", SnapshotChecks::prepared);
    examination.make("replication slots", SnapshotChecks::slots);
    examination.make("standbys", SnapshotChecks::standbys);
  }

  private static void transactions(Examination examination) throws SQLException {
    record Open(int pid, String who, Duration open) {}
    String bound = examination.bounds().open().toString();
    for (Open transaction :
        examination.list(
            TRANSACTIONS,
            row ->
                new Open(
                    row.getInt(1),
                    who(row.getString(2), row.getString(3), row.getString(4)),
                    seconds(row.getDouble(5))),
            bound)) {
      examination.warning(
          "the transaction of pid "
              + transaction.pid
              + transaction.who
              + " has been open for "
              + transaction.open.toSeconds()
              + " s; no dead row of that time can be removed",
          "end it in its program, or SELECT pg_terminate_backend(" + transaction.pid + ")");
    }
  }

  private static void prepared(Examination examination) throws SQLException {
    record Prepared(String gid, String owner, Duration open) {}
    String bound = examination.bounds().open().toString();
    for (Prepared transaction :
        examination.list(
            PREPARED,
            row -> new Prepared(row.getString(1), row.getString(2), seconds(row.getDouble(3))),
            bound)) {
      String gid = "'" + transaction.gid.replace("'", "''") + "'";
      examination.warning(
          "the transaction "
              + gid
              + " of user "
              + transaction.owner
              + " has been prepared for "
              + transaction.open.toSeconds()
              + " s and not ended; no dead row of that time can be removed",
          "if its coordinator has forgotten it, ROLLBACK PREPARED " + gid);
    }
  }

  private static void slots(Examination examination) throws SQLException {
    record Slot(String name, int pid, long age) {}
    for (Slot slot :
        examination.list(
            SLOTS,
            row -> new Slot(row.getString(1), row.getInt(2), row.getLong(3)),
            examination.bounds().transactions())) {
      examination.warning(
          "the replication slot "
              + slot.name
              + (slot.pid == 0 ? " (not in use)" : " (used by pid " + slot.pid + ")")
              + " holds a snapshot that is "
              + slot.age
              + " transactions old; no dead row of that time can be removed",
          slot.pid == 0
              ? "start its standby, or SELECT pg_drop_replication_slot('" + slot.name + "')"
              : "end the long query on its standby, or set hot_standby_feedback = off there");
    }
  }

  private static void standbys(Examination examination) throws SQLException {
    record Standby(int pid, String who, long age) {}
    for (Standby standby :
        examination.list(
            STANDBYS,
            row ->
                new Standby(
                    row.getInt(1),
                    who(row.getString(2), row.getString(3), row.getString(4)),
                    row.getLong(5)),
            examination.bounds().transactions())) {
      examination.warning(
          "the standby of pid "
              + standby.pid
              + standby.who
              + " holds, by hot_standby_feedback, a snapshot that is "
              + standby.age
              + " transactions old; no dead row of that time can be removed",
          "end the long query on the standby, or set hot_standby_feedback = off there");
    }
  }

  private static String who(String user, String application, String state) {
    return " (user " + user + ", application '" + application + "', " + state + ")";
  }

  private static Duration seconds(double seconds) {
    return Duration.ofMillis((long) (seconds * 1000));
  }
}
