package dev.dibs.jdbc;

import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.max;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.select;

import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Whether the schema is there, fits this library and is whole. */
final class SchemaChecks {
  private static final String EXISTS = "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = ?)";

  private static final String TABLES =
      """
      SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = ? AND c.relkind = 'r'
      """;

  private static final String MAY_READ_VERSION =
      """
      SELECT has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = ? AND c.relname = 'dibs_migrations'
      """;

  /** With generated columns marked: one that is not computed any more is as bad as none. */
  private static final String COLUMNS =
      """
      SELECT a.attname || CASE WHEN a.attgenerated = '' THEN '' ELSE ' (generated)' END
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = ? AND c.relname = 'tasks' AND a.attnum > 0 AND NOT a.attisdropped
      """;

  private static final String FUNCTIONS =
      """
      SELECT p.proname || '(' || oidvectortypes(p.proargtypes) || ')'
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = ?
      """;

  private static final List<String> EXPECTED_TABLES =
      List.of("tasks", "dibs_migrations", "dibs_pauses", "dibs_housekeeping");

  private static final List<String> EXPECTED_COLUMNS =
      List.of(
          "id",
          "queue",
          "type",
          "payload",
          "priority",
          "status",
          "attempt",
          "max_attempts",
          "run_at",
          "created_at",
          "started_at",
          "completed_at",
          "error",
          "errors",
          "token",
          "lease_until",
          "expiries",
          "alone",
          "unique_key",
          "unique_window",
          "cancel_requested",
          "progress",
          "result",
          "live (generated)",
          "dead (generated)");

  private static final List<String> EXPECTED_FUNCTIONS =
      List.of(
          "new_task_id()",
          "with_error(jsonb, integer, text)",
          "claim_in_lanes(bigint, text[], smallint[], timestamp with time zone[], uuid[], integer[],"
              + " text, integer, uuid, bigint)",
          "refuse_enqueue()",
          "claim_task(text[], text, interval)",
          "complete_task(uuid, uuid)",
          "fail_task(uuid, uuid, text)",
          "extend_task(uuid, uuid, interval)",
          "release_task(uuid, uuid)",
          "cancel_task(uuid)",
          "dibs_grant(text, text)");

  private SchemaChecks() {}

  static void make(Examination examination) {
    examination.make("schema", SchemaChecks::schema);
  }

  private static void schema(Examination examination) throws SQLException {
    String schema = examination.schema();
    if (!examination.truth(EXISTS, schema)) {
      examination.problem("there is no schema \"" + schema + "\"", install(schema));
      return;
    }
    Set<String> tables = names(examination, TABLES);
    if (!tables.contains("dibs_migrations")) {
      examination.problem("schema \"" + schema + "\" holds no Dibs tables", install(schema));
      return;
    }
    if (examination.truth(MAY_READ_VERSION, schema)) {
      // Of an older or newer schema's shape this library knows nothing; a migration comes first.
      if (version(examination) != Schema.VERSION) {
        return;
      }
    }
    missing(examination, "table", EXPECTED_TABLES, tables);
    if (tables.contains("tasks")) {
      examination.make("columns", SchemaChecks::columns);
      TableChecks.make(examination);
    }
    examination.make(
        "functions", e -> missing(e, "function", EXPECTED_FUNCTIONS, names(e, FUNCTIONS)));
    examination.make("functions' schema", SchemaChecks::strays);
  }

  private static String install(String schema) {
    return "run Schema.install(dataSource, \""
        + schema
        + "\") or its SQL files, or correct the name";
  }

  private static int version(Examination examination) throws SQLException {
    String versions =
        new Sql(examination.schema())
            .render(
                select(
                        max(field(name("version"), Integer.class)),
                        max(field(name("oldest_library"), Integer.class)))
                    .from(name(examination.schema(), "dibs_migrations")));
    int[] row = examination.list(versions, r -> new int[] {r.getInt(1), r.getInt(2)}).get(0);
    if (row[0] < Schema.VERSION) {
      examination.problem(
          at(examination, row[0]) + ", this library needs " + Schema.VERSION,
          "run Schema.migrate(dataSource, \"" + examination.schema() + "\")");
    } else if (row[1] > Schema.VERSION) {
      examination.problem(
          at(examination, row[0])
              + ", which needs a library that knows migration "
              + row[1]
              + "; this one knows "
              + Schema.VERSION,
          "upgrade Dibs");
    }
    return row[0];
  }

  private static String at(Examination examination, int version) {
    return "schema \"" + examination.schema() + "\" is at migration " + version;
  }

  private static void columns(Examination examination) throws SQLException {
    missing(examination, "column of tasks", EXPECTED_COLUMNS, names(examination, COLUMNS));
  }

  private static void strays(Examination examination) throws SQLException {
    String schema = examination.schema();
    String strays = new Sql(schema).render(select(SchemaGuard.strays(schema)));
    for (@Nullable String functions : examination.list(strays, row -> row.getString(1))) {
      if (functions != null) {
        examination.problem(
            "functions of schema \""
                + schema
                + "\" work in another one, as after ALTER SCHEMA … RENAME ("
                + functions
                + ")",
            "run Schema.migrate(dataSource, \"" + schema + "\")");
      }
    }
  }

  private static void missing(
      Examination examination, String kind, List<String> expected, Set<String> found) {
    for (String name : expected) {
      if (!found.contains(name)) {
        examination.problem(
            "the " + kind + " " + name + " is missing in schema \"" + examination.schema() + "\"",
            "make it again as the SQL files of Dibs (Schema.scripts()) make it, or restore the"
                + " schema from a backup");
      }
    }
  }

  private static Set<String> names(Examination examination, String sql) throws SQLException {
    return new TreeSet<>(examination.list(sql, row -> row.getString(1), examination.schema()));
  }
}
