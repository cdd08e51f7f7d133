package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.DatabaseException;
import dev.dibs.InvalidInputException;
import dev.dibs.NewTask;
import dev.dibs.Outcome;
import dev.dibs.OutcomeUnknownException;
import dev.dibs.RetryPolicy;
import dev.dibs.SetupException;
import dev.dibs.Status;
import dev.dibs.Task;
import dev.dibs.TaskQueue;
import dev.dibs.Worker;
import dev.dibs.testkit.InMemoryTaskQueue;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The engine on the in-memory queue; what needs a database or a process to die is in WorkerIT. */
@Timeout(60)
class WorkerTest {
  private volatile Duration ahead = Duration.ZERO;
  private final TaskQueue queue = InMemoryTaskQueue.create(() -> Instant.now().plus(ahead));

  @Test
  void handler_returns_taskIsCompleted() throws Exception {
    UUID id = queue.enqueue("a", "{\"n\":1}");
    CompletableFuture<String> payload = new CompletableFuture<>();
    try (Worker worker = worker(queue).build()) {
      worker.register("a", task -> payload.complete(task.payload())).start();
      assertThat(payload.get()).isEqualTo("{\"n\": 1}");
    }
    assertThat(status(id)).isEqualTo(Status.COMPLETED);
  }

  @Test
  void handler_throwsAlways_isTriedUpToMaxAttemptsAndFails() throws Exception {
    UUID id = queue.enqueue(NewTask.of("a", "1").maxAttempts(3));
    CountDownLatch runs = new CountDownLatch(3);
    try (Worker worker = worker(queue).build()) {
      worker.register(
          "a",
          task -> {
            runs.countDown();
            throw new IllegalStateException("attempt " + task.attempt());
          });
      worker.start();
      runs.await();
    }
    Task task = queue.find(id).orElseThrow();
    assertThat(task.status()).isEqualTo(Status.FAILED);
    assertThat(task.attempt()).isEqualTo(3);
    assertThat(task.error().orElseThrow())
        .startsWith("java.lang.IllegalStateException: attempt 3")
        .contains("WorkerTest");
  }

  @Test
  void handler_throwsAnError_countsAsAFailure() throws Exception {
    UUID id = queue.enqueue(NewTask.of("a", "1").maxAttempts(1));
    CountDownLatch ran = new CountDownLatch(1);
    try (Worker worker = worker(queue).build()) {
      worker.register(
          "a",
          task -> {
            ran.countDown();
            throw new StackOverflowError();
          });
      worker.start();
      ran.await();
    }
    assertThat(status(id)).isEqualTo(Status.FAILED);
  }

  @Test
  void handler_snoozes_attemptIsNotCountedAndNothingElseIsWritten() throws Exception {
    UUID id = queue.enqueue("a", "1");
    CountDownLatch ran = new CountDownLatch(1);
    try (Worker worker = worker(queue).build()) {
      worker.register(
          "a",
          task -> {
            task.snooze(Duration.ofHours(1));
            ran.countDown();
          });
      worker.start();
      ran.await();
    }
    Task task = queue.find(id).orElseThrow();
    assertThat(task.status()).isEqualTo(Status.PENDING);
    assertThat(task.attempt()).isZero();
  }

  @Test
  void worker_typesWithoutHandler_areNotTouched() throws Exception {
    UUID other = queue.enqueue("other", "1");
    queue.enqueue("a", "1");
    CountDownLatch ran = new CountDownLatch(1);
    try (Worker worker = worker(queue).build()) {
      worker.register("a", task -> ran.countDown()).start();
      ran.await();
    }
    assertThat(status(other)).isEqualTo(Status.PENDING);
  }

  @Test
  void enqueue_inTheSameProcess_wakesTheWorkerAtOnce() throws Exception {
    CountDownLatch started = new CountDownLatch(1);
    TaskQueue watched =
        new ForwardingTaskQueue(queue) {
          @Override
          public List<Claim> claim(ClaimRequest request) {
            List<Claim> claims = super.claim(request);
            started.countDown();
            return claims;
          }
        };
    CountDownLatch ran = new CountDownLatch(1);
    try (Worker worker = worker(watched).pollInterval(Duration.ofHours(1)).build()) {
      worker.register("a", task -> ran.countDown()).start();
      started.await();
      watched.enqueue("a", "1");
      assertThat(ran.await(30, TimeUnit.SECONDS)).as("woken").isTrue();
    }
  }

