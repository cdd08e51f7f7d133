package dev.dibs.testkit;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Objects;
import java.util.Properties;
import javax.sql.DataSource;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.postgresql.Driver;
import org.postgresql.PGProperty;
import org.postgresql.ds.PGSimpleDataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What one test class, with its nested classes, has: a schema on the server, dropped or kept. */
final class TestSession {

  private static final Logger log = LoggerFactory.getLogger(TestSession.class);

  private final String owner;
  private final TestServer server;
  private final TestSchema schema;
  private volatile boolean keep;

  private TestSession(String owner, TestServer server, TestSchema schema) {
    this.owner = owner;
    this.server = server;
    this.schema = schema;
  }

  static TestSession begin(ExtensionContext context, TestServer server, boolean install)
      throws SQLException {
    TestSchema schema;
    try {
      schema = TestSchema.create(source(server.jdbcUrl()), context.getRequiredTestClass());
    } catch (SQLException e) {
      if (server.outlivesJvm()) {
        throw new IllegalStateException(
            "The server that " + Setting.JDBC_URL + " names cannot be used: " + e.getMessage(), e);
      }
      throw e;
    }
    if (install) {
      try {
        schema.install();
      } catch (RuntimeException | Error e) {
        schema.drop();
        throw e;
      }
    }
    return new TestSession(context.getUniqueId(), server, schema);
  }

  TestSchema schema() {
    return schema;
  }

  String jdbcUrl() {
    return server.jdbcUrl();
  }

  DataSource dataSource() {
    return source(server.jdbcUrl());
  }

  DataSource schemaDataSource() {
    PGSimpleDataSource source = source(server.jdbcUrl());
    source.setCurrentSchema(schema.name());
    return source;
  }

  Connection connect() throws SQLException {
    return schemaDataSource().getConnection();
  }

  boolean belongsTo(ExtensionContext context) {
    return context.getUniqueId().equals(owner);
  }

  /** Whether this is the session of the class around a nested class. */
  boolean encloses(ExtensionContext context) {
    return belongsTo(context) || context.getParent().map(this::encloses).orElse(false);
  }

  void keep() {
    keep = true;
  }

  void end() throws SQLException {
    if (keep) {
      log.warn(
          "A test failed, so its schema is kept{}: {}",
          server.outlivesJvm() ? "" : " until this JVM ends",
          psqlCommand());
    } else {
      schema.drop();
    }
  }

  // The password stays out of the line: build logs are read by many.
  private String psqlCommand() {
    Properties parts = Objects.requireNonNull(Driver.parseURL(server.jdbcUrl(), null));
    return "psql \"postgresql://%s@%s:%s/%s?options=-csearch_path%%3D%s\""
        .formatted(
            PGProperty.USER.getOrDefault(parts),
            PGProperty.PG_HOST.getOrDefault(parts),
            PGProperty.PG_PORT.getOrDefault(parts),
            PGProperty.PG_DBNAME.getOrDefault(parts),
            schema.name());
  }

  private static PGSimpleDataSource source(String jdbcUrl) {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setUrl(jdbcUrl);
    return source;
  }
}
