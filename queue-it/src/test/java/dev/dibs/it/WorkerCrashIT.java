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

  private static final Duration LEASE = Duration.ofMillis(1500);

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
      assertThat(output.readLine()).isEqualTo("hangs");
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

  /** With one attempt each, so that whatever burns a neighbour's attempt fails it. */
  @Test
  void killerAmongNeighbours_killerFailsNeighboursComplete() throws Exception {
    List<NewTask> tasks = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      tasks.add(NewTask.of("a", i == 20 ? "\"kill\"" : "\"good\"").maxAttempts(1));
    }
    queue.enqueueAll(tasks);
    UUID killer = tasks.get(20).id();
    int deaths = 0;
    while (queue.find(killer).orElseThrow().status() != Status.FAILED) {
      Process process = KillerWorker.start(postgres.jdbcUrl(), postgres.schema(), 10, LEASE);
      try {
        if (deaths < 3) {
          assertThat(process.waitFor()).as("killed by SIGKILL").isEqualTo(137);
          deaths++;
        } else {
          awaitFailed(killer);
        }
      } finally {
        process.destroyForcibly().waitFor();
      }
    }
    assertThat(deaths).as("processes that it took: two beside others, one alone").isEqualTo(3);
    CountDownLatch never = new CountDownLatch(1);
    try (Worker worker = Worker.builder(queue).lease(LEASE).build()) {
      worker.register("a", task -> {}).start();
      while (queue.counts().get(Status.COMPLETED) < 59) {
        never.await(20, TimeUnit.MILLISECONDS);
      }
    }
    assertThat(queue.counts())
        .containsEntry(Status.FAILED, 1L)
        .containsEntry(Status.COMPLETED, 59L);
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

  private void awaitFailed(UUID id) throws InterruptedException {
    CountDownLatch never = new CountDownLatch(1);
    while (queue.find(id).orElseThrow().status() != Status.FAILED) {
      never.await(20, TimeUnit.MILLISECONDS);
    }
  }
}
