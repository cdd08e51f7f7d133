package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.NewTask;
import dev.dibs.TaskQueue;
import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.testkit.DibsPostgres;
import java.sql.Connection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A task is claimed by somebody else and put back while a claim is under way: the claim locks the
 * version that was put back, but does not see it. If it left it, its limit would be used up.
 */
@Timeout(60)
class CrossedClaimIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  private static final long GATE = 20_261_126L;
  private static final String TAKE = "UPDATE tasks SET status = 'processing' WHERE attempt = 1";
  private static final String PUT_BACK_BY_HAND =
      "UPDATE tasks SET status = 'pending' WHERE attempt = 1";

  /** Claims read the pauses after they began and before they look for tasks: there they wait. */
  private static final String[] GATED = {
    "ALTER TABLE dibs_pauses RENAME TO pauses",
    "CREATE VIEW dibs_pauses AS SELECT 'type' AS kind, 'none' AS name"
        + " FROM pg_advisory_xact_lock_shared("
        + GATE
        + ")"
  };

  @Test
  void claim_itsTaskIsTakenAndReleasedMeanwhile_isTakenByItsNewestVersion() throws Exception {
    TaskQueue queue = PostgresTaskQueue.create(postgres.dataSource(), postgres.schema());
    NewTask first = NewTask.of("a", "1");
    NewTask second = NewTask.of("a", "2");
    queue.enqueueAll(List.of(first, second));
    Claim other = queue.claim(ClaimRequest.of("a")).get(0);
    assertThat(other.task().id()).isEqualTo(first.id());
    try (Connection sql = postgres.connect()) {
      Db.execute(sql, PUT_BACK_BY_HAND);
      Db.execute(sql, GATED);
      Db.execute(sql, "SELECT pg_advisory_lock(" + GATE + ")");
      CompletableFuture<List<Claim>> claim =
          CompletableFuture.supplyAsync(() -> queue.claim(ClaimRequest.of("a")));
      Db.await(
          sql,
          "SELECT count(*) = 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = "
              + GATE);
      Db.execute(sql, TAKE);
      other.release();
      Db.execute(sql, "SELECT pg_advisory_unlock(" + GATE + ")");
      assertThat(claim.get(30, TimeUnit.SECONDS))
          .extracting(taken -> taken.task().id())
          .containsExactly(first.id());
    }
  }
}
