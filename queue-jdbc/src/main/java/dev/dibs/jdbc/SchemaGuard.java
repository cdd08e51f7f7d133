package dev.dibs.jdbc;

import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.max;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.table;

import dev.dibs.SetupException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;
import org.jooq.Field;

/**
 * Makes sure, at first use and not again, that the schema is there, fits this library, and that
 * statements run at READ COMMITTED: at other levels a claim would fail where it should skip.
 */
final class SchemaGuard {
  private final String schema;
  private final String exists;
  private final String versions;
  private volatile boolean schemaFits;
  private volatile boolean isolationFits;

  SchemaGuard(String schema, Sql sql) {
    this.schema = schema;
    Field<Integer> version = field(name("version"), Integer.class);
    Field<Integer> oldestLibrary = field(name("oldest_library"), Integer.class);
    this.exists =
        sql.render(
            select(
                field(
                        "to_regclass({0})",
                        String.class, inline(Schema.quoted(schema) + ".dibs_migrations"))
                    .isNotNull()));
    this.versions =
        sql.render(
            select(max(version), max(oldestLibrary)).from(table(name(schema, "dibs_migrations"))));
  }

  /** Both checks, for connections of our own. */
  void check(Connection connection) throws SQLException {
    if (!isolationFits) {
      String isolation = Database.query(connection, "SHOW transaction_isolation");
      if (!"read committed".equals(isolation)) {
        throw new SetupException(
            "the connections of this DataSource run at "
                + String.valueOf(isolation).toUpperCase(Locale.ROOT)
                + "; Dibs needs READ COMMITTED: change the pool's transaction isolation, or"
                + " default_transaction_isolation of the role, database or server");
      }
      isolationFits = true;
    }
    checkSchema(connection);
  }

  /** The schema alone, for the caller's connection: its transaction may run at any level. */
  void checkSchema(Connection connection) throws SQLException {
    if (schemaFits) {
      return;
    }
    if (!"t".equals(Database.query(connection, exists))) {
      throw new SetupException(
          "schema \""
              + schema
              + "\" holds no Dibs tables; run Schema.install(dataSource, \""
              + schema
              + "\") or its SQL files");
    }
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(versions)) {
      rows.next();
      int version = rows.getInt(1);
      int oldestLibrary = rows.getInt(2);
      if (version < Schema.VERSION) {
        throw new SetupException(
            "schema \""
                + schema
                + "\" is at migration "
                + version
                + ", this library needs "
                + Schema.VERSION
                + "; run Schema.migrate(dataSource, \""
                + schema
                + "\")");
      }
      if (oldestLibrary > Schema.VERSION) {
        throw new SetupException(
            "schema \""
                + schema
                + "\" is at migration "
                + version
                + ", which needs a library that knows migration "
                + oldestLibrary
                + "; this one knows "
                + Schema.VERSION
                + ": upgrade Dibs");
      }
    }
    schemaFits = true;
  }

  /** A statement failed as only the wrong isolation makes likely: look again before the next. */
  void recheck() {
    isolationFits = false;
  }
}
