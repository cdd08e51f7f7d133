package dev.dibs.testkit;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

/** The JVM's server for tests that run on jqwik's engine, where no extension of Jupiter serves. */
public final class TestPostgres {
  private static final SharedServer SERVER = SharedServer.use();

  private TestPostgres() {}

  /** Opens a connection that the caller closes. */
  public static Connection connect() throws SQLException {
    return DriverManager.getConnection(SERVER.server().jdbcUrl());
  }
}