  @Test
  void handlers_manyTasks_neverMoreThanConcurrency() throws Exception {
    CountDownLatch ran = new CountDownLatch(500);
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    for (int i = 0; i < 500; i++) {
      queue.enqueue("a", "1");
    }
    try (Worker worker = worker(queue).concurrency(7).build()) {
      worker.register(
          "a",
          task -> {
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            Thread.onSpinWait();
            running.decrementAndGet();
            ran.countDown();
          });
      worker.start();
      ran.await();
    }
    assertThat(most.get()).isBetween(1, 7);
    assertThat(queue.counts()).containsEntry(Status.COMPLETED, 500L);
  }

  @Test
  void lease_handlerRunsLongerThanIt_isRenewed() throws Exception {
    queue.enqueue("a", "1");
    AtomicInteger runs = new AtomicInteger();
    CountDownLatch extensions = new CountDownLatch(10);
    TaskQueue watched =
        new ForwardingTaskQueue(queue) {
          @Override
          public List<Outcome> applyAll(List<ClaimUpdate> updates) {
            List<Outcome> outcomes = super.applyAll(updates);
            if (updates.get(0) instanceof ClaimUpdate.Extend
                && outcomes.contains(Outcome.APPLIED)) {
              extensions.countDown();
            }
            return outcomes;
          }
        };
    // One slot, so that the worker itself cannot take what it has not renewed in time.
    try (Worker worker = worker(watched).concurrency(1).lease(Duration.ofMillis(300)).build()) {
      worker.register(
          "a",
          task -> {
            runs.incrementAndGet();
            // Ten renewals are more than three leases.
            extensions.await();
          });
      worker.start();
      extensions.await();
    }
    assertThat(runs).hasValue(1);
    assertThat(queue.counts()).containsEntry(Status.COMPLETED, 1L);
  }

  @Test
  void lease_lostWhileHandlerRuns_handlerIsToldAndInterrupted() throws Exception {
    UUID id = queue.enqueue("a", "1");
    CountDownLatch running = new CountDownLatch(1);
    CompletableFuture<Boolean> told = new CompletableFuture<>();
    Object process = new Object();
    TaskQueue paused =
        new ForwardingTaskQueue(queue) {
          @Override
          public List<Outcome> applyAll(List<ClaimUpdate> updates) {
            synchronized (process) {
              return super.applyAll(updates);
            }
          }
        };
    Claim thief;
    try (Worker worker = worker(paused).concurrency(1).lease(Duration.ofMillis(300)).build()) {
      worker.register(
          "a",
          task -> {
            running.countDown();
            try {
              new CountDownLatch(1).await();
            } catch (InterruptedException e) {
              told.complete(task.isLeaseLost());
              throw e;
            }
          });
      worker.start();
      running.await();
      // As if the process had been paused for an hour and another had taken the task.
      synchronized (process) {
        ahead = Duration.ofHours(1);
        thief = queue.claim(ClaimRequest.of("a").lease(Duration.ofHours(1))).get(0);
      }
      assertThat(told.get()).isTrue();
    }
    assertThat(queue.find(id).orElseThrow().error()).as("nothing written").isEmpty();
    thief.complete();
    assertThat(status(id)).isEqualTo(Status.COMPLETED);
  }

  @Test
  void suspect_amongOthers_runsWithNothingBesideIt() throws Exception {
    UUID suspect = suspect();
    for (int i = 0; i < 40; i++) {
      queue.enqueue("a", "\"other\"");
    }
    CountDownLatch ran = new CountDownLatch(41);
    AtomicInteger running = new AtomicInteger();
    AtomicBoolean beside = new AtomicBoolean();
    AtomicReference<Boolean> alone = new AtomicReference<>();
    try (Worker worker = worker(queue).concurrency(8).build()) {
      worker.register(
          "a",
          task -> {
            int now = running.incrementAndGet();
            if (task.id().equals(suspect)) {
              alone.set(task.alone());
              for (int i = 0; i < 100_000; i++) {
                Thread.onSpinWait();
              }
              beside.compareAndSet(false, now != 1 || running.get() != 1);
            }
            running.decrementAndGet();
            ran.countDown();
          });
      worker.start();
      ran.await();
    }
    assertThat(alone.get()).isTrue();
    assertThat(beside).isFalse();
    assertThat(queue.counts()).containsEntry(Status.COMPLETED, 41L);
  }

