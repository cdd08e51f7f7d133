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
@Timeout(120)
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
  void server_stoppedAndStartedUnderLoad_nothingIsLostAndTheWorkerGoesOn(@TempDir Path directory)
      throws Exception {
    int port = freePort();
    int tasks = 3000;
    CountDownLatch some = new CountDownLatch(tasks / 10);
    CompletionLatch queue = new CompletionLatch(PostgresTaskQueue.create(dataSource(port)), tasks);
    Worker worker = Worker.builder(queue).concurrency(5).lease(Duration.ofSeconds(2)).build();
    worker.register("a", task -> some.countDown());
    try (EmbeddedPostgres server = server(directory, port)) {
      Schema.install(server.getPostgresDatabase());
      queue.enqueueAll("a", Collections.nCopies(tasks, "1"));
      worker.start();
      some.await();
    }
    try (EmbeddedPostgres server = server(directory, port)) {
      assertThat(server.getPort()).isEqualTo(port);
      queue.await();
      worker.close();
      assertThat(queue.counts()).containsEntry(Status.COMPLETED, (long) tasks);
    } finally {
      worker.close();
    }
  }

  @Test
  void backends_terminatedAllTheTime_allTasksAreHandled() throws Exception {
    Schema.install(postgres.dataSource(), postgres.schema());
    String application = postgres.schema();
    try (HikariDataSource pool = new HikariDataSource();
        Connection operator = postgres.connect()) {
      PGSimpleDataSource named = postgres.dataSource().unwrap(PGSimpleDataSource.class);
      named.setApplicationName(application);
      pool.setDataSource(named);
      pool.setMaximumPoolSize(3);
      CompletionLatch queue =
          new CompletionLatch(PostgresTaskQueue.create(pool, postgres.schema()), 2000);
      queue.enqueueAll("a", Collections.nCopies(2000, "1"));
      try (Worker worker =
          Worker.builder(queue).concurrency(5).lease(Duration.ofSeconds(1)).build()) {
        worker.register("a", task -> {}).start();
        do {
          Db.execute(
              operator,
              "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '"
                  + application
                  + "'");
        } while (!queue.isOpenWithin(200));
      }
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
