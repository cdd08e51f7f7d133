package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.NewTask;
import dev.dibs.Status;
import dev.dibs.TaskQueue;
import dev.dibs.Worker;
import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.testkit.DibsPostgres;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Worker processes that die as they do under kill -9. */
@Timeout(120)
class WorkerCrashIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  private static final Duration LEASE = Duration.ofSeconds(1);

  private final TaskQueue queue =
      PostgresTaskQueue.create(postgres.dataSource(), postgres.schema());

  @BeforeEach
  void empty() throws SQLException {
    try (Connection connection = postgres.connect()) {
      Db.execute(connection, "TRUNCATE tasks");
    }
  }

  @Test
  void process_killed_itsTasksAreTakenOverAfterTheLease() throws Exception {
    UUID id = queue.enqueue("a", "\"hang\"");
    Process process = KillerWorker.start(postgres.jdbcUrl(), postgres.schema(), 5, LEASE);
    try (var output = process.inputReader()) {
      awaitLine(output, "hangs");
    } finally {
      process.destroyForcibly().waitFor();
    }
    CountDownLatch taken = new CountDownLatch(1);
    try (Worker worker = Worker.builder(queue).lease(LEASE).build()) {
      worker.register("a", task -> taken.countDown()).start();
      assertThat(taken.await(30, TimeUnit.SECONDS)).as("taken over").isTrue();
    }
    assertThat(queue.find(id).orElseThrow().status()).isEqualTo(Status.COMPLETED);
    assertThat(queue.find(id).orElseThrow().attempt()).isEqualTo(2);
  }

  /** SIGTERM: the hook closes the worker, which lets its handler end and writes that. */
  @Test
  void process_toldToEnd_letsItsHandlerEndAndWritesIt() throws Exception {
    UUID id = queue.enqueue("a", "\"wait\"");
    Process process = KillerWorker.start(postgres.jdbcUrl(), postgres.schema(), 5, LEASE);
    try (var output = process.inputReader();
        var input = process.getOutputStream()) {
      awaitLine(output, "waits");
      UUID later = queue.enqueue("a", "\"good\"");
      awaitRow("SELECT status = 'completed' FROM tasks WHERE id = '" + later + "'");
      process.toHandle().destroy();
      // Its lease goes on being renewed: twice its length later it is still the first attempt.
      awaitRow(
          "SELECT clock_timestamp() > started_at + interval '2 s' FROM tasks WHERE id = '"
              + id
              + "'");
      input.write('\n');
      input.flush();
      process.waitFor();
    } finally {
      process.destroyForcibly().waitFor();
    }
    assertThat(queue.find(id).orElseThrow().status()).isEqualTo(Status.COMPLETED);
    assertThat(queue.find(id).orElseThrow().attempt()).isEqualTo(1);
  }

  private static void awaitRow(String sql) throws SQLException {
    try (Connection connection = postgres.connect()) {
      Db.await(connection, sql);
    }
  }

  @Test
  void process_pausedBeyondItsLease_canWriteNothingWhenItWakes() throws Exception {
    UUID id = queue.enqueue("a", "\"wait\"");
    Process zombie = KillerWorker.start(postgres.jdbcUrl(), postgres.schema(), 5, LEASE);
    try (var output = zombie.inputReader();
        var input = zombie.getOutputStream()) {
      awaitLine(output, "waits");
      signal(zombie, "-STOP");
      Claim taken = null;
      while (taken == null) {
        taken =
            queue.claim(ClaimRequest.of("a").lease(Duration.ofMinutes(5))).stream()
                .findFirst()
                .orElse(null);
      }
      // Its handler is told to end at the moment when it wakes, before it can renew or look.
      input.write('\n');
      input.flush();
      signal(zombie, "-CONT");
      awaitLine(output, "first Claim[Task[" + id);
      assertThat(queue.find(id).orElseThrow().status()).isEqualTo(Status.PROCESSING);
      taken.complete();
    } finally {
      zombie.destroyForcibly().waitFor();
    }
    assertThat(queue.find(id).orElseThrow().attempt()).isEqualTo(2);
  }

  private static void awaitLine(BufferedReader output, String part) throws IOException {
    String line;
    do {
      line = output.readLine();
      assertThat(line).as("before '%s'", part).isNotNull();
    } while (!line.contains(part));
  }

  private static void signal(Process process, String signal)
      throws IOException, InterruptedException {
    new ProcessBuilder("kill", signal, Long.toString(process.pid())).start().waitFor();
  }

  /** With one attempt each, so that whatever burns a neighbour's attempt fails it. */
  @Test
  void killerAmongNeighbours_killerFailsNeighboursComplete() throws Exception {
    int good = TestSize.of(59, 1000);
    List<NewTask> tasks = new ArrayList<>();
    for (int i = 0; i <= good; i++) {
      tasks.add(NewTask.of("a", i == 20 ? "\"kill\"" : "\"good\"").maxAttempts(1));
    }
    queue.enqueueAll(tasks);
    UUID killer = tasks.get(20).id();
    // Twice beside others, once alone: then its attempts are used up.
    for (int death = 1; death <= 3; death++) {
      Process process = KillerWorker.start(postgres.jdbcUrl(), postgres.schema(), 10, LEASE);
      process.getInputStream().transferTo(OutputStream.nullOutputStream());
      assertThat(process.waitFor()).as("killed by SIGKILL").isEqualTo(137);
    }
    while (queue.counts().get(Status.COMPLETED) + queue.counts().get(Status.FAILED) <= good) {
      queue.claim(ClaimRequest.of("a").limit(100)).forEach(Claim::complete);
    }
    assertThat(queue.counts())
        .containsEntry(Status.FAILED, 1L)
        .containsEntry(Status.COMPLETED, (long) good);
    assertThat(queue.find(killer).orElseThrow().error())
        .contains("the lease expired and no attempts are left");
  }

  @Test
  void expiredTask_thatDidNotRunAlone_isClaimedBeyondItsAttempts() {
    UUID neighbour = queue.enqueue(NewTask.of("b", "1").maxAttempts(1));
    queue.claim(ClaimRequest.of("b").lease(Duration.ofMillis(1)));
    List<Claim> again = List.of();
    while (again.isEmpty()) {
      again = queue.claim(ClaimRequest.of("b"));
    }
    assertThat(again.get(0).id()).isEqualTo(neighbour);
    assertThat(again.get(0).attempt()).isEqualTo(2);
    again.get(0).complete();
  }
}
