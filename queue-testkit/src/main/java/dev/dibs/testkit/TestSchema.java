package dev.dibs.testkit;

import dev.dibs.jdbc.Schema;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Locale;
import java.util.Set;
import java.util.StringJoiner;
import javax.sql.DataSource;

/** The schema of one test class, from its creation to its end. */
final class TestSchema {

  private static final int LONGEST_CLASS_PART = 40;
  private static final String DUPLICATE_SCHEMA = "42P06";
  private static final String UNIQUE_VIOLATION = "23505";
  private static final String LOCK_NOT_AVAILABLE = "55P03";

  private final DataSource dataSource;
  private final String name;

  private TestSchema(DataSource dataSource, String name) {
    this.dataSource = dataSource;
    this.name = name;
  }

  /** Creates a schema under the first free name that begins with the test class's. */
  static TestSchema create(DataSource dataSource, Class<?> testClass) throws SQLException {
    String simple = testClass.getSimpleName().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "_");
    String prefix = "it_" + simple.substring(0, Math.min(simple.length(), LONGEST_CLASS_PART));
    try (Connection connection = dataSource.getConnection()) {
      for (int number = 1; ; number++) {
        String name = prefix + "_" + number;
        try {
          execute(connection, "create schema", name);
          return new TestSchema(dataSource, name);
        } catch (SQLException e) {
          // Only trying tells: kept schemas and other JVMs may hold the name on a given server.
          if (!Set.of(DUPLICATE_SCHEMA, UNIQUE_VIOLATION).contains(e.getSQLState())) {
            throw e;
          }
        }
      }
    }
  }

  String name() {
    return name;
  }

  void install() {
    Schema.install(dataSource, name);
  }

  /** Drops the schema; a transaction that a test forgot makes this fail instead of hang. */
  void drop() throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      try {
        run(connection, "set lock_timeout = '3s'");
        execute(connection, "drop schema if exists", name, "cascade");
      } catch (SQLException e) {
        if (LOCK_NOT_AVAILABLE.equals(e.getSQLState())) {
          throw new AssertionError(
              "Schema %s cannot be dropped, a test left a transaction open: %s"
                  .formatted(name, holders(connection)),
              e);
        }
        throw e;
      }
    }
  }

  private String holders(Connection connection) throws SQLException {
    String sql =
        """
        select distinct a.pid, a.state, a.query
        from pg_locks l
          join pg_class c on c.oid = l.relation
          join pg_stat_activity a on a.pid = l.pid
        where c.relnamespace = to_regnamespace(quote_ident(?)) and a.pid <> pg_backend_pid()
        """;
    StringJoiner holders = new StringJoiner("; ");
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, name);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          holders.add(
              "backend %d is %s after %s"
                  .formatted(rows.getInt(1), rows.getString(2), rows.getString(3)));
        }
      }
    }
    return holders.toString();
  }

  // A schema's name cannot be a parameter; names made here hold only a-z, 0-9 and _.
  private static void execute(Connection connection, String... words) throws SQLException {
    run(connection, String.join(" ", words));
  }

  private static void run(Connection connection, String sql) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.execute();
    }
  }
}
