package dev.dibs.jdbc;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A server of a class's own with which nothing is wrong, so that one thing can be made wrong at a
 * time; each test begins with a new schema.
 */
final class DurableServer implements BeforeAllCallback, BeforeEachCallback, AfterAllCallback {
  static final String SCHEMA = "the \"queue\"";
  static final String QUOTED = Schema.quoted(SCHEMA);

  private Path directory;
  private EmbeddedPostgres server;

  @Override
  public void beforeAll(ExtensionContext context) throws IOException {
    directory = Files.createTempDirectory("dibs-durable-");
    server =
        EmbeddedPostgres.builder()
            .setDataDirectory(directory.resolve("data"))
            .setServerConfig("fsync", "on")
            .setServerConfig("synchronous_commit", "on")
            .setServerConfig("max_prepared_transactions", "5")
            .setServerConfig("max_connections", "30")
            // A snapshot's age must be what the test makes it.
            .setServerConfig("autovacuum_naptime", "1h")
            .start();
  }

  @Override
  public void beforeEach(ExtensionContext context) throws SQLException {
    execute("DROP SCHEMA IF EXISTS " + QUOTED + " CASCADE");
    Schema.install(dataSource(), SCHEMA);
  }

  @Override
  public void afterAll(ExtensionContext context) throws IOException {
    server.close();
    Files.deleteIfExists(directory);
  }

  int port() {
    return server.getPort();
  }

  /** As a superuser, with a socket timeout. */
  PGSimpleDataSource dataSource() {
    return dataSource("postgres");
  }

  PGSimpleDataSource dataSource(String user) {
    PGSimpleDataSource dataSource = new PGSimpleDataSource();
    dataSource.setUrl("jdbc:postgresql://localhost:" + port() + "/postgres");
    dataSource.setUser(user);
    dataSource.setSocketTimeout(60);
    return dataSource;
  }

  /** In the schema. */
  Connection connect() throws SQLException {
    PGSimpleDataSource dataSource = dataSource();
    dataSource.setApplicationName("the test");
    Connection connection = dataSource.getConnection();
    execute(connection, "SET search_path = " + QUOTED);
    return connection;
  }

  void execute(String... statements) throws SQLException {
    try (Connection connection = dataSource().getConnection()) {
      execute(connection, "SET search_path = " + QUOTED);
      execute(connection, statements);
    }
  }

  static void execute(Connection connection, String... statements) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  static String query(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }

  /** Asks the database again and again, for a minute at most. */
  static void await(Callable<Boolean> condition) {
    long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    try {
      while (!condition.call()) {
        if (System.nanoTime() > deadline) {
          throw new AssertionError("the condition did not come true within a minute");
        }
        Thread.onSpinWait();
      }
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
