package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.ClaimRequest;
import dev.dibs.TaskQueue;
import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.testkit.DibsPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A claimed task stays on its page: the row version that a claim writes is longer than the one of a
 * pending task, and there is room for it beside every one of them (PostgreSQL, "Heap-Only Tuples").
 */
class ClaimedPlaceIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  private static final int TASKS = 3_000;

  @ParameterizedTest
  @ValueSource(ints = {50, 100, 150, 200, 250, 300, 400, 1_000, 20_000})
  void claim_allTasksOfEveryPage_movesNone(int length) throws SQLException {
    assertThat(moved(length)).isZero();
  }

  @Test
  void control_halfOfEachPageFree_movesSome() throws SQLException {
    try (Connection connection = postgres.connect()) {
      Db.execute(connection, "ALTER TABLE tasks SET (fillfactor = 50)");
      try {
        assertThat(moved(200)).isPositive();
      } finally {
        Db.execute(connection, "ALTER TABLE tasks SET (fillfactor = 45)");
      }
    }
  }

  /** How many tasks are on another page after all of them were claimed. */
  private static int moved(int length) throws SQLException {
    try (Connection connection = postgres.connect()) {
      Db.execute(connection, "TRUNCATE tasks");
      TaskQueue queue = PostgresTaskQueue.create(postgres.dataSource(), postgres.schema());
      queue.enqueueAll("a", Collections.nCopies(TASKS, '"' + "x".repeat(length) + '"'));
      Db.execute(
          connection,
          "DROP TABLE IF EXISTS places",
          "CREATE TABLE places AS SELECT id, (ctid::text::point)[0] AS page FROM tasks");
      int claimed = 0;
      while (claimed < TASKS) {
        claimed += queue.claim(ClaimRequest.of("a").limit(1_000)).size();
      }
      return Integer.parseInt(
          Db.query(
              connection,
              "SELECT count(*) FROM tasks t JOIN places p USING (id)"
                  + " WHERE (t.ctid::text::point)[0] <> p.page"));
    }
  }
}
