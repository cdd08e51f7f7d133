package dev.dibs.jdbc;

import dev.dibs.DatabaseException;
import dev.dibs.DibsException;
import dev.dibs.jdbc.Doctor.Finding;
import dev.dibs.jdbc.Doctor.Severity;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGStatement;

/** One run of the doctor: its connection, the queries on it, and what was found so far. */
final class Examination {
  /** One look at one thing. */
  @FunctionalInterface
  interface Check {
    void make(Examination examination) throws SQLException;
  }

  /** What a row says. */
  @FunctionalInterface
  interface Reading<T> {
    T of(ResultSet row) throws SQLException;
  }

  private final Connection connection;
  private final String schema;
  private final Doctor.Bounds bounds;
  private final List<Finding> findings = new ArrayList<>();

  Examination(Connection connection, String schema, Doctor.Bounds bounds) {
    this.connection = connection;
    this.schema = schema;
    this.bounds = bounds;
  }

  Connection connection() {
    return connection;
  }

  String schema() {
    return schema;
  }

  /** The name of something in the schema, as SQL. */
  String qualified(String name) {
    return Schema.quoted(schema) + "." + Schema.quoted(name);
  }

  Doctor.Bounds bounds() {
    return bounds;
  }

  List<Finding> findings() {
    return List.copyOf(findings);
  }

  /** Makes a check; if it fails, that is a finding, unless the connection is lost. */
  void make(String name, Check check) {
    try {
      check.make(this);
    } catch (SQLException e) {
      DibsException failure = Database.translate(Doctor.OPERATION, false, e);
      if (failure instanceof DatabaseException && connectionLost()) {
        throw failure;
      }
      warning(
          "the check of the "
              + name
              + " could not be made (SQLSTATE "
              + Database.state(e)
              + ": "
              + oneLine(e.getMessage())
              + ")",
          "see whether the role may read the catalogs and nothing holds a lock on the tables, and"
              + " check again");
    } catch (RuntimeException | AbstractMethodError e) {
      // Old pools leave methods of JDBC out.
      warning(
          "the check of the " + name + " could not be made (" + oneLine(e.toString()) + ")",
          "see whether the pool and the driver are of current versions, and check again");
    }
  }

  private boolean connectionLost() {
    try {
      return connection.isClosed() || !connection.isValid(bounds.timeoutSeconds());
    } catch (SQLException e) {
      return true;
    }
  }

  private static String oneLine(@Nullable String text) {
    return String.valueOf(text).replaceAll("\\s+", " ");
  }

  void problem(String found, String cure) {
    report(Severity.PROBLEM, found, cure);
  }

  void warning(String found, String cure) {
    report(Severity.WARNING, found, cure);
  }

  void report(Severity severity, String found, String cure) {
    findings.add(new Finding(severity, found, cure));
  }

  <T> List<T> list(String sql, Reading<T> reading, Object... parameters) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      // Nothing may stay behind on a server connection that a pooler hands to somebody else.
      if (statement.isWrapperFor(PGStatement.class)) {
        statement.unwrap(PGStatement.class).setPrepareThreshold(0);
      }
      statement.setQueryTimeout(bounds.timeoutSeconds());
      for (int i = 0; i < parameters.length; i++) {
        statement.setObject(i + 1, parameters[i]);
      }
      List<T> list = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          list.add(reading.of(rows));
        }
      }
      return list;
    }
  }

  /** The first column of the only row. */
  String text(String sql, Object... parameters) throws SQLException {
    return String.valueOf(list(sql, row -> row.getString(1), parameters).get(0));
  }

  /** The first column of the only row. */
  boolean truth(String sql, Object... parameters) throws SQLException {
    return list(sql, row -> row.getBoolean(1), parameters).get(0);
  }
}
