package dev.dibs.jdbc;

import java.sql.Connection;
import java.sql.SQLException;

/** Where statements run: in transactions of their own, or all in one of the caller's. */
interface Session {
  /** What is done with a connection. */
  @FunctionalInterface
  interface Work<T> {
    T run(Connection connection) throws SQLException;
  }

  /** For what writes nothing: a lost connection leaves no doubt. */
  <T> T read(String operation, Work<T> work);

  /** For what writes: if the connection is lost, the outcome is unknown. */
  <T> T write(String operation, Work<T> work);
}
