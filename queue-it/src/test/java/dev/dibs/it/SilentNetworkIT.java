package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.dibs.ClaimUpdate;
import dev.dibs.OutcomeUnknownException;
import dev.dibs.Status;
import dev.dibs.TaskQueue;
import dev.dibs.Worker;
import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.testkit.DibsPostgres;
import dev.dibs.testkit.wire.Cut;
import dev.dibs.testkit.wire.FaultProxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collections;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.postgresql.ds.PGSimpleDataSource;

/** The network between a worker and the database falls silent without closing anything. */
@Timeout(300)
class SilentNetworkIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  /** What is under way when the silence begins. */
  private enum Lost {
    /** The server does not get the request before the silence is over. */
    REQUEST,
    /** The server carries the request out; the client does not hear of it. */
    ANSWER;

    Cut cut() {
      return this == REQUEST ? Cut.request(1) : Cut.answer(1);
    }
  }

  private static final int SOCKET_TIMEOUT_SECONDS = 2;
  private static final String COMPLETION = "'completed'";

  private final TaskQueue direct =
      PostgresTaskQueue.create(postgres.dataSource(), postgres.schema());

  @BeforeEach
  void auditCompletions() throws SQLException {
    try (Connection connection = postgres.connect()) {
      Db.execute(
          connection,
          "TRUNCATE tasks",
          "DROP TABLE IF EXISTS completions",
          "CREATE TABLE completions (id uuid)",
          """
          CREATE OR REPLACE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql
          SET search_path FROM CURRENT AS $$
          BEGIN
            INSERT INTO completions VALUES (NEW.id);
            RETURN NULL;
          END $$
          """,
          """
          CREATE OR REPLACE TRIGGER audit AFTER UPDATE ON tasks
          FOR EACH ROW WHEN (NEW.status = 'completed') EXECUTE FUNCTION audit()
          """);
    }
  }

  @ParameterizedTest
  @EnumSource
  void network_silentWithACompletionUnderWay_everyTaskIsCompletedOnce(Lost lost) throws Exception {
    int silences = TestSize.of(1, 20);
    int tasksEach = 100;
    try (FaultProxy proxy = proxy();
        HikariDataSource pool = pool(proxy, SOCKET_TIMEOUT_SECONDS)) {
      WatchedQueue queue = new WatchedQueue(PostgresTaskQueue.create(pool, postgres.schema()));
      try (Worker worker =
          Worker.builder(queue).concurrency(10).lease(Duration.ofSeconds(4)).build()) {
        worker.register("a", task -> {}).start();
        for (int silence = 1; silence <= silences; silence++) {
          int before = queue.failures().size();
          proxy.arm(lost.cut().from(COMPLETION).silence());
          direct.enqueueAll("a", Collections.nCopies(tasksEach, "1"));
          queue.awaitFailure(before, failure -> failure.isOf(ClaimUpdate.Complete.class));
          queue.awaitFailure(before, WatchedQueue.Failure::isClaim);
          if (lost == Lost.REQUEST) {
            // The server now gets the completion, and the worker sends it again.
            proxy.resume();
          } else {
            proxy.heal();
          }
          queue.awaitCompleted(silence * tasksEach);
        }
      }
      int tasks = silences * tasksEach;
      System.out.printf(
          "silence (%s lost): %d silences, %d tasks, each completed once, %d calls failed%n",
          lost, silences, tasks, queue.failures().size());
      assertThat(queue.failures())
          .filteredOn(failure -> failure.isOf(ClaimUpdate.Complete.class))
          .extracting(WatchedQueue.Failure::why)
          .hasAtLeastOneElementOfType(OutcomeUnknownException.class);
      assertThat(direct.counts()).containsEntry(Status.COMPLETED, (long) tasks);
      try (Connection connection = postgres.connect()) {
        assertThat(
                Db.query(
                    connection,
                    "SELECT concat_ws(' ', count(*), count(DISTINCT id)) FROM completions"))
            .isEqualTo(tasks + " " + tasks);
      }
    }
  }

  /** What the timeout is for: the firewall forgot the connections, new ones would work. */
  @Test
  void worker_withoutSocketTimeout_hangsUntilItsConnectionsAreClosed() throws Exception {
    int tasks = 20;
    try (FaultProxy proxy = proxy();
        HikariDataSource timedPool = pool(proxy, SOCKET_TIMEOUT_SECONDS);
        HikariDataSource pool = pool(proxy, 0)) {
      WatchedQueue timed = new WatchedQueue(PostgresTaskQueue.create(timedPool, postgres.schema()));
      WatchedQueue untimed = new WatchedQueue(PostgresTaskQueue.create(pool, postgres.schema()));
      try (Worker control = Worker.builder(timed).build();
          Worker worker = Worker.builder(untimed).build()) {
        control.register("with-timeout", task -> {}).start();
        worker.register("without", task -> {}).start();
        try {
          direct.enqueue("with-timeout", "1");
          direct.enqueue("without", "1");
          timed.awaitCompleted(1);
          untimed.awaitCompleted(1);

          proxy.arm(Cut.request(1).from("without").silence());
          assertThat(proxy.awaitCut(Duration.ofSeconds(60))).isTrue();
          timed.awaitFailure(WatchedQueue.Failure::isClaim);
          proxy.heal();
          direct.enqueueAll("with-timeout", Collections.nCopies(tasks, "1"));
          direct.enqueueAll("without", Collections.nCopies(tasks, "1"));

          timed.awaitCompleted(1 + tasks);
          assertThat(untimed.completesWithin(2_000, 2)).as("it went on").isFalse();
          assertThat(untimed.failures()).as("it waits for an answer").isEmpty();
        } finally {
          proxy.closeSilent();
        }
        untimed.awaitCompleted(1 + tasks);
      }
    }
  }

  private static FaultProxy proxy() throws SQLException {
    PGSimpleDataSource source = postgres.dataSource().unwrap(PGSimpleDataSource.class);
    return FaultProxy.to(source.getServerNames()[0], source.getPortNumbers()[0]);
  }

  private static HikariDataSource pool(FaultProxy proxy, int socketTimeout) throws SQLException {
    PGSimpleDataSource source = postgres.dataSource().unwrap(PGSimpleDataSource.class);
    source.setServerNames(new String[] {"localhost"});
    source.setPortNumbers(new int[] {proxy.port()});
    source.setSslMode("disable");
    source.setConnectTimeout(2);
    source.setSocketTimeout(socketTimeout);
    HikariDataSource pool = new HikariDataSource();
    pool.setDataSource(source);
    pool.setMaximumPoolSize(3);
    pool.setConnectionTimeout(2_000);
    // So long each connection of before is waited for once the silence is over.
    pool.setValidationTimeout(500);
    return pool;
  }
}
