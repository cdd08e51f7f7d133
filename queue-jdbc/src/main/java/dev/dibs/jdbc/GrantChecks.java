package dev.dibs.jdbc;

import java.sql.SQLException;
import java.util.List;

/** Whether the role of the connection may do what a worker does. What is not there is left out. */
final class GrantChecks {

  private static final String SCHEMA =
      """
      SELECT 'USAGE ON SCHEMA ' || quote_ident(nspname) FROM pg_namespace
      WHERE nspname = ? AND NOT has_schema_privilege(oid, 'USAGE')
      """;

  /** A claim names all columns and locks its rows, so it needs SELECT on each. */
  private static final String TASKS =
      """
      SELECT need.privilege || ' (' || string_agg(a.attname, ', ' ORDER BY a.attnum) || ') ON ' || quote_ident(n.nspname) || '.tasks'
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped,
        (VALUES ('SELECT'), ('UPDATE')) AS need (privilege)
      WHERE n.nspname = ? AND c.relname = 'tasks'
        AND (need.privilege = 'SELECT' OR a.attname IN ('status', 'attempt', 'run_at', 'started_at', 'completed_at', 'lease_until',
          'token', 'expiries', 'alone', 'error', 'errors', 'progress', 'result'))
        AND NOT has_column_privilege(c.oid, a.attnum, need.privilege)
      GROUP BY need.privilege, n.nspname ORDER BY need.privilege
      """;

  private static final String TABLES =
      """
      SELECT 'SELECT ON ' || quote_ident(n.nspname) || '.' || c.relname
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = ? AND c.relname IN ('dibs_migrations', 'dibs_pauses') AND NOT has_table_privilege(c.oid, 'SELECT')
      ORDER BY c.relname
      """;

  private static final String NEEDED_FUNCTIONS =
      """
      SELECT 'EXECUTE ON FUNCTION ' || quote_ident(n.nspname) || '.' || p.proname
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
      WHERE n.nspname = ? AND p.proname IN ('with_error', 'claim_in_lanes') AND NOT has_function_privilege(p.oid, 'EXECUTE')
      """;

  private static final String FUNCTIONS =
      """
      SELECT 'EXECUTE ON FUNCTION ' || quote_ident(n.nspname) || '.' || p.proname
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
      WHERE n.nspname = ? AND p.proname IN ('claim_task', 'complete_task', 'fail_task', 'extend_task', 'release_task')
        AND NOT has_function_privilege(p.oid, 'EXECUTE')
      ORDER BY p.proname
      """;

  private GrantChecks() {}

  static void make(Examination examination) {
    examination.make("privileges", GrantChecks::privileges);
  }

  private static void privileges(Examination examination) throws SQLException {
    String role = examination.text("SELECT current_user");
    String cure =
        examination.text(
            "SELECT 'let the owner of the tables run SELECT ' || quote_ident(?)"
                + " || '.dibs_grant(''worker'', ' || quote_literal(current_user) || ')'",
            examination.schema());
    for (String sql : List.of(SCHEMA, TASKS, TABLES, NEEDED_FUNCTIONS)) {
      for (String lack : lacking(examination, sql)) {
        examination.problem("role " + role + ", as a worker, lacks " + lack, cure);
      }
    }
    for (String lack : lacking(examination, FUNCTIONS)) {
      examination.warning(
          "role " + role + " lacks " + lack + ", for workers that call SQL functions", cure);
    }
  }

  private static List<String> lacking(Examination examination, String sql) throws SQLException {
    return examination.list(sql, row -> row.getString(1), examination.schema());
  }
}
