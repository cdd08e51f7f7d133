package dev.dibs.jdbc;

import dev.dibs.jdbc.Doctor.Severity;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What the server keeps right in the table {@code tasks}: its key, defaults and CHECKs. */
final class ConstraintChecks {
  private record Default(Severity severity, String column, String value) {}

  private record Constraint(String name, String condition) {}

  /** Java names those of the warnings itself. */
  private static final List<Default> DEFAULTS =
      List.of(
          new Default(Severity.PROBLEM, "status", "'pending'"),
          new Default(Severity.PROBLEM, "attempt", "0"),
          new Default(Severity.PROBLEM, "expiries", "0"),
          new Default(Severity.PROBLEM, "alone", "false"),
          new Default(Severity.PROBLEM, "cancel_requested", "false"),
          new Default(Severity.WARNING, "id", "%s.new_task_id()"),
          new Default(Severity.WARNING, "created_at", "now()"),
          new Default(Severity.WARNING, "run_at", "clock_timestamp()"),
          new Default(Severity.WARNING, "queue", "'default'"),
          new Default(Severity.WARNING, "priority", "3"),
          new Default(Severity.WARNING, "max_attempts", "20"));

  private static final List<Constraint> CONSTRAINTS =
      List.of(
          new Constraint(
              "dibs_status",
              "status IN ('pending', 'processing', 'completed', 'failed', 'cancelled')"),
          new Constraint("dibs_type", "char_length(type) BETWEEN 1 AND 200"),
          new Constraint(
              "dibs_run_at",
              "run_at BETWEEN '0001-01-01 00:00Z' AND '9999-12-31 23:59:59.999999Z'"),
          new Constraint("dibs_queue", "char_length(queue) BETWEEN 1 AND 200"),
          new Constraint("dibs_priority", "priority BETWEEN 1 AND 4"),
          new Constraint("dibs_attempt", "attempt >= 0 AND max_attempts >= 1"),
          new Constraint("dibs_errors", "jsonb_typeof(errors) = 'array'"),
          new Constraint(
              "dibs_unique",
              "char_length(unique_key) BETWEEN 1 AND 200"
                  + " AND (unique_window IS NULL OR unique_key IS NOT NULL)"));

  private static final String HAS_KEY =
      """
      SELECT EXISTS (
        SELECT FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = ? AND c.relname = 'tasks' AND k.contype = 'p')
      """;

  private static final String WITHOUT_DEFAULT =
      """
      SELECT a.attname
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = ? AND c.relname = 'tasks' AND a.attnum > 0 AND NOT a.attisdropped AND NOT a.atthasdef
      """;

  private static final String PRESENT =
      """
      SELECT k.conname
      FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = ? AND c.relname = 'tasks' AND k.contype = 'c'
      """;

  private ConstraintChecks() {}

  static void make(Examination examination) {
    examination.make("primary key", ConstraintChecks::key);
    examination.make("defaults", ConstraintChecks::defaults);
    examination.make("constraints", ConstraintChecks::constraints);
  }

  private static void key(Examination examination) throws SQLException {
    if (!examination.truth(HAS_KEY, examination.schema())) {
      examination.problem(
          "the table tasks has no primary key; nothing keeps an id unique, and each end of a task"
              + " reads the whole table",
          alter(examination) + "ADD PRIMARY KEY (id) WITH (fillfactor = 50)");
    }
  }

  private static void defaults(Examination examination) throws SQLException {
    Set<String> without = names(examination, WITHOUT_DEFAULT);
    for (Default expected : DEFAULTS) {
      if (without.contains(expected.column)) {
        examination.report(
            expected.severity,
            "the column "
                + expected.column
                + " of tasks has no default; "
                + (expected.severity == Severity.PROBLEM
                    ? "every enqueue is refused"
                    : "each INSERT of plain SQL has to name it"),
            alter(examination)
                + "ALTER COLUMN "
                + expected.column
                + " SET DEFAULT "
                + expected.value.replace("%s", Schema.quoted(examination.schema())));
      }
    }
  }

  private static void constraints(Examination examination) throws SQLException {
    Set<String> present = names(examination, PRESENT);
    for (Constraint expected : CONSTRAINTS) {
      if (!present.contains(expected.name)) {
        examination.warning(
            "the constraint "
                + expected.name
                + " of tasks is missing; plain SQL may write what Dibs cannot read",
            alter(examination)
                + "ADD CONSTRAINT "
                + expected.name
                + " CHECK ("
                + expected.condition
                + ")");
      }
    }
  }

  private static Set<String> names(Examination examination, String sql) throws SQLException {
    return new HashSet<>(examination.list(sql, row -> row.getString(1), examination.schema()));
  }

  private static String alter(Examination examination) {
    return "ALTER TABLE " + examination.qualified("tasks") + " ";
  }
}
