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
import org.jspecify.annotations.Nullable;

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
            select(max(version), max(oldestLibrary), strays(schema))
                .from(table(name(schema, "dibs_migrations"))));
  }

  /**
   * The functions of Dibs in this schema that work in another one, null if there are none. A
   * function keeps its schema by name, which ALTER SCHEMA … RENAME leaves as it was. The name may
   * stand there in quotes that it does not need (quote_all_identifiers).
   */
  static Field<String> strays(String schema) {
    return field(
        """
        (select string_agg(p.proname::text, ', ' order by p.proname)
        from pg_proc p join pg_namespace n on n.oid = p.pronamespace, pg_catalog.unnest(p.proconfig) as setting
        where n.nspname = {0}
          and p.proname in ('claim_in_lanes', 'claim_task', 'complete_task', 'fail_task', 'extend_task', 'release_task',
            'cancel_task', 'dibs_grant')
          and starts_with(setting, 'search_path=')
          and not starts_with(setting || ',', 'search_path=' || quote_ident({0}) || ',')
          and not starts_with(setting || ',', 'search_path=' || {1} || ','))
        """,
        String.class, inline(schema), inline(Schema.quoted(schema)));
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
    if (!schemaFits) {
      version(connection);
      schemaFits = true;
    }
  }

  /** At which migration the schema is, if this library can work with it. */
  int version(Connection connection) throws SQLException {
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
      @Nullable String strays = rows.getString(3);
      if (strays != null) {
        throw new SetupException(
            "functions of schema \""
                + schema
                + "\" work in another one, as after ALTER SCHEMA … RENAME ("
                + strays
                + "); run Schema.migrate(dataSource, \""
                + schema
                + "\")");
      }
      return version;
    }
  }

  /** A statement failed as only the wrong isolation makes likely: look again before the next. */
  void recheck() {
    isolationFits = false;
  }
}
