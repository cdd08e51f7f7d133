package dev.dibs.examples.benchmark.measure;

import dev.dibs.examples.benchmark.contender.Pools;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/** A PostgreSQL as in production, whose data is gone afterwards. */
public final class LocalServer implements AutoCloseable {
  private final EmbeddedPostgres postgres;
  private final long pid;

  private LocalServer(EmbeddedPostgres postgres, long pid) {
    this.postgres = postgres;
    this.pid = pid;
  }

  /** Starts one with these shared buffers, in PostgreSQL's units. */
  public static LocalServer start(String sharedBuffers) throws IOException {
    String user = System.getProperty("user.name", "").replaceAll("[^A-Za-z0-9._-]", "_");
    Path directory = Path.of(System.getProperty("java.io.tmpdir"), "dibs-benchmark-" + user);
    // A start stops and removes what killed JVMs left in this directory, and only there.
    System.setProperty("ot.epg.working-dir", directory.toString());
    Files.createDirectories(directory);
    Path data = Files.createTempDirectory(directory, "data-");
    EmbeddedPostgres postgres =
        EmbeddedPostgres.builder()
            .setDataDirectory(data)
            .setPGStartupWait(Duration.ofSeconds(60))
            .setServerConfig("fsync", "on")
            .setServerConfig("synchronous_commit", "on")
            .setServerConfig("full_page_writes", "on")
            .setServerConfig("autovacuum", "on")
            .setServerConfig("shared_buffers", sharedBuffers)
            .setServerConfig("max_connections", "300")
            // No checkpoint but those that are asked for falls into a run.
            .setServerConfig("max_wal_size", "8GB")
            .setServerConfig("checkpoint_timeout", "1h")
            .start();
    long pid = Long.parseLong(Files.readAllLines(data.resolve("postmaster.pid")).get(0).strip());
    return new LocalServer(postgres, pid);
  }

  /** Makes an empty database and says its URL. */
  String createDatabase(String name) throws SQLException {
    run("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)", "CREATE DATABASE " + name);
    return url(name);
  }

  void dropDatabase(String name) throws SQLException {
    run("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
  }

  private String url(String database) {
    return "jdbc:postgresql://localhost:" + postgres.getPort() + "/" + database + "?user=postgres";
  }

  int port() {
    return postgres.getPort();
  }

  /** What the server has used until now. */
  Reading read() throws SQLException {
    try (Connection connection = admin().getConnection();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint,"
                    + " pg_wal_lsn_diff(checkpoint_lsn, '0/0')::bigint"
                    + " FROM pg_control_checkpoint()")) {
      row.next();
      return new Reading(ProcessCpu.ofFamily(pid), row.getLong(1), row.getLong(2));
    }
  }

  void checkpoint() throws SQLException {
    run("CHECKPOINT");
  }

  /** The version, and every setting that is not as PostgreSQL ships it. */
  public List<String> describe() throws SQLException {
    List<String> lines = new ArrayList<>();
    try (Connection connection = admin().getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT 'server_version = ' || current_setting('server_version') UNION ALL"
                    + " SELECT name || ' = ' || current_setting(name) FROM pg_settings WHERE"
                    + " source IN ('command line', 'configuration file') AND setting IS DISTINCT"
                    + " FROM boot_val AND name NOT IN ('port', 'data_directory', 'config_file',"
                    + " 'hba_file', 'ident_file', 'unix_socket_directories', 'log_directory',"
                    + " 'log_filename', 'logging_collector', 'log_timezone')")) {
      while (rows.next()) {
        lines.add(rows.getString(1));
      }
    }
    return lines;
  }

  private DataSource admin() {
    return Pools.direct(url("postgres"));
  }

  private void run(String... statements) throws SQLException {
    try (Connection connection = admin().getConnection();
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  @Override
  public void close() throws IOException {
    postgres.close();
  }
}
