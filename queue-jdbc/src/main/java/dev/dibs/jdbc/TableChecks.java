package dev.dibs.jdbc;

import dev.dibs.jdbc.Doctor.Severity;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The table {@code tasks}: its indexes, how it is stored, and what it keeps right. */
final class TableChecks {
  private record Index(String name, boolean unique, boolean valid, String definition) {}

  private record Expected(Severity severity, Index index, String without) {}

  private static final List<Expected> INDEXES =
      List.of(
          new Expected(
              Severity.PROBLEM,
              new Index(
                  "tasks_claim_idx",
                  false,
                  true,
                  "btree (hashtext(queue), hashtext(type), priority, run_at, id) WHERE live"),
              "every claim reads the whole table"),
          new Expected(
              Severity.PROBLEM,
              new Index(
                  "tasks_unique_live_idx",
                  true,
                  true,
                  "btree (type, unique_key) WHERE (live AND (unique_key IS NOT NULL) AND"
                      + " (unique_window IS NULL))"),
              "nothing keeps a unique key unique"),
          new Expected(
              Severity.PROBLEM,
              new Index(
                  "tasks_unique_window_idx",
                  true,
                  true,
                  "btree (type, unique_key, unique_window) WHERE (unique_window IS NOT NULL)"),
              "nothing keeps a unique key unique in its window"),
          new Expected(
              Severity.WARNING,
              new Index("tasks_dead_idx", false, true, "btree (completed_at, id) WHERE dead"),
              "listing failed tasks reads the whole table"));

  private static final String PRESENT =
      """
      SELECT i.relname, x.indisunique, x.indisvalid, substring(pg_get_indexdef(i.oid) FROM ' USING (.*)$')
      FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
      JOIN pg_class c ON c.oid = x.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = ? AND c.relname = 'tasks'
      """;

  /**
   * Key and included columns, and through pg_depend those of expressions and the predicate. Since
   * PostgreSQL 16 a BRIN index does not cost HOT.
   */
  private static final String EXTRA =
      """
      SELECT i.relname, string_agg(DISTINCT a.attname, ', ' ORDER BY a.attname)
      FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_am m ON m.oid = i.relam
      JOIN pg_class c ON c.oid = x.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_attribute a ON a.attrelid = c.oid AND (
        a.attnum = ANY (x.indkey) OR EXISTS (
          SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = i.oid
            AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid AND d.refobjsubid = a.attnum))
      WHERE n.nspname = ? AND c.relname = 'tasks'
        AND a.attname IN ('status', 'attempt', 'token', 'lease_until', 'started_at', 'expiries', 'alone')
        AND NOT (m.amname = 'brin' AND current_setting('server_version_num')::int >= 160000)
      GROUP BY i.relname ORDER BY i.relname
      """;

  private static final String OPTIONS =
      """
      SELECT o.option_name, o.option_value
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, pg_options_to_table(c.reloptions) AS o
      WHERE n.nspname = ? AND c.relname = 'tasks'
      """;

  private static final String UNLOGGED =
      """
      SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = ? AND c.relname IN ('tasks', 'dibs_migrations', 'dibs_pauses', 'dibs_housekeeping') AND c.relpersistence = 'u'
      ORDER BY c.relname
      """;

  private static final String TRUTH = "SELECT ?::boolean";

  private static final Map<String, String> SETTINGS =
      new TreeMap<>(
          Map.of(
              "fillfactor", "45",
              "autovacuum_vacuum_scale_factor", "0.05",
              "autovacuum_vacuum_threshold", "1000",
              "autovacuum_analyze_scale_factor", "0.05",
              "autovacuum_analyze_threshold", "1000"));

  private TableChecks() {}

  static void make(Examination examination) {
    examination.make("indexes", TableChecks::indexes);
    examination.make("other indexes", TableChecks::extraIndexes);
    ConstraintChecks.make(examination);
    PublicationChecks.make(examination);
    examination.make("tables' persistence", TableChecks::unlogged);
    examination.make("storage settings", TableChecks::settings);
  }

  private static void indexes(Examination examination) throws SQLException {
    List<Index> present =
        examination.list(
            PRESENT,
            row ->
                new Index(row.getString(1), row.getBoolean(2), row.getBoolean(3), row.getString(4)),
            examination.schema());
    for (Expected expected : INDEXES) {
      // An index that was built anew under another name serves as well.
      List<Index> alike =
          present.stream()
              .filter(index -> index.definition.equals(expected.index.definition))
              .filter(index -> index.unique == expected.index.unique)
              .toList();
      if (alike.isEmpty()) {
        missing(examination, expected, present);
      } else if (alike.stream().noneMatch(Index::valid)) {
        String name = alike.get(0).name;
        examination.report(
            expected.severity,
            "the index " + name + " is invalid; " + expected.without,
            "REINDEX INDEX CONCURRENTLY " + examination.qualified(name));
      }
    }
  }

  private static void missing(Examination examination, Expected expected, List<Index> present) {
    Index index = expected.index;
    boolean taken = present.stream().anyMatch(other -> other.name.equals(index.name));
    examination.report(
        expected.severity,
        (taken
                ? "the index " + index.name + " is not the one of Dibs"
                : "the index " + index.name + " is missing")
            + "; "
            + expected.without,
        (taken ? "DROP INDEX " + examination.qualified(index.name) + ", then " : "")
            + "CREATE "
            + (index.unique ? "UNIQUE " : "")
            + "INDEX CONCURRENTLY "
            + index.name
            + " ON "
            + examination.qualified("tasks")
            + " USING "
            + index.definition);
  }

  private static void extraIndexes(Examination examination) throws SQLException {
    record Extra(String index, String columns) {}
    for (Extra extra :
        examination.list(
            EXTRA, row -> new Extra(row.getString(1), row.getString(2)), examination.schema())) {
      examination.warning(
          "the index "
              + extra.index
              + " names "
              + extra.columns
              + "; every claim has to write to all indexes of the table (no HOT update)",
          "DROP INDEX CONCURRENTLY "
              + examination.qualified(extra.index)
              + ", or let it name live, dead, run_at or completed_at instead");
    }
  }

  private static void unlogged(Examination examination) throws SQLException {
    for (String table : examination.list(UNLOGGED, row -> row.getString(1), examination.schema())) {
      examination.problem(
          "the table " + table + " is UNLOGGED; a crash of the server empties it",
          "ALTER TABLE " + examination.qualified(table) + " SET LOGGED");
    }
  }

  private static void settings(Examination examination) throws SQLException {
    Map<String, String> present = new TreeMap<>();
    examination.list(
        OPTIONS, row -> present.put(row.getString(1), row.getString(2)), examination.schema());
    String enabled = present.get("autovacuum_enabled");
    if (enabled != null && !examination.truth(TRUTH, enabled)) {
      examination.warning(
          "autovacuum is disabled for the table tasks; finished tasks leave dead rows that nothing"
              + " removes",
          "ALTER TABLE " + examination.qualified("tasks") + " RESET (autovacuum_enabled)");
    }
    SETTINGS.forEach(
        (setting, ours) -> {
          String value = present.get(setting);
          // Lower was somebody's intention, and harms nothing.
          if (value == null || Double.parseDouble(value) > Double.parseDouble(ours)) {
            examination.warning(
                "the table tasks has "
                    + (value == null ? "no " + setting : setting + " = " + value)
                    + " where Dibs sets "
                    + ours,
                "ALTER TABLE "
                    + examination.qualified("tasks")
                    + " SET ("
                    + setting
                    + " = "
                    + ours
                    + ")");
          }
        });
  }
}
