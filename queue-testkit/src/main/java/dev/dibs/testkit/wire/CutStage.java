package dev.dibs.testkit.wire;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.DatabaseException;
import dev.dibs.NewTask;
import dev.dibs.OutcomeUnknownException;
import dev.dibs.TaskQueue;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import javax.sql.DataSource;

/**
 * What one run of an operation works with: a queue of its own, which no other run looks at.
 *
 * @param direct reaches the database without the proxy, to prepare
 * @param client the queue whose calls are cut
 * @param connections the client's connections
 * @param queue the name of the queue in the table
 */
record CutStage(TaskQueue direct, TaskQueue client, DataSource connections, String queue) {
  /** Long, and half an hour beyond a full one: states are compared by the hour. */
  static final Duration LONG = Duration.ofMinutes(630);

  static final String TYPE = "cut";

  /** Part of a transaction. */
  interface Work {
    void on(Connection connection) throws SQLException;
  }

  NewTask task(int number) {
    return NewTask.of(TYPE, Integer.toString(number)).queue(queue);
  }

  List<NewTask> tasks(int count) {
    return IntStream.range(0, count).mapToObj(this::task).toList();
  }

  ClaimRequest request() {
    return ClaimRequest.of(TYPE).queue(queue).lease(LONG);
  }

  /** A task at its second attempt, held by the client. */
  Claim claimed() {
    return claimed(List.of(task(0))).get(0);
  }

  /** The same, to be deleted by its completion. */
  Claim claimedToDelete() {
    return claimed(List.of(task(0)), request().deleteCompleted(true)).get(0);
  }

  /** These tasks at their second attempts, held by the client. */
  List<Claim> claimed(List<NewTask> tasks) {
    return claimed(tasks, request());
  }

  private List<Claim> claimed(List<NewTask> tasks, ClaimRequest wanted) {
    direct.enqueueAll(tasks);
    ClaimRequest request = wanted.limit(tasks.size());
    direct.claim(request).forEach(claim -> claim.fail(new Once(), (n, e) -> now()));
    return direct.claim(request).stream().map(this::asClients).toList();
  }

  private Claim asClients(Claim claim) {
    return new Claim(
        client, claim.task(), claim.token(), claim.alone(), claim.deletedOnCompletion());
  }

  private static Optional<Duration> now() {
    return Optional.of(Duration.ZERO);
  }

  /**
   * A transaction of the client's own. Until it sends the commit it knows that nothing is written,
   * whatever broke; afterwards it knows nothing.
   */
  void inTransaction(Work work) {
    Connection connection;
    try {
      connection = connections.getConnection();
    } catch (SQLException e) {
      throw new DatabaseException("no connection", true, e);
    }
    try {
      try {
        connection.setAutoCommit(false);
        work.on(connection);
      } catch (SQLException | OutcomeUnknownException e) {
        throw new DatabaseException("not committed", true, e);
      }
      try {
        connection.commit();
      } catch (SQLException e) {
        throw new OutcomeUnknownException("commit", e);
      }
    } finally {
      CutClient.closeQuietly(connection);
    }
  }

  /** The same text at each run: without a stack trace. */
  static final class Once extends Exception {
    private static final long serialVersionUID = 1L;

    Once() {
      super("once", null, false, false);
    }
  }
}
