package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.testkit.DibsPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The contract moves a database's time by this; unique windows must stay where the clock has them.
 */
class TasksTableIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  @Test
  void moveBack_uniqueWindow_movesByWholeWindows() throws SQLException {
    TasksTable table = new TasksTable(postgres.dataSource(), postgres.schema());
    table.clear();
    try (Connection sql = postgres.connect()) {
      Db.execute(
          sql,
          "SET TimeZone = 'America/New_York'",
          "INSERT INTO tasks (type, payload, unique_key, unique_window) VALUES"
              + " ('a', '1', 'k', '[2026-03-08 00:00Z, 2026-03-09 00:00Z)'), ('a', '1', NULL, NULL)");
    }
    table.moveBack(Duration.ofHours(23));
    assertWindow("[2026-03-08 00:00Z, 2026-03-09 00:00Z)");
    table.moveBack(Duration.ofHours(250));
    assertWindow("[2026-02-26 00:00Z, 2026-02-27 00:00Z)");

    table.clear();
    assertThat(table.rows(row -> row.getString("type"))).isEmpty();
  }

  private static void assertWindow(String window) throws SQLException {
    try (Connection sql = postgres.connect()) {
      assertThat(
              Db.column(
                  sql, "SELECT unique_window = '" + window + "' FROM tasks ORDER BY unique_key"))
          .containsExactly("t", null);
    }
  }
}
