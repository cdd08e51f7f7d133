package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.AttemptError;
import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.DatabaseException;
import dev.dibs.HandlerOptions;
import dev.dibs.NewTask;
import dev.dibs.Outcome;
import dev.dibs.Retention;
import dev.dibs.RetryPolicy;
import dev.dibs.Status;
import dev.dibs.TaskQueue;
import dev.dibs.TypeStats;
import dev.dibs.Worker;
import dev.dibs.testkit.InMemoryTaskQueue;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a worker does with a task after the claim: retries, timeouts, cancelling, housekeeping. */
@Timeout(60)
class WorkerLifeTest {
  private static final Duration LEASE = Duration.ofMillis(450);

  /** The queue's: it stands, so that no lease ends while a thread waits for a processor. */
  private volatile InstantSource time = InstantSource.fixed(Instant.EPOCH);

  private final TaskQueue queue = InMemoryTaskQueue.create(() -> time.instant());

  @Test
  void policy_ofTheType_decidesHowLongAndHowOften() throws Exception {
    UUID id = queue.enqueue("a", "1");
    UUID other = queue.enqueue("b", "1");
    try (Worker worker = worker().retry(RetryPolicy.fixed(Duration.ofHours(1))).build()) {
      worker.register(
          "a",
          this::fails,
          HandlerOptions.standard().retry(RetryPolicy.fixed(Duration.ZERO).atMost(3)));
      worker.register("b", this::fails).start();
      await(id, Status.FAILED);
      while (queue.errors(other).isEmpty()) {
        Thread.onSpinWait();
      }
    }
    assertThat(queue.errors(id)).extracting(AttemptError::attempt).containsExactly(1, 2, 3);
    assertThat(queue.errors(other)).hasSize(1);
    assertThat(queue.find(other).orElseThrow().status()).isEqualTo(Status.PENDING);
  }

  @Test
  void exception_thatFailsAtOnce_leavesAttemptsUnused() throws Exception {
    UUID id = queue.enqueue("a", "1");
    try (Worker worker =
        worker().retry(RetryPolicy.standard().failAtOnceOn(IllegalStateException.class)).build()) {
      worker.register("a", this::fails).start();
      await(id, Status.FAILED);
    }
    assertThat(queue.find(id).orElseThrow().attempt()).isEqualTo(1);
  }

  @Test
  void policy_thatThrowsOrIsOutOfBounds_costsNoTask() throws Exception {
    List<RetryPolicy> bad =
        List.of(
            (attempt, error) -> {
              throw new IllegalArgumentException("the policy's own mistake");
            },
            (attempt, error) -> null,
            (attempt, error) -> Optional.of(Duration.ofSeconds(-1)));
    for (RetryPolicy policy : bad) {
      UUID id = queue.enqueue("a", "1");
      try (Worker worker = worker().retry(policy).build()) {
        worker.register("a", this::fails).start();
        while (queue.errors(id).isEmpty()) {
          Thread.onSpinWait();
        }
      }
      assertThat(queue.find(id).orElseThrow().status()).isEqualTo(Status.PENDING);
      queue.cancel(id);
    }
  }

  @Test
  void describeErrors_decidesWhatIsKept() throws Exception {
    UUID id = queue.enqueue(NewTask.of("a", "1").maxAttempts(1));
    UUID broken = queue.enqueue(NewTask.of("b", "1").maxAttempts(1));
    try (Worker worker =
        worker()
            .describeErrors(
                error -> {
                  if (error.getMessage().contains("b")) {
                    throw new IllegalStateException("cannot describe");
                  }
                  return "redacted";
                })
            .build()) {
      worker.register(
          "a",
          task -> {
            throw new IllegalArgumentException("secret");
          });
      worker.register(
          "b",
          task -> {
            throw new IllegalArgumentException("b");
          });
      worker.start();
      await(id, Status.FAILED);
      await(broken, Status.FAILED);
    }
    assertThat(queue.find(id).orElseThrow().error()).hasValue("redacted");
    assertThat(queue.errors(broken).get(0).error()).isEqualTo("java.lang.IllegalArgumentException");
  }

  @Test
  void timeout_handlerThatEndsWhenInterrupted_isAFailedAttempt() throws Exception {
    UUID id = queue.enqueue("a", "1");
    try (Worker worker = worker().build()) {
      worker.register(
          "a",
          task -> new CountDownLatch(1).await(),
          HandlerOptions.standard()
              .timeout(Duration.ofMillis(50))
              .retry(RetryPolicy.standard().failAtOnceOn(TimeoutException.class)));
      worker.start();
      await(id, Status.FAILED);
    }
    assertThat(queue.find(id).orElseThrow().error().orElseThrow())
        .contains("timed out after PT0.05S", "InterruptedException");
  }

