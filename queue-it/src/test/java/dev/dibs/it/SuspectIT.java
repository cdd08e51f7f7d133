package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.NewTask;
import dev.dibs.Status;
import dev.dibs.TaskQueue;
import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.testkit.DibsPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A claim that meets a suspect picks others too and leaves them. The cursor must not pass over
 * those: the next claim, long before the next look-behind, has to find them.
 */
class SuspectIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  private static final ClaimRequest MANY = ClaimRequest.of("a").limit(10);

  private TaskQueue queue;

  @BeforeEach
  void empty() throws SQLException {
    sql("TRUNCATE tasks");
    queue = PostgresTaskQueue.create(postgres.dataSource(), postgres.schema());
  }

  @Test
  void claim_suspectFirst_takesItAloneAndThenTheOthersAtOnce() throws SQLException {
    UUID suspect = suspect(20);
    List<UUID> others = queue.enqueueAll("a", List.of("1", "2", "3"));
    ageEverything();

    List<Claim> first = queue.claim(MANY);
    assertThat(first).extracting(Claim::id).containsExactly(suspect);
    assertThat(first.get(0).alone()).isTrue();
    assertThat(queue.claim(MANY)).extracting(Claim::id).containsExactlyElementsOf(others);
  }

  @Test
  void claim_suspectWithoutAttemptsLeft_failsItAndTakesTheOthersInTheSameCall()
      throws SQLException {
    UUID suspect = suspect(3);
    queue.claim(MANY);
    List<UUID> others = queue.enqueueAll("a", List.of("1", "2", "3"));
    ageEverything();
    queue = PostgresTaskQueue.create(postgres.dataSource(), postgres.schema());

    assertThat(queue.claim(MANY)).extracting(Claim::id).containsExactlyElementsOf(others);
    assertThat(queue.find(suspect).orElseThrow().status()).isEqualTo(Status.FAILED);
  }

  /** A task that has lost two leases. */
  private UUID suspect(int maxAttempts) throws SQLException {
    UUID id = queue.enqueue(NewTask.of("a", "0").maxAttempts(maxAttempts));
    for (int i = 0; i < 2; i++) {
      assertThat(queue.claim(MANY)).hasSize(1);
      ageEverything();
      queue = PostgresTaskQueue.create(postgres.dataSource(), postgres.schema());
    }
    return id;
  }

  /** As if an hour had passed. */
  private static void ageEverything() throws SQLException {
    sql(
        "UPDATE tasks SET run_at = run_at - interval '1 hour', started_at = started_at - interval"
            + " '1 hour', lease_until = lease_until - interval '1 hour'");
  }

  private static void sql(String statement) throws SQLException {
    try (Connection connection = postgres.connect()) {
      Db.execute(connection, statement);
    }
  }
}