  @Test
  void close_handlerRuns_waitsForItAndWritesItsEnd() throws Exception {
    UUID id = queue.enqueue("a", "1");
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    Worker worker = worker(queue).build();
    worker.register(
        "a",
        task -> {
          running.countDown();
          go.await();
        });
    worker.start();
    running.await();
    CompletableFuture<Void> closed = CompletableFuture.runAsync(worker::close);
    assertThat(closed).isNotDone();
    go.countDown();
    closed.get();
    assertThat(status(id)).isEqualTo(Status.COMPLETED);
  }

  @Test
  void close_handlerOutlastsTheDrainTimeout_isInterruptedAndNotCounted() throws Exception {
    UUID id = queue.enqueue("a", "1");
    CountDownLatch running = new CountDownLatch(1);
    try (Worker worker = worker(queue).drainTimeout(Duration.ofMillis(20)).build()) {
      worker.register(
          "a",
          task -> {
            running.countDown();
            new CountDownLatch(1).await();
          });
      worker.start();
      running.await();
    }
    Task task = queue.find(id).orElseThrow();
    assertThat(task.status()).isEqualTo(Status.PENDING);
    assertThat(task.attempt()).isZero();
    assertThat(task.error()).isEmpty();
  }

  @Test
  void close_twiceAndBeforeStart_isLegal() {
    Worker worker = worker(queue).build();
    worker.close();
    worker.close();
    assertThatIllegalStateException()
        .isThrownBy(() -> worker.register("a", task -> {}))
        .withMessageStartingWith("register: the worker");
  }

  @Test
  void close_fromAHandler_isRefused() throws Exception {
    queue.enqueue("a", "1");
    CompletableFuture<Throwable> refusal = new CompletableFuture<>();
    Worker worker = worker(queue).build();
    try {
      worker.register(
          "a",
          task -> {
            try {
              worker.close();
              refusal.complete(null);
            } catch (IllegalStateException e) {
              refusal.complete(e);
            }
          });
      worker.start();
      assertThat(refusal.get()).hasMessageContaining("call it from another thread");
    } finally {
      worker.close();
    }
  }

  @Test
  void start_wrongOrder_isRefused() {
    try (Worker worker = worker(queue).build()) {
      assertThatIllegalStateException()
          .isThrownBy(worker::start)
          .withMessageContaining("no handlers");
      worker.register("a", task -> {});
      assertThatExceptionOfType(InvalidInputException.class)
          .isThrownBy(() -> worker.register("a", task -> {}))
          .withMessageContaining("has a handler already");
      assertThatExceptionOfType(InvalidInputException.class)
          .isThrownBy(() -> worker.register(" ", task -> {}));
      worker.start();
      assertThatIllegalStateException().isThrownBy(worker::start);
      assertThatIllegalStateException().isThrownBy(() -> worker.register("b", task -> {}));
    }
  }

  @Test
  void build_optionOutsideItsBound_isNamed() {
    refused(worker(queue).concurrency(0), "concurrency: must be 1 to 100000, was 0");
    refused(worker(queue).lease(Duration.ofMillis(99)), "lease: must be PT0.1S to PT720H");
    refused(worker(queue).pollInterval(Duration.ZERO), "pollInterval: must be");
    refused(worker(queue).drainTimeout(Duration.ofSeconds(-1)), "drainTimeout: must be");
    refused(worker(queue).name(""), "name: must not be blank");
    refused(worker(queue).queueName("x".repeat(201)), "queue: must have at most 200");
    refused(worker(queue).retry(null), "retry: must not be null");
  }

  @Test
  void executor_rejects_taskIsGivenBackAndTriedAgainAfterAPause() throws Exception {
    queue.enqueue("a", "1");
    AtomicInteger offers = new AtomicInteger();
    AtomicLong rejectedAt = new AtomicLong();
    AtomicLong offeredAgainAt = new AtomicLong();
    ExecutorService threads = Executors.newSingleThreadExecutor();
    CompletableFuture<Integer> attempt = new CompletableFuture<>();
    try (Worker worker =
        worker(queue)
            .executor(
                handler -> {
                  if (offers.incrementAndGet() == 1) {
                    rejectedAt.set(System.nanoTime());
                    throw new RejectedExecutionException("full");
                  }
                  offeredAgainAt.set(System.nanoTime());
                  threads.execute(handler);
                })
            .build()) {
      worker.register("a", task -> attempt.complete(task.attempt())).start();
      assertThat(attempt.get()).as("the rejected one is not counted").isEqualTo(1);
    } finally {
      threads.shutdown();
    }
    assertThat(Duration.ofNanos(offeredAgainAt.get() - rejectedAt.get()))
        .as("giving a task back frees its slot, which must not cut the pause short")
        .isGreaterThan(Duration.ofMillis(900));
    assertThat(queue.counts()).containsEntry(Status.COMPLETED, 1L);
  }