  @Test
  void timeout_handlerThatEndsInTime_isNotInterrupted() throws Exception {
    UUID id = queue.enqueue("a", "1");
    try (Worker worker = worker().build()) {
      worker.register("a", task -> {}, HandlerOptions.standard().timeout(Duration.ofMinutes(1)));
      worker.start();
      await(id, Status.COMPLETED);
    }
  }

  /** The slot stays taken; the task does not. */
  @Test
  void timeout_handlerThatIgnoresIt_losesTheTaskWhenTheLeaseEnds() throws Exception {
    time = InstantSource.system();
    UUID id = queue.enqueue("a", "1");
    CountDownLatch end = new CountDownLatch(1);
    CompletableFuture<Claim> run = new CompletableFuture<>();
    // With one slot, so that it is not the worker itself who takes the task again.
    try (Worker worker = worker().concurrency(1).build()) {
      worker.register(
          "a",
          task -> {
            run.complete(task);
            awaitUninterruptibly(end);
          },
          HandlerOptions.standard().timeout(Duration.ofMillis(1)));
      worker.start();
      run.get();
      Claim taken = claimExpired();
      assertThat(taken.id()).isEqualTo(id);
      end.countDown();
      worker.close();
      assertThat(queue.find(id).orElseThrow().status()).isEqualTo(Status.PROCESSING);
      taken.complete();
    }
  }

  @Test
  void cancel_handlerThatLooks_endsWithoutAnInterrupt() throws Exception {
    UUID id = queue.enqueue("a", "1");
    CountDownLatch runs = new CountDownLatch(1);
    try (Worker worker = worker().build()) {
      worker.register(
          "a",
          task -> {
            long look = System.nanoTime();
            long lookBefore;
            runs.countDown();
            do {
              lookBefore = look;
              look = System.nanoTime();
            } while (!task.isCancelled());
            while (System.nanoTime() - look < LEASE.toNanos() / 18) {
              Thread.onSpinWait();
            }
            // One that waits for a processor for long is interrupted in time, and rightly.
            boolean early =
                Thread.interrupted() && System.nanoTime() - lookBefore < LEASE.toNanos() / 9;
            throw new IllegalStateException("stopped, interrupted early=" + early);
          });
      worker.start();
      runs.await();
      assertThat(queue.cancel(id)).hasValue(Status.PROCESSING);
      await(id, Status.CANCELLED);
    }
    assertThat(queue.errors(id).get(0).error()).contains("stopped, interrupted early=false");
  }

  @Test
  void cancel_handlerThatWaits_isInterrupted() throws Exception {
    UUID id = queue.enqueue("a", "1");
    CountDownLatch runs = new CountDownLatch(1);
    try (Worker worker = worker().build()) {
      worker.register(
          "a",
          task -> {
            runs.countDown();
            new CountDownLatch(1).await();
          });
      worker.start();
      runs.await();
      queue.cancel(id);
      await(id, Status.CANCELLED);
    }
  }

  @Test
  void cancel_handlerThatReturns_isCompleted() throws Exception {
    UUID id = queue.enqueue("a", "1");
    CompletableFuture<Claim> run = new CompletableFuture<>();
    try (Worker worker = worker().build()) {
      worker.register(
          "a",
          task -> {
            run.complete(task);
            while (!task.isCancelled()) {
              Thread.onSpinWait();
            }
          });
      worker.start();
      run.get();
      queue.cancel(id);
      await(id, Status.COMPLETED);
    }
  }

  @Test
  void cancel_handlerThatIgnoresIt_isCancelledByTheLease() throws Exception {
    time = InstantSource.system();
    UUID id = queue.enqueue("a", "1");
    CountDownLatch end = new CountDownLatch(1);
    CountDownLatch runs = new CountDownLatch(1);
    try (Worker worker = worker().build()) {
      worker.register(
          "a",
          task -> {
            runs.countDown();
            awaitUninterruptibly(end);
          });
      worker.start();
      runs.await();
      queue.cancel(id);
      while (queue.find(id).orElseThrow().status() != Status.CANCELLED) {
        assertThat(queue.claim(ClaimRequest.of("a"))).isEmpty();
      }
      end.countDown();
    }
    assertThat(queue.find(id).orElseThrow().status()).isEqualTo(Status.CANCELLED);
  }

