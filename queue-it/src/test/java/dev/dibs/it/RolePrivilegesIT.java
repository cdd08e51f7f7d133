package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.testkit.DibsPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The least: each kind of role has exactly what docs/operations.md says, and a wider grant shows.
 */
class RolePrivilegesIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  /** Columns of a privilege on a whole table are left out; so is what the owner has. */
  private static final String PRIVILEGES =
      """
      WITH whole AS (
        SELECT table_name::text AS object, privilege_type::text AS privilege FROM information_schema.table_privileges
        WHERE grantee = :who AND table_schema = current_schema()
      ), lines AS (
        SELECT privilege || ' ' || object AS line FROM whole
        UNION ALL
        SELECT privilege_type || ' ' || table_name || '(' || string_agg(column_name, ' ' ORDER BY column_name) || ')'
        FROM information_schema.column_privileges
        WHERE grantee = :who AND table_schema = current_schema()
          AND (table_name::text, privilege_type::text) NOT IN (SELECT * FROM whole)
        GROUP BY privilege_type, table_name
        UNION ALL
        SELECT privilege_type || ' ' || routine_name FROM information_schema.routine_privileges
        WHERE grantee = :who AND routine_schema = current_schema()
        UNION ALL
        SELECT a.privilege_type || ' schema' FROM pg_namespace n, aclexplode(n.nspacl) AS a
        WHERE n.nspname = current_schema() AND CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END = :who
      )
      SELECT line FROM lines
      """;

  private static final String ATTEMPT_FUNCTIONS =
      "EXECUTE claim_in_lanes, EXECUTE claim_task, EXECUTE complete_task, EXECUTE fail_task, EXECUTE extend_task,"
          + " EXECUTE release_task, EXECUTE with_error";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "producer | USAGE schema, SELECT tasks, SELECT dibs_migrations,"
            + " INSERT tasks(id max_attempts payload priority queue run_at type unique_key unique_window),"
            + " EXECUTE new_task_id, EXECUTE refuse_enqueue",
        "worker | USAGE schema, SELECT tasks, SELECT dibs_migrations, SELECT dibs_pauses,"
            + " UPDATE tasks(alone attempt completed_at error errors expiries lease_until progress result run_at"
            + " started_at status token), "
            + ATTEMPT_FUNCTIONS,
        "monitor | USAGE schema, SELECT dibs_migrations, SELECT dibs_pauses,"
            + " SELECT tasks(alone attempt cancel_requested completed_at created_at dead expiries id lease_until live"
            + " max_attempts priority queue run_at started_at status type)",
        "admin | USAGE schema, SELECT dibs_migrations,"
            + " SELECT tasks, INSERT tasks, UPDATE tasks, DELETE tasks,"
            + " SELECT dibs_pauses, INSERT dibs_pauses, UPDATE dibs_pauses, DELETE dibs_pauses,"
            + " SELECT dibs_housekeeping, INSERT dibs_housekeeping, UPDATE dibs_housekeeping, DELETE dibs_housekeeping,"
            + " EXECUTE new_task_id, EXECUTE refuse_enqueue, EXECUTE cancel_task, "
            + ATTEMPT_FUNCTIONS,
      })
  void dibsGrant_kind_givesExactlyThis(String kind, String expected) throws SQLException {
    String role = postgres.schema() + "_" + kind;
    try (Connection connection = postgres.connect()) {
      Db.execute(connection, "CREATE ROLE " + role);
      try {
        Db.execute(connection, "SELECT dibs_grant('" + kind + "', '" + role + "')");
        assertThat(privileges(connection, role)).containsExactlyInAnyOrder(expected.split(", "));
        // The control: what nobody asked for shows.
        Db.execute(connection, "GRANT TRIGGER ON tasks TO " + role);
        assertThat(privileges(connection, role)).contains("TRIGGER tasks");
      } finally {
        Db.execute(connection, "DROP OWNED BY " + role, "DROP ROLE " + role);
      }
    }
  }

  @Test
  void everybody_hasExactlyThis() throws SQLException {
    try (Connection connection = postgres.connect()) {
      assertThat(privileges(connection, "PUBLIC"))
          .containsExactlyInAnyOrder(
              "SELECT dibs_migrations",
              "SELECT dibs_pauses",
              "EXECUTE new_task_id",
              "EXECUTE with_error",
              "EXECUTE refuse_enqueue");
    }
  }

  private static List<String> privileges(Connection connection, String who) throws SQLException {
    return Db.column(connection, PRIVILEGES.replace(":who", "'" + who + "'"));
  }
}