  @Test
  void executor_rejectsASuspect_itRunsAloneLaterAndTheOthersAfterIt() throws Exception {
    UUID suspect = suspect();
    queue.enqueue("a", "2");
    AtomicBoolean rejected = new AtomicBoolean();
    AtomicBoolean alone = new AtomicBoolean();
    CountDownLatch ran = new CountDownLatch(2);
    ExecutorService threads = Executors.newSingleThreadExecutor();
    try (Worker worker =
        worker(queue)
            .executor(
                handler -> {
                  if (!rejected.getAndSet(true)) {
                    throw new RejectedExecutionException("full");
                  }
                  threads.execute(handler);
                })
            .build()) {
      worker.register(
          "a",
          task -> {
            if (task.id().equals(suspect)) {
              alone.set(task.alone() && ran.getCount() == 2);
            }
            ran.countDown();
          });
      worker.start();
      ran.await();
    } finally {
      threads.shutdown();
    }
    assertThat(alone).as("as a suspect, before the other").isTrue();
    assertThat(queue.counts()).containsEntry(Status.COMPLETED, 2L);
  }

  @Test
  void database_awayForAWhile_workerGoesOn() throws Exception {
    AtomicInteger failures = new AtomicInteger();
    TaskQueue flaky =
        new ForwardingTaskQueue(queue) {
          @Override
          public List<Claim> claim(ClaimRequest request) {
            failEvery(2);
            return super.claim(request);
          }

          @Override
          public List<Outcome> applyAll(List<ClaimUpdate> updates) {
            failEvery(3);
            return super.applyAll(updates);
          }

          private void failEvery(int n) {
            if (failures.incrementAndGet() % n != 0) {
              throw new DatabaseException("away", true, new SQLException("away", "08006"));
            }
          }
        };
    CountDownLatch ran = new CountDownLatch(20);
    for (int i = 0; i < 20; i++) {
      queue.enqueue("a", "1");
    }
    try (Worker worker = worker(flaky).build()) {
      worker.register("a", task -> ran.countDown()).start();
      ran.await();
    }
    assertThat(queue.counts()).containsEntry(Status.COMPLETED, 20L);
  }

  @Test
  void flush_oneUpdateRefused_theOthersAreWritten() throws Exception {
    UUID poison = queue.enqueue("a", "\"poison\"");
    for (int i = 0; i < 30; i++) {
      queue.enqueue("a", "1");
    }
    TaskQueue picky =
        new ForwardingTaskQueue(queue) {
          @Override
          public List<Outcome> applyAll(List<ClaimUpdate> updates) {
            if (updates.stream().anyMatch(update -> update.claim().id().equals(poison))) {
              throw new DatabaseException("refused", false, new SQLException("refused", "23514"));
            }
            return super.applyAll(updates);
          }
        };
    CountDownLatch ran = new CountDownLatch(31);
    try (Worker worker = worker(picky).concurrency(31).build()) {
      worker.register("a", task -> ran.countDown()).start();
      ran.await();
    }
    assertThat(queue.counts()).containsEntry(Status.COMPLETED, 30L);
    assertThat(status(poison)).as("left to its lease").isEqualTo(Status.PROCESSING);
  }

