package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.dibs.Status;
import dev.dibs.TaskQueue;
import dev.dibs.Worker;
import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.jdbc.Schema;
import dev.dibs.testkit.DibsPostgres;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.Collections;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;

/** The database is away, not yet there, or cuts the worker off; the worker goes on by itself. */
@Timeout(300)
class OutageIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.withEmptySchema();

  @Test
  void worker_startedBeforeTheDatabaseAndItsSchema_worksOnceTheyAreThere(@TempDir Path directory)
      throws Exception {
    int port = freePort();
    PGSimpleDataSource dataSource = dataSource(port);
    TaskQueue queue = PostgresTaskQueue.create(dataSource);
    CountDownLatch ran = new CountDownLatch(1);
    Worker worker = Worker.builder(queue).build();
    worker.register("a", task -> ran.countDown()).start();
    try (EmbeddedPostgres server = server(directory, port)) {
      Schema.install(server.getPostgresDatabase());
      queue.enqueue("a", "1");
      assertThat(ran.await(60, TimeUnit.SECONDS)).as("handled").isTrue();
      worker.close();
      assertThat(queue.counts()).containsEntry(Status.COMPLETED, 1L);
    } finally {
      worker.close();
    }
  }

  @Test
  void server_restartedAgainAndAgainUnderLoad_nothingIsLostAndTheWorkerGoesOn(
      @TempDir Path directory) throws Exception {
    int restarts = TestSize.of(2, 10);
    int tasksEach = TestSize.of(600, 1500);
    int port = freePort();
    WatchedQueue queue = new WatchedQueue(PostgresTaskQueue.create(dataSource(port)));
    Worker worker = Worker.builder(queue).concurrency(5).lease(Duration.ofSeconds(2)).build();
    worker.register("a", task -> {});
    try {
      for (int start = 0; start <= restarts; start++) {
        try (EmbeddedPostgres server = server(directory, port)) {
          assertThat(server.getPort()).isEqualTo(port);
          if (start == 0) {
            Schema.install(server.getPostgresDatabase());
            worker.start();
          }
          PostgresTaskQueue.create(server.getPostgresDatabase())
              .enqueueAll("a", Collections.nCopies(tasksEach, "1"));
          // All but the last server go while the worker has their tasks in hand.
          queue.awaitCompleted(start * tasksEach + (start < restarts ? 100 : tasksEach));
          if (start == restarts) {
            worker.close();
            long tasks = (restarts + 1L) * tasksEach;
            assertThat(queue.counts()).containsEntry(Status.COMPLETED, tasks);
            System.out.printf(
                "outage: %d restarts, %d tasks, all completed, %d calls failed%n",
                restarts, tasks, queue.failures().size());
            assertThat(queue.failures()).isNotEmpty();
          }
        }
      }
    } finally {
      worker.close();
    }
  }

  @Test
  @Timeout(600)
  void sessions_terminatedAllTheTime_allTasksAreHandled() throws Exception {
    int toTerminate = TestSize.of(50, 1000);
    int tasksEach = 20;
    Schema.install(postgres.dataSource(), postgres.schema());
    try (HikariDataSource pool = new HikariDataSource();
        Connection operator = postgres.connect()) {
      PGSimpleDataSource named = postgres.dataSource().unwrap(PGSimpleDataSource.class);
      named.setApplicationName(postgres.schema());
      pool.setDataSource(named);
      pool.setMaximumPoolSize(3);
      WatchedQueue queue = new WatchedQueue(PostgresTaskQueue.create(pool, postgres.schema()));
      TaskQueue producer = PostgresTaskQueue.create(postgres.dataSource(), postgres.schema());
      String terminate =
          "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_stat_activity"
              + " WHERE application_name = '%s'".formatted(postgres.schema());
      int tasks = 0;
      int terminated = 0;
      try (Worker worker =
          Worker.builder(queue).concurrency(5).lease(Duration.ofSeconds(1)).build()) {
        worker.register("a", task -> {}).start();
        while (terminated < toTerminate) {
          producer.enqueueAll("a", Collections.nCopies(tasksEach, "1"));
          tasks += tasksEach;
          terminated += Integer.parseInt(Db.query(operator, terminate));
          queue.awaitCompleted(Math.min(queue.completed() + 1, tasks));
        }
        queue.awaitCompleted(tasks);
      }
      System.out.printf(
          "outage: %d sessions terminated, %d tasks, all completed, %d calls failed%n",
          terminated, tasks, queue.failures().size());
      assertThat(queue.failures()).isNotEmpty();
      assertThat(queue.counts()).containsEntry(Status.COMPLETED, (long) tasks);
    }
  }

  private static EmbeddedPostgres server(Path directory, int port) throws IOException {
    return EmbeddedPostgres.builder()
        .setDataDirectory(directory.resolve("data"))
        .setCleanDataDirectory(false)
        .setPort(port)
        .setServerConfig("fsync", "on")
        .setServerConfig("synchronous_commit", "on")
        .start();
  }

  private static PGSimpleDataSource dataSource(int port) {
    PGSimpleDataSource dataSource = new PGSimpleDataSource();
    dataSource.setUrl("jdbc:postgresql://localhost:" + port + "/postgres?user=postgres");
    return dataSource;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
