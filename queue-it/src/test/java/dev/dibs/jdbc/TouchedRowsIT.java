package dev.dibs.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.ClaimRequest;
import dev.dibs.Priority;
import dev.dibs.TaskQueue;
import dev.dibs.it.Db;
import dev.dibs.it.Poll;
import dev.dibs.testkit.DibsPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Tasks that others have locked and left alone, in transactions younger than one that goes on: a
 * claim that leaves what others touch leaves them too, and look-behinds find them.
 */
@Timeout(60)
class TouchedRowsIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  private static final int TASKS = 500;
  private static final int TOUCHED = 50;

  private final TaskQueue queue =
      PostgresTaskQueue.create(postgres.dataSource(), postgres.schema());
  private Connection goesOn;

  @BeforeEach
  void fill() throws SQLException {
    goesOn = postgres.connect();
    Db.execute(goesOn, "TRUNCATE tasks");
    goesOn.setAutoCommit(false);
    Db.query(goesOn, "SELECT pg_current_xact_id()");
    queue.enqueueAll("a", Collections.nCopies(TASKS, "1"));
  }

  @AfterEach
  void end() throws SQLException {
    goesOn.close();
  }

  @Test
  void run_lockedByTransactionThatWasRolledBack_leftOnlyIfToldTo() throws Exception {
    lockAndRollBack();
    assertThat(claimed(false)).isEqualTo(TASKS - TOUCHED);
    assertThat(claimed(true)).isEqualTo(TOUCHED);
  }

  @Test
  void run_nothingGoesOn_nothingIsLeft() throws Exception {
    lockAndRollBack();
    goesOn.rollback();
    assertThat(claimed(false)).isEqualTo(TASKS);
  }

  @Test
  void claim_lockedByTransactionThatWasRolledBack_allAreFound() throws Exception {
    lockAndRollBack();
    claimAll();
  }

  /** Of a row that two have locked the xmax is a MultiXact, which is no transaction. */
  @Test
  void claim_lockedByTwo_allAreFound() throws Exception {
    try (Connection other = postgres.connect();
        Connection another = postgres.connect()) {
      other.setAutoCommit(false);
      another.setAutoCommit(false);
      Db.column(other, "SELECT id FROM tasks ORDER BY id DESC LIMIT " + TOUCHED + " FOR SHARE");
      Db.column(another, "SELECT id FROM tasks ORDER BY id DESC LIMIT " + TOUCHED + " FOR SHARE");
      other.commit();
      another.commit();
    }
    claimAll();
  }

  private static void lockAndRollBack() throws SQLException {
    try (Connection other = postgres.connect()) {
      other.setAutoCommit(false);
      Db.column(other, "SELECT id FROM tasks ORDER BY id DESC LIMIT " + TOUCHED + " FOR UPDATE");
      other.rollback();
    }
  }

  private static int claimed(boolean alsoTouched) throws SQLException {
    try (Connection connection = postgres.connect()) {
      return new ClaimStatement(new Sql(postgres.schema()))
          .run(
              connection,
              ClaimRequest.of("a").limit(1_000),
              Map.of(new Lane("a", Priority.NORMAL), Position.START),
              alsoTouched,
              UUID.randomUUID(),
              Turn.NONE)
          .rows()
          .size();
    }
  }

  private void claimAll() throws Exception {
    int[] claimed = new int[1];
    Poll.until(
        "all are claimed",
        Duration.ofSeconds(30),
        () -> {
          claimed[0] += queue.claim(ClaimRequest.of("a").limit(100)).size();
          return claimed[0] == TASKS;
        });
  }
}
