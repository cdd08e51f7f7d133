package dev.dibs.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.HandlerOptions;
import dev.dibs.InvalidInputException;
import dev.dibs.NewTask;
import dev.dibs.Outcome;
import dev.dibs.RetryPolicy;
import dev.dibs.TaskQueue;
import dev.dibs.Worker;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One attempt on the calling thread, with a timer on the machine's clock. */
class WorkerRunTest {
  private static final Duration LEASE = Duration.ofMillis(300);

  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final VirtualClock clock = VirtualClock.create();
  private final Model model = new Model();
  private final TaskQueue queue = InMemoryTaskQueue.over(clock, model);
  private final Worker worker = Worker.builder(queue).queueName("q").lease(LEASE).build();

  @AfterEach
  void stopTimer() {
    timer.shutdownNow();
  }

  private Claim claimed() {
    queue.enqueue(NewTask.of("a", "{}").queue("q"));
    return queue.claim(worker.request()).get(0);
  }

  @Test
  void request_noHandler_isRefused() {
    assertThatIllegalStateException()
        .isThrownBy(worker::request)
        .withMessageContaining("register at least one");
  }

  @Test
  void request_handlers_areWhatTheWorkerClaims() {
    worker.register("a", task -> {}).register("b", task -> {});

    assertThat(worker.request()).isEqualTo(ClaimRequest.of("a", "b").queue("q").lease(LEASE));
  }

  @Test
  void run_typeOfSomebodyElse_isRefused() {
    worker.register("a", task -> {});
    queue.enqueue("b", "{}");
    Claim other = queue.claim(ClaimRequest.of("b")).get(0);

    assertThatExceptionOfType(InvalidInputException.class)
        .isThrownBy(() -> worker.run(other, timer))
        .withMessageContaining("'b' has no handler");
  }

  @Test
  void run_handlerReturns_givesItsEndAndWritesNothing() {
    worker.register("a", task -> {});
    Claim claim = claimed();
    Optional<ClaimUpdate> end = worker.run(claim, timer);

    assertThat(end).containsInstanceOf(ClaimUpdate.Complete.class);
    assertThat(queue.apply(end.orElseThrow())).isEqualTo(Outcome.APPLIED);
  }

  @Test
  void run_handlerThrows_givesWhatItsPolicySays() {
    worker.register(
        "a",
        task -> {
          throw new IllegalStateException("broken");
        },
        HandlerOptions.standard().retry(RetryPolicy.fixed(Duration.ofMinutes(5))));

    assertThat(worker.run(claimed(), timer))
        .hasValueSatisfying(
            end -> {
              ClaimUpdate.Retry retry = (ClaimUpdate.Retry) end;
              assertThat(retry.delay()).isEqualTo(Duration.ofMinutes(5));
              assertThat(retry.error()).contains("broken");
            });
  }

  @Test
  void run_handlerSettlesItself_givesNothing() {
    worker.register("a", Claim::release);

    assertThat(worker.run(claimed(), timer)).isEmpty();
  }

  /** On the queue's clock half a lease passes after each renewal, however long that takes. */
  @Test
  @Timeout(60)
  void run_longerThanTheLease_isRenewed() {
    worker.register(
        "a",
        task -> {
          for (int i = 0; i < 3; i++) {
            Instant end = leaseEnd(task);
            clock.advance(LEASE.dividedBy(2));
            while (leaseEnd(task).equals(end)) {
              Thread.onSpinWait();
            }
          }
        });
    Claim claim = claimed();
    Optional<ClaimUpdate> end = worker.run(claim, timer);

    assertThat(claim.isLeaseLost()).isFalse();
    assertThat(queue.claim(worker.request())).isEmpty();
    assertThat(queue.apply(end.orElseThrow())).isEqualTo(Outcome.APPLIED);
  }

  private Instant leaseEnd(Claim claim) {
    synchronized (model) {
      return model.find(claim.id()).flatMap(ModelTask::leaseUntil).orElseThrow();
    }
  }

  @Test
  void run_leaseLostMeanwhile_handlerIsInterrupted() {
    CountDownLatch never = new CountDownLatch(1);
    worker.register(
        "a",
        task -> {
          // The same token from elsewhere ends the attempt: what is left has no lease.
          queue.apply(new ClaimUpdate.Release(task, Duration.ZERO));
          never.await();
        });
    Claim claim = claimed();

    assertThat(worker.run(claim, timer)).isEmpty();
    assertThat(claim.isLeaseLost()).isTrue();
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }
}
