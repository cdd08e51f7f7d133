package dev.dibs.jdbc;

import java.sql.SQLException;

/** What the server is and how it is set. */
final class ServerChecks {
  private static final int OLDEST = 14;

  private static final String CONNECTIONS =
      """
      SELECT count(*), current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
      FROM pg_stat_activity WHERE backend_type = 'client backend'
      """;

  private ServerChecks() {}

  static void make(Examination examination) {
    examination.make("server's version", ServerChecks::version);
    examination.make("setting fsync", ServerChecks::fsync);
    examination.make("setting full_page_writes", ServerChecks::fullPageWrites);
    examination.make("setting autovacuum", ServerChecks::autovacuum);
    examination.make("number of connections", ServerChecks::connections);
  }

  private static void version(Examination examination) throws SQLException {
    int version = Integer.parseInt(examination.text("SHOW server_version_num")) / 10_000;
    int newest = examination.bounds().newestServer();
    if (version < OLDEST || version > newest) {
      examination.warning(
          "the server is PostgreSQL "
              + version
              + "; this version of Dibs was tested with "
              + OLDEST
              + " to "
              + newest,
          version < OLDEST ? "upgrade the server" : "upgrade Dibs to a version that knows it");
    }
  }

  private static void fsync(Examination examination) throws SQLException {
    if (examination.text("SHOW fsync").equals("off")) {
      examination.problem(
          "fsync is off; a crash of the machine can lose tasks and corrupt the whole database",
          "set fsync = on in the server's configuration");
    }
  }

  private static void fullPageWrites(Examination examination) throws SQLException {
    if (examination.text("SHOW full_page_writes").equals("off")) {
      examination.warning(
          "full_page_writes is off; a crash of the machine can leave half-written pages",
          "set full_page_writes = on, unless the file system writes whole pages or none, as ZFS"
              + " does");
    }
  }

  private static void autovacuum(Examination examination) throws SQLException {
    for (String setting : new String[] {"autovacuum", "track_counts"}) {
      if (examination.text("SELECT current_setting(?)", setting).equals("off")) {
        examination.warning(
            setting + " is off; finished tasks leave dead rows that nothing removes",
            "set " + setting + " = on in the server's configuration");
      }
    }
  }

  private static void connections(Examination examination) throws SQLException {
    int[] counts =
        examination.list(CONNECTIONS, row -> new int[] {row.getInt(1), row.getInt(2)}).get(0);
    if (counts[0] * 10L > counts[1] * 9L) {
      examination.warning(
          counts[0] + " of the server's " + counts[1] + " connections for ordinary roles are used",
          "make the pools smaller, put a pooler between, or raise max_connections");
    }
  }
}
