package dev.dibs.jdbc;

import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.select;

import dev.dibs.InvalidInputException;
import dev.dibs.SetupException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import javax.sql.DataSource;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tables and functions of Dibs in a schema of a PostgreSQL database, 14 to 18, encoding UTF8.
 *
 * <pre>{@code
 * Schema.install(dataSource);
 * }</pre>
 *
 * <p>The migrations are numbered SQL files ({@link #scripts()}); each is applied once, in one
 * transaction of its own, so that what fails changes nothing. Any number of processes may migrate
 * at once: they wait for each other under an advisory lock. A {@code tasks} table with exactly the
 * eight columns of the SQL contract is adopted with its rows (its table is locked and rewritten
 * meanwhile); any other is refused.
 *
 * <p>Thread-safe: has no state.
 */
public final class Schema {
  /** The schema used unless told otherwise. */
  public static final String DEFAULT = "public";

  /** The newest migration that this library knows, and the oldest that it can work with. */
  public static final int VERSION = 2;

  /** The SQLSTATE with which a migration refuses. */
  static final String REFUSED = "DIBS1";

  private static final int MAX_NAME_BYTES = 63;
  private static final List<String> FILES = List.of("001_tasks.sql", "002_delivery.sql");
  private static final Logger log = LoggerFactory.getLogger(Schema.class);

  private Schema() {}

  /** As {@link #install(DataSource, String)}, in the schema {@value #DEFAULT}. */
  public static void install(DataSource dataSource) {
    install(dataSource, DEFAULT);
  }

  /**
   * Creates the schema if it does not exist, and applies the migrations it lacks. In one that was
   * renamed since, it lets the functions work in the schema of the new name.
   *
   * @param schema its name as PostgreSQL holds it, 1 to 63 bytes of UTF-8; quoted wherever it is
   *     used
   * @throws InvalidInputException if an argument is null or the name is not valid
   * @throws SetupException if the schema cannot be used: it holds another {@code tasks} table or
   *     functions of the same names, the role may not create there, the encoding is not UTF8, a
   *     newer library has migrated it and declares this one too old, or the DataSource gives a
   *     connection with an open transaction; nothing was changed
   * @throws dev.dibs.DatabaseException if the database could not be reached or refused a statement
   * @throws dev.dibs.OutcomeUnknownException if the connection was lost meanwhile; run it again,
   *     what was applied is left alone
   */
  public static void install(DataSource dataSource, String schema) {
    apply(dataSource, schema, true);
  }

  /** As {@link #migrate(DataSource, String)}, in the schema {@value #DEFAULT}. */
  public static void migrate(DataSource dataSource) {
    migrate(dataSource, DEFAULT);
  }

  /**
   * Applies the migrations that an existing schema lacks; after ALTER SCHEMA … RENAME too, as
   * {@link #install(DataSource, String)} says.
   *
   * @throws SetupException if the schema does not exist, or as {@link #install(DataSource, String)}
   *     does
   * @throws InvalidInputException if an argument is null or the name is not valid
   * @throws dev.dibs.DatabaseException if the database could not be reached or refused a statement
   * @throws dev.dibs.OutcomeUnknownException as {@link #install(DataSource, String)} says
   */
  public static void migrate(DataSource dataSource, String schema) {
    apply(dataSource, schema, false);
  }

  /**
   * The migrations in their order, each the text of a SQL file that works in the current schema:
   * for psql, Flyway, Liquibase, or to be read.
   */
  public static List<String> scripts() {
    return FILES.stream().map(Schema::script).toList();
  }

  private static void apply(DataSource dataSource, String schema, boolean create) {
    if (dataSource == null) {
      throw new InvalidInputException("dataSource: must not be null");
    }
    String checked = checkName(schema);
    String operation = create ? "install" : "migrate";
    try (Connection connection = Database.borrow(operation, dataSource)) {
      boolean autocommit = connection.getAutoCommit();
      Database.refuseOpenTransaction(operation, connection);
      connection.setAutoCommit(false);
      try {
        for (String script : scripts()) {
          apply(connection, checked, create, script);
        }
        int version = new SchemaGuard(checked, new Sql(checked)).version(connection);
        log.info("schema {} is at migration {}", checked, version);
      } finally {
        connection.rollback();
        connection.setAutoCommit(autocommit);
      }
    } catch (SQLException e) {
      throw Database.translate(operation, true, e);
    }
  }

  private static void apply(Connection connection, String schema, boolean create, String script)
      throws SQLException {
    Sql sql = new Sql(schema);
    try (Statement statement = connection.createStatement()) {
      // The lock's snapshot must not be the migration's: whoever waits has to see what was done.
      statement.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
      statement.execute(
          sql.render(
              select(
                  field(
                      "pg_advisory_xact_lock(hashtextextended({0}, cast(0 as bigint)))",
                      Object.class, inline("dibs schema " + schema)))));
      @Nullable String found =
          Database.query(
              connection,
              sql.render(
                  select(
                      field("to_regnamespace({0})::text", String.class, inline(quoted(schema))))));
      if (found == null && !create) {
        throw new SetupException(
            "migrate: there is no schema \"" + schema + "\"; run Schema.install to create it");
      }
      if (found == null) {
        statement.execute(sql.render(DSL.createSchema(name(schema))));
      }
      statement.execute(
          sql.render(
              select(
                  field(
                      "set_config('search_path', {0}, true)",
                      String.class, inline(quoted(schema))))));
      statement.setEscapeProcessing(false);
      statement.execute(script);
      connection.commit();
    }
  }

  /**
   * Checks the name of a schema.
   *
   * @return the name
   */
  static String checkName(@Nullable String schema) {
    if (schema == null || schema.isBlank()) {
      throw new InvalidInputException("schema: must not be null or blank");
    }
    int bytes = schema.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > MAX_NAME_BYTES) {
      throw new InvalidInputException(
          "schema: must have at most "
              + MAX_NAME_BYTES
              + " bytes in UTF-8, had "
              + bytes
              + " (PostgreSQL would cut the rest off)");
    }
    if (schema.codePoints().anyMatch(c -> c == 0 || (c >= 0xD800 && c <= 0xDFFF))) {
      throw new InvalidInputException("schema: must not hold a NUL or a lone surrogate");
    }
    if (schema.equals("$user")) {
      throw new InvalidInputException(
          "schema: must not be $user, which PostgreSQL replaces with the role's name");
    }
    if (schema.startsWith("pg_") || schema.equals("information_schema")) {
      throw new InvalidInputException("schema: must not be one of PostgreSQL's own, was " + schema);
    }
    return schema;
  }

  /** The name as an identifier in SQL, for the functions that take one as text. */
  static String quoted(String schema) {
    return '"' + schema.replace("\"", "\"\"") + '"';
  }

  private static String script(String file) {
    try (@Nullable InputStream in = Schema.class.getResourceAsStream("schema/" + file)) {
      if (in == null) {
        throw new IllegalStateException("queue-jdbc's resource schema/" + file + " is missing");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
