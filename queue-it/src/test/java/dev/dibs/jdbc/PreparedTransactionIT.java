package dev.dibs.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.NewTask;
import dev.dibs.Status;
import dev.dibs.TaskQueue;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Two-phase commit, as XA does it: nothing that Dibs writes keeps a transaction from it. */
@Timeout(60)
class PreparedTransactionIT {
  @RegisterExtension static final DurableServer server = new DurableServer();

  /** A transaction that notifies cannot be prepared; Dibs says its hint elsewhere. */
  @Test
  void prepare_afterEnqueue_isHeardOfWhenCommitted() throws Exception {
    TaskQueue queue = PostgresTaskQueue.create(server.dataSource(), DurableServer.SCHEMA);
    TaskQueue listening =
        PostgresTaskQueue.builder(server.dataSource())
            .schema(DurableServer.SCHEMA)
            .listenOn(server.dataSource())
            .build();
    Wakes wakes = new Wakes();
    listening.addWakeUp(wakes);
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement()) {
      DurableServer.await(listening::hearsOthers);
      wakes.await(1);
      wakes.forget();
      connection.setAutoCommit(false);
      statement.execute("SELECT pg_notify('dibs', 'control')");
      assertThatExceptionOfType(SQLException.class)
          .isThrownBy(() -> statement.execute("PREPARE TRANSACTION 'control'"))
          .withMessageContaining("NOTIFY");
      connection.rollback();
      queue.within(connection).enqueue("a", "1");
      statement.execute("PREPARE TRANSACTION 'dibs'");
      connection.rollback();
      assertThat(wakes.count()).isZero();
      connection.setAutoCommit(true);
      statement.execute("COMMIT PREPARED 'dibs'");
      wakes.await(1);
    } finally {
      listening.removeWakeUp(wakes);
    }
  }

  @Test
  void prepare_afterEnqueueAndCompleteIn_commitsBoth() throws Exception {
    TaskQueue queue = PostgresTaskQueue.create(server.dataSource(), DurableServer.SCHEMA);
    queue.enqueue("a", "1");
    Claim claim = queue.claim(ClaimRequest.of("a")).get(0);
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      queue.within(connection).enqueue(NewTask.of("b", "1").uniqueKey("k"));
      claim.completeIn(connection);
      statement.execute("PREPARE TRANSACTION 'dibs'");
      assertThat(queue.counts()).containsEntry(Status.PROCESSING, 1L);
      connection.rollback();
      connection.setAutoCommit(true);
      statement.execute("COMMIT PREPARED 'dibs'");
    }
    assertThat(queue.counts())
        .containsEntry(Status.COMPLETED, 1L)
        .containsEntry(Status.PENDING, 1L);
  }
}
