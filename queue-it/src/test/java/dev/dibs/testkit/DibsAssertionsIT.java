package dev.dibs.testkit;

import static dev.dibs.testkit.DibsAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.NewTask;
import dev.dibs.Priority;
import dev.dibs.RetryPolicy;
import dev.dibs.TaskQueue;
import dev.dibs.jdbc.PostgresTaskQueue;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The same assertions on what stands in the table. */
class DibsAssertionsIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  private final TaskQueue queue =
      PostgresTaskQueue.create(postgres.dataSource(), postgres.schema());

  @Test
  void assertThat_tasksInTheTable_seesWhatIsCommitted() throws SQLException {
    UUID mail =
        queue.enqueue(
            NewTask.of("send_email", "{\"to\": \"a@b.c\", \"n\": 1.0}")
                .delay(Duration.ofMinutes(5))
                .priority(Priority.HIGH)
                .uniqueKey("k")
                .queue("mail"));
    queue.enqueue("work", "1");
    Claim claim = queue.claim(ClaimRequest.of("work")).get(0);
    claim.progress("{\"done\": 1}");
    claim.complete("[1, 2]");
    UUID failed = queue.enqueue("broken", "2");
    queue
        .claim(ClaimRequest.of("broken"))
        .get(0)
        .fail(new IllegalStateException("no such box"), RetryPolicy.never());
    UUID cancelled = queue.enqueue("late", "3");
    queue.cancel(cancelled);

    assertThat(postgres).hasEnqueued("send_email", "{\"n\":1,\"to\":\"a@b.c\"}");
    assertThat(postgres)
        .task(mail)
        .isPending()
        .isDueIn(Duration.ofMinutes(5))
        .hasPriority(Priority.HIGH)
        .hasUniqueKey("k")
        .isInQueue("mail");
    assertThat(postgres)
        .task("work")
        .isCompletedAfter(1)
        .hasProgress("{\"done\":1}")
        .hasResult("[1,2]");
    assertThat(postgres).task(failed).isFailedWith("no such box");
    assertThat(postgres).task(cancelled).isCancelled();
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(() -> assertThat(postgres).hasNoMoreTasks())
        .withMessageContaining("there were 1:")
        .withMessageContaining("send_email {\"n\": 1.0, \"to\": \"a@b.c\"}: pending, due in PT4M5");
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(() -> assertThat(postgres).task(mail).isDueIn(Duration.ofMinutes(6)))
        .withMessageContaining("due in PT6M");
    try (Connection connection = postgres.connect()) {
      connection.setAutoCommit(false);
      queue.within(connection).enqueue("uncommitted", "{}");
      assertThat(postgres).hasEnqueued(0, "uncommitted");
    }
  }

  @Test
  void schemaDataSource_connection_findsTheTables() throws SQLException {
    try (Connection connection = postgres.schemaDataSource().getConnection()) {
      assertThat(connection.getSchema()).isEqualTo(postgres.schema());
    }
  }
}
