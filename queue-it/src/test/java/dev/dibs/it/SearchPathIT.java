package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.jdbc.Doctor;
import dev.dibs.jdbc.Schema;
import dev.dibs.testkit.DibsPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Others may create in the schema, or in one that a caller has in its search path: what they put
 * there is never called. The contract suite runs beside such {@link Traps} as well.
 */
@Timeout(120)
class SearchPathIT {
  private static final String TRAPPED = "trapped";

  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  @Test
  void functions_schemaOfManyOwners_callPostgresOwn() throws SQLException {
    try (Connection connection = postgres.connect()) {
      Db.execute(
          connection,
          "CREATE SCHEMA " + TRAPPED,
          "CREATE TABLE "
              + TRAPPED
              + ".tasks (id uuid PRIMARY KEY, type text NOT NULL, payload jsonb NOT NULL,"
              + " status text CHECK (status <> ''), created_at timestamptz, started_at timestamptz,"
              + " completed_at timestamptz, error text)");
      Traps.lay(postgres.dataSource(), TRAPPED);
      Schema.install(postgres.dataSource(), TRAPPED);
      connection.setSchema(TRAPPED);
      for (String end :
          new String[] {
            "SELECT complete_task(id, token) FROM tasks",
            "SELECT fail_task(id, token, 'broken') FROM tasks",
            "SELECT extend_task(id, token) AND release_task(id, token) FROM tasks",
            "SELECT cancel_task(id) = 'processing' FROM tasks"
          }) {
        Db.execute(connection, "INSERT INTO tasks (type, payload) VALUES ('a', '{}')");
        assertThat(Db.query(connection, "SELECT type FROM claim_task(ARRAY['a'])")).isEqualTo("a");
        assertThat(Db.query(connection, end)).as(end).isEqualTo("t");
        Db.execute(connection, "DELETE FROM tasks");
      }
      Db.execute(connection, "INSERT INTO tasks (type, payload) VALUES ('a', '{}')");
      assertThat(Db.query(connection, "SELECT type FROM claim_task()")).isEqualTo("a");
      Db.execute(connection, "SELECT dibs_grant('admin', 'postgres')");
    }
    assertThat(Doctor.check(postgres.dataSource(), TRAPPED))
        .noneMatch(finding -> finding.found().contains("could not be made"));
  }
}
