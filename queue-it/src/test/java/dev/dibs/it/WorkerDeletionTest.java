package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.ClaimUpdate;
import dev.dibs.DatabaseException;
import dev.dibs.DibsException;
import dev.dibs.NewTask;
import dev.dibs.Outcome;
import dev.dibs.OutcomeUnknownException;
import dev.dibs.Retention;
import dev.dibs.Status;
import dev.dibs.TaskQueue;
import dev.dibs.Worker;
import dev.dibs.testkit.InMemoryTaskQueue;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A worker that keeps nothing of what it completes. */
@Timeout(60)
class WorkerDeletionTest {
  private static final Retention NONE = Retention.forever().completed(Duration.ZERO);
  private static final String LOST = "leases were lost before the ends of their attempts";

  private static final String LEVEL = "the log at WARN, which the build has on";

  private final TaskQueue queue = InMemoryTaskQueue.create();

  @Test
  void retention_zero_deletesWhatHandlersReturnFromAndWhatTheyComplete() throws Exception {
    queue.enqueueAll("returns", Collections.nCopies(50, "1"));
    queue.enqueueAll("completes", Collections.nCopies(50, "1"));
    work(
        NONE,
        worker ->
            worker
                .register("returns", task -> {})
                .register("completes", task -> task.complete("[1]")));

    assertThat(queue.counts()).allSatisfy((status, n) -> assertThat(n).isZero());
  }

  @Test
  void retention_zero_keepsWhatFails() throws Exception {
    UUID id = queue.enqueue(NewTask.of("fails", "1").maxAttempts(1));
    work(
        NONE,
        worker ->
            worker.register(
                "fails",
                task -> {
                  throw new IllegalStateException("broken");
                }));

    assertThat(queue.find(id).orElseThrow().status()).isEqualTo(Status.FAILED);
  }

  /** Control: only a retention of zero, and of what is completed, has this effect. */
  @Test
  void retention_notOfCompletedOrNotZero_keepsThem() throws Exception {
    for (Retention kept :
        List.of(
            Retention.forever().failed(Duration.ZERO).cancelled(Duration.ZERO),
            Retention.forever().completed(Duration.ofDays(1)))) {
      UUID id = queue.enqueue("a", "1");
      work(kept, worker -> worker.register("a", task -> {}));
      assertThat(queue.find(id).orElseThrow().status()).isEqualTo(Status.COMPLETED);
    }
  }

  static Stream<DibsException> failures() {
    SQLException cut = new SQLException("cut", "08006");
    return Stream.of(
        new OutcomeUnknownException("complete", cut), new DatabaseException("later", true, cut));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void flush_writtenAndItsAnswerLost_isRepeatedAndIsNoLostLease(DibsException failure)
      throws Exception {
    String logged = logOf(new Unanswered(queue, failure));

    assertThat(logged).as(LEVEL).contains("cannot write how attempts ended").doesNotContain(LOST);
    assertThat(queue.counts()).allSatisfy((status, n) -> assertThat(n).isZero());
  }

  /** Control: the same log says so of a lease that was lost. */
  @Test
  void flush_refusedTheFirstTime_isALostLease() throws Exception {
    String logged = logOf(new Unanswered(queue, null));

    assertThat(logged).as(LEVEL).contains(LOST);
  }

  private String logOf(Unanswered unanswered) throws Exception {
    PrintStream original = System.err;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setErr(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      queue.enqueue("a", "1");
      try (Worker worker = Worker.builder(unanswered).retention(NONE).build()) {
        worker.register("a", task -> {}).start();
        assertThat(unanswered.answered.await(30, TimeUnit.SECONDS)).isTrue();
      }
    } finally {
      System.setErr(original);
    }
    return printed.toString(StandardCharsets.UTF_8);
  }

  /** Its first completion is written and not acknowledged; without a failure, it is refused. */
  private static final class Unanswered extends ForwardingTaskQueue {
    private final CountDownLatch answered = new CountDownLatch(1);
    private final DibsException failure;
    private boolean failed;

    Unanswered(TaskQueue queue, DibsException failure) {
      super(queue);
      this.failure = failure;
    }

    @Override
    public List<Outcome> applyAll(List<ClaimUpdate> updates) {
      List<Outcome> outcomes = super.applyAll(updates);
      if (updates.get(0) instanceof ClaimUpdate.Complete) {
        if (failure != null && !failed) {
          failed = true;
          throw failure;
        }
        answered.countDown();
        return Collections.nCopies(updates.size(), Outcome.LEASE_LOST);
      }
      return outcomes;
    }
  }

  /** What is registered for a worker. */
  private interface Registration {
    void on(Worker worker);
  }

  /** Until nothing is live. */
  private void work(Retention retention, Registration registration) throws Exception {
    try (Worker worker = Worker.builder(queue).retention(retention).build()) {
      registration.on(worker);
      worker.start();
      Poll.until(
          "all have ended",
          Duration.ofSeconds(30),
          () -> queue.counts().get(Status.PENDING) + queue.counts().get(Status.PROCESSING) == 0);
    }
  }
}