  /** Its own task looks expired then; to claim it first would run it twice. */
  @Test
  void outage_longerThanTheLease_renewsBeforeItClaims() throws Exception {
    time = InstantSource.system();
    UUID id = queue.enqueue("a", "1");
    Outage outage = new Outage(queue);
    CountDownLatch runs = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    try (Worker worker =
        Worker.builder(outage).lease(LEASE).pollInterval(Duration.ofMillis(5)).build()) {
      worker.register(
          "a",
          task -> {
            runs.countDown();
            end.await();
          });
      worker.start();
      runs.await();
      outage.down = true;
      long begun = System.nanoTime();
      while (System.nanoTime() - begun < 2 * LEASE.toNanos()) {
        Thread.onSpinWait();
      }
      outage.down = false;
      String first = outage.first.get();
      end.countDown();
      worker.close();
      assertThat(first).isEqualTo("renewal");
      assertThat(queue.find(id).orElseThrow().attempt()).isEqualTo(1);
    }
  }

  /** Refuses every call while it lasts, and says which came first afterwards. */
  private static final class Outage extends ForwardingTaskQueue {
    private final CompletableFuture<String> first = new CompletableFuture<>();
    private volatile boolean down;
    private volatile boolean was;

    Outage(TaskQueue queue) {
      super(queue);
    }

    @Override
    public List<Claim> claim(ClaimRequest request) {
      come("claim");
      return super.claim(request);
    }

    @Override
    public List<Outcome> applyAll(List<ClaimUpdate> updates) {
      come("renewal");
      return super.applyAll(updates);
    }

    private void come(String call) {
      if (down) {
        was = true;
        throw new DatabaseException("down", true, new SQLException());
      }
      if (was) {
        first.complete(call);
      }
    }
  }

  @Test
  void handler_leavesResultAndProgress_producerReadsThem() throws Exception {
    UUID id = queue.enqueue("a", "1");
    CountDownLatch half = new CountDownLatch(1);
    CountDownLatch seen = new CountDownLatch(1);
    try (Worker worker = worker().build()) {
      worker.register(
          "a",
          task -> {
            task.progress("{\"done\": 0.5}");
            half.countDown();
            seen.await();
            task.complete("[1, 2]");
          });
      worker.start();
      half.await();
      assertThat(queue.find(id).orElseThrow().progress()).hasValue("{\"done\": 0.5}");
      seen.countDown();
      await(id, Status.COMPLETED);
    }
    assertThat(queue.find(id).orElseThrow().result()).hasValue("[1, 2]");
  }

  @Test
  void unhandled_typesOfOtherVersions_areShownAndLeftAlone() throws Exception {
    queue.enqueue("new_type", "1");
    queue.enqueue(NewTask.of("elsewhere", "1").queue("other"));
    UUID id = queue.enqueue("a", "1");
    try (Worker worker = worker().build()) {
      worker.register("a", task -> {}).start();
      await(id, Status.COMPLETED);
      assertThat(worker.unhandled()).extracting(TypeStats::type).containsExactly("new_type");
      assertThat(worker.unhandled().get(0).ready()).isEqualTo(1);
    }
  }

  @Test
  void retention_ofCompletedTasks_isKeptByTheWorker() throws Exception {
    UUID id = queue.enqueue("a", "1");
    UUID failed = queue.enqueue(NewTask.of("b", "1").maxAttempts(1));
    queue.claim(ClaimRequest.of("a")).get(0).complete();
    queue.claim(ClaimRequest.of("b")).get(0).fail(new IllegalStateException());
    try (Worker worker = worker().retention(Retention.forever().completed(Duration.ZERO)).build()) {
      worker.register("c", task -> {}).start();
      while (queue.find(id).isPresent()) {
        Thread.onSpinWait();
      }
    }
    assertThat(queue.find(failed)).isPresent();
  }

  private void fails(Claim task) {
    throw new IllegalStateException("attempt " + task.attempt());
  }

  private Worker.Builder worker() {
    return Worker.builder(queue)
        .lease(LEASE)
        .pollInterval(Duration.ofMillis(5))
        .drainTimeout(Duration.ofSeconds(10));
  }

  private void await(UUID id, Status status) {
    while (queue.find(id).orElseThrow().status() != status) {
      Thread.onSpinWait();
    }
  }

  private Claim claimExpired() {
    List<Claim> claims = List.of();
    while (claims.isEmpty()) {
      claims = queue.claim(ClaimRequest.of("a").lease(Duration.ofMinutes(1)));
    }
    return claims.get(0);
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    boolean ended = false;
    while (!ended) {
      try {
        ended = latch.await(1, TimeUnit.MINUTES);
      } catch (InterruptedException e) {
        // This handler ignores it; that is the point.
      }
    }
  }
}