  /** A privilege is missing for completions; whoever fails must not wait for that. */
  @Test
  void flush_oneKindRefusedForNow_theOthersAreWrittenAndItIsOnceItMayBe() throws Exception {
    AtomicBoolean granted = new AtomicBoolean();
    CountDownLatch refused = new CountDownLatch(1);
    CountDownLatch failed = new CountDownLatch(1);
    CountDownLatch completed = new CountDownLatch(1);
    TaskQueue picky =
        new ForwardingTaskQueue(queue) {
          @Override
          public List<Outcome> applyAll(List<ClaimUpdate> updates) {
            boolean completes = holds(updates, ClaimUpdate.Complete.class);
            if (completes && !granted.get()) {
              refused.countDown();
              throw new SetupException("complete: may not");
            }
            List<Outcome> outcomes = super.applyAll(updates);
            if (completes) {
              completed.countDown();
            }
            if (holds(updates, ClaimUpdate.Fail.class)) {
              failed.countDown();
            }
            return outcomes;
          }

          private static boolean holds(List<ClaimUpdate> updates, Class<?> kind) {
            return updates.stream().anyMatch(kind::isInstance);
          }
        };
    queue.enqueue("a", "1");
    try (Worker worker = worker(picky).retry(RetryPolicy.never()).build()) {
      worker
          .register("a", task -> {})
          .register(
              "b",
              task -> {
                throw new IllegalStateException("broken");
              })
          .start();
      refused.await();
      queue.enqueue("b", "1");
      failed.await();
      granted.set(true);
      completed.await();
    }
    assertThat(queue.counts()).containsEntry(Status.COMPLETED, 1L).containsEntry(Status.FAILED, 1L);
  }

  /**
   * To repeat a claim takes more than to make one, so that may fail for ever where this does not.
   */
  @Test
  void claim_answerLostAndItsRepetitionsFail_anotherIsMadeAfterTheLease() throws Exception {
    AtomicBoolean lost = new AtomicBoolean();
    TaskQueue forgetful =
        new ForwardingTaskQueue(queue) {
          @Override
          public List<Claim> claim(ClaimRequest request) {
            SQLException cause = new SQLException("cancelled", "57014");
            if (request.token().isPresent()) {
              throw new DatabaseException("claim: cancelled", true, cause);
            }
            if (!lost.getAndSet(true)) {
              throw new OutcomeUnknownException("claim", Optional.of(UUID.randomUUID()), cause);
            }
            return super.claim(request);
          }
        };
    queue.enqueue("a", "1");
    CountDownLatch ran = new CountDownLatch(1);
    try (Worker worker = worker(forgetful).lease(Duration.ofMillis(200)).build()) {
      worker.register("a", task -> ran.countDown()).start();
      ran.await();
    }
  }

  @Test
  void close_calledByARetryPolicy_refusesToWaitForItself() throws Exception {
    queue.enqueue("a", "1");
    CompletableFuture<Throwable> refusal = new CompletableFuture<>();
    AtomicReference<Worker> itself = new AtomicReference<>();
    RetryPolicy closing =
        (attempt, failure) -> {
          try {
            itself.get().close();
          } catch (IllegalStateException e) {
            refusal.complete(e);
          }
          return Optional.empty();
        };
    try (Worker worker = worker(queue).retry(closing).build()) {
      itself.set(worker);
      worker
          .register(
              "a",
              task -> {
                throw new IllegalStateException("broken");
              })
          .start();
      assertThat(refusal.get()).hasMessageContaining("call it from another thread");
    }
  }

  @Test
  void register_moreTypesThanAClaimTakes_isRefusedAtOnce() {
    try (Worker worker = worker(queue).build()) {
      for (int i = 0; i < 1000; i++) {
        worker.register("type" + i, task -> {});
      }
      assertThatExceptionOfType(InvalidInputException.class)
          .isThrownBy(() -> worker.register("one more", task -> {}))
          .withMessageContaining("number of types");
    }
  }

  /** A task that has lost two leases. */
  private UUID suspect() {
    UUID id = queue.enqueue("a", "\"suspect\"");
    for (int i = 0; i < 2; i++) {
      assertThat(queue.claim(ClaimRequest.of("a"))).hasSize(1);
      ahead = ahead.plus(Duration.ofMinutes(1));
    }
    return id;
  }

  private Status status(UUID id) {
    return queue.find(id).orElseThrow().status();
  }

  private static void refused(Worker.Builder builder, String message) {
    assertThatExceptionOfType(InvalidInputException.class)
        .isThrownBy(builder::build)
        .withMessageStartingWith(message);
  }

  private static Worker.Builder worker(TaskQueue queue) {
    return Worker.builder(queue)
        .pollInterval(Duration.ofMillis(10))
        .retry(RetryPolicy.exponential(Duration.ofMillis(1), Duration.ofMillis(2)));
  }
}
