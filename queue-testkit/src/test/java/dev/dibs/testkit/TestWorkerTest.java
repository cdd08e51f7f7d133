package dev.dibs.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.tuple;

import dev.dibs.Claim;
import dev.dibs.Handler;
import dev.dibs.HandlerOptions;
import dev.dibs.InvalidInputException;
import dev.dibs.LeaseLostException;
import dev.dibs.NewTask;
import dev.dibs.Pause;
import dev.dibs.Retention;
import dev.dibs.RetryPolicy;
import dev.dibs.Status;
import dev.dibs.Task;
import dev.dibs.Worker;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class TestWorkerTest {
  private static final Duration LEASE = Duration.ofSeconds(30);

  private final VirtualClock clock = VirtualClock.create();
  private final Instant start = clock.instant();
  private final InMemoryTaskQueue queue = InMemoryTaskQueue.create(clock);
  private final Worker worker = Worker.builder(queue).build();
  private final TestWorker test = TestWorker.of(worker, queue);
  private final List<String> seen = new ArrayList<>();

  private void register(String type, Handler handler) {
    worker.register(type, handler);
  }

  private Task read(UUID id) {
    return queue.find(id).orElseThrow();
  }

  @Test
  void of_queueOnTheMachinesClock_saysHowToMakeOne() {
    assertThatExceptionOfType(InvalidInputException.class)
        .isThrownBy(() -> TestWorker.of(worker, InMemoryTaskQueue.create()))
        .withMessageContaining("InMemoryTaskQueue.create(VirtualClock.create())");
  }

  @Test
  void runUntilIdle_noHandler_saysSo() {
    assertThatIllegalStateException()
        .isThrownBy(test::runUntilIdle)
        .withMessageContaining("has no handlers");
  }

  @Test
  void runUntilIdle_tasksOfLater_runsEachAtItsTime() {
    register("a", task -> seen.add(task.payload() + " at +" + elapsed()));
    queue.enqueue(NewTask.of("a", "2").delay(Duration.ofDays(2)));
    queue.enqueue(NewTask.of("a", "1").delay(Duration.ofHours(1)));
    queue.enqueue(NewTask.of("a", "0"));

    List<Task> ran = test.runUntilIdle();
    assertThat(seen).containsExactly("0 at +PT0S", "1 at +PT1H", "2 at +PT48H");
    assertThat(ran).extracting(Task::payload).containsExactly("0", "1", "2");
    assertThat(ran).extracting(Task::status).containsOnly(Status.COMPLETED);
    assertThat(test.runUntilIdle()).isEmpty();
  }

  @Test
  void runUntilIdle_typesOfOthersPausedAndOtherQueues_areLeftAlone() {
    register("a", task -> seen.add(task.payload()));
    register("paused", task -> seen.add(task.payload()));
    queue.admin().pause(Pause.type("paused"));
    queue.enqueue("other", "1");
    queue.enqueue("paused", "2");
    queue.enqueue(NewTask.of("a", "3").queue("elsewhere"));

    assertThat(test.runUntilIdle()).isEmpty();
    assertThat(queue.counts()).containsEntry(Status.PENDING, 3L);
    queue.admin().resume(Pause.type("paused"));
    assertThat(test.runUntilIdle()).extracting(Task::payload).containsExactly("2");
  }

  @Test
  void runUntilIdle_handlerEnqueuesMore_runsThemToo() {
    register("parent", task -> queue.enqueueAll("child", List.of("1", "2")));
    register("child", task -> seen.add(task.payload()));
    queue.enqueue("parent", "{}");

    assertThat(test.runUntilIdle()).hasSize(3);
    assertThat(seen).containsExactly("1", "2");
  }

  @Test
  void runUntilIdle_endlessSuccessors_namesTheType() {
    register("poll", task -> queue.enqueue(NewTask.of("poll", "{}").delay(Duration.ofDays(1))));
    register("other", task -> {});
    queue.enqueue("other", "{}");
    queue.enqueue("poll", "{}");

    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(() -> test.limit(100).runUntilIdle())
        .withMessageContaining("still not idle after 100 attempts")
        .withMessageContaining("most were of type 'poll': poll 99, other 1")
        .withMessageContaining("runFor(duration)");
  }

  @Test
  void runUntilIdle_exactlyAtTheLimit_isIdle() {
    register("a", task -> {});
    queue.enqueueAll("a", List.of("1", "2"));

    assertThat(test.limit(2).runUntilIdle()).hasSize(2);
  }

  @Test
  void runFor_endlessSuccessors_runsThoseOfThatTime() {
    register("poll", task -> queue.enqueue(NewTask.of("poll", "{}").delay(Duration.ofDays(1))));
    queue.enqueue("poll", "{}");

    assertThat(test.runFor(Duration.ZERO)).hasSize(1);
    assertThat(test.runFor(Duration.ofDays(7).minusNanos(1000))).hasSize(6);
    assertThat(test.runFor(Duration.ofNanos(1000))).hasSize(1);
    assertThat(elapsed()).isEqualTo(Duration.ofDays(7));
  }

  @Test
  void runUntilIdle_insideAHandler_isRefused() {
    register("a", task -> test.runUntilIdle());
    UUID id = queue.enqueue(NewTask.of("a", "{}").maxAttempts(1));
    test.runUntilIdle();

    assertThat(read(id).error()).hasValueSatisfying(e -> assertThat(e).contains("other handlers"));
  }

  @Test
  void runUntilIdle_handlerTakesLongerThanItsLease_isRenewed() {
    register("a", task -> clock.advance(LEASE.multipliedBy(100)));
    UUID id = queue.enqueue("a", "{}");

    assertThat(test.runUntilIdle()).hasSize(1);
    assertThat(read(id).status()).isEqualTo(Status.COMPLETED);
    assertThat(elapsed()).isEqualTo(Duration.ofMinutes(50));
  }

  @Test
  void runUntilIdle_claimedBySomebodyElse_waitsForItsLease() {
    register("a", task -> seen.add("attempt " + task.attempt()));
    queue.enqueue("a", "{}");
    queue.claim(worker.request().lease(Duration.ofMinutes(10)));
    test.runUntilIdle();

    assertThat(seen).containsExactly("attempt 2");
    assertThat(elapsed()).isEqualTo(Duration.ofMinutes(10).plusNanos(1000));
  }

  @Test
  void loseLease_insideTheHandler_handlerSeesItAndIsInterrupted() {
    List<Object> told = new ArrayList<>();
    register(
        "a",
        task -> {
          seen.add("attempt " + task.attempt());
          if (task.attempt() == 1) {
            told.add(task.isLeaseLost());
            test.loseLease();
            told.add(task.isLeaseLost());
            told.add(Thread.currentThread().isInterrupted());
            assertThatExceptionOfType(LeaseLostException.class).isThrownBy(task::complete);
          }
        });
    UUID id = queue.enqueue("a", "{}");
    List<Task> ran = test.runUntilIdle();

    assertThat(told).containsExactly(false, true, true);
    assertThat(seen).containsExactly("attempt 1", "attempt 3");
    assertThat(ran).extracting(Task::status).containsExactly(Status.PROCESSING, Status.COMPLETED);
    assertThat(read(id).attempt()).isEqualTo(3);
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  void loseLease_beforeTheAttempt_itsEndIsRefused() {
    register("a", task -> seen.add(task.attempt() + " lost " + task.isLeaseLost()));
    UUID id = queue.enqueue("a", "{}");
    test.loseLease();
    test.runUntilIdle();

    assertThat(seen).containsExactly("1 lost false", "3 lost false");
    assertThat(read(id).status()).isEqualTo(Status.COMPLETED);
    assertThat(queue.errors(id)).extracting(e -> e.error()).containsOnly("the lease expired");
  }

  @Test
  void loseLease_taskThatIsSettled_staysAsItIs() {
    register(
        "a",
        task -> {
          task.complete("1");
          test.loseLease();
        });
    UUID id = queue.enqueue("a", "{}");

    assertThat(test.runUntilIdle()).hasSize(1);
    assertThat(read(id).status()).isEqualTo(Status.COMPLETED);
  }

  @Test
  void crashWorker_beforeTheAttempt_endIsNotWrittenAndItRunsAgain() {
    register("a", task -> seen.add("attempt " + task.attempt()));
    UUID id = queue.enqueue("a", "{}");
    test.crashWorker();
    List<Task> ran = test.runUntilIdle();

    assertThat(seen).containsExactly("attempt 1", "attempt 2");
    assertThat(ran).extracting(Task::status).containsExactly(Status.PROCESSING, Status.COMPLETED);
    assertThat(elapsed()).isEqualTo(LEASE.plusNanos(1000));
    assertThat(read(id).attempt()).isEqualTo(2);
  }

  @Test
  void crashWorker_insideAHandlerThatCatchesEverything_nothingOfItCounts() {
    register(
        "a",
        task -> {
          if (task.attempt() > 1) {
            return;
          }
          try {
            test.crashWorker();
          } catch (Throwable e) {
            for (Runnable write : writes(task)) {
              try {
                write.run();
              } catch (WorkerCrashed again) {
                seen.add("refused");
              }
            }
          }
        });
    UUID id = queue.enqueue("a", "{}");
    List<Task> ran = test.runUntilIdle();

    assertThat(seen).hasSize(4).containsOnly("refused");
    assertThat(ran).extracting(Task::status).containsExactly(Status.PROCESSING, Status.COMPLETED);
    assertThat(read(id).result()).isEmpty();
    assertThat(queue.counts())
        .containsEntry(Status.COMPLETED, 1L)
        .containsEntry(Status.PENDING, 0L);
  }

  private List<Runnable> writes(Claim task) {
    return List.of(
        () -> task.complete("1"),
        () -> task.progress("1"),
        () -> queue.enqueue("b", "{}"),
        () -> queue.cancel(task.id()));
  }

  @Test
  void crashWorker_lastAttemptThatRanAlone_fails() {
    worker.register("a", task -> test.crashWorker(), HandlerOptions.standard());
    UUID id = queue.enqueue(NewTask.of("a", "{}").maxAttempts(3));

    assertThat(test.runUntilIdle()).hasSize(3);
    assertThat(read(id).status()).isEqualTo(Status.FAILED);
    assertThat(read(id).error()).contains("the lease expired and no attempts are left");
  }

  @Test
  void runUntilIdle_retries_areAsFarApartAsThePolicySays() {
    worker.register(
        "a",
        task -> {
          seen.add("+" + elapsed());
          throw new IllegalStateException("broken");
        },
        HandlerOptions.standard().retry(RetryPolicy.fixed(Duration.ofMinutes(5)).atMost(3)));
    queue.enqueue("a", "{}");
    test.runUntilIdle();

    assertThat(seen).containsExactly("+PT0S", "+PT5M", "+PT10M");
  }

  @Test
  void runUntilIdle_retentionZero_deletesAndShowsWhatWas() {
    Worker deleting =
        Worker.builder(queue)
            .retention(Retention.forever().completed(Duration.ZERO))
            .build()
            .register("a", task -> {})
            .register("b", task -> task.complete("[1]"))
            .register(
                "c",
                task -> {
                  throw new IllegalStateException("broken");
                });
    queue.enqueue("a", "{}");
    queue.enqueue("b", "{}");
    UUID failed = queue.enqueue(NewTask.of("c", "{}").maxAttempts(1));
    List<Task> ran = TestWorker.of(deleting, queue).runUntilIdle();

    assertThat(ran)
        .extracting(Task::type, Task::status)
        .containsExactlyInAnyOrder(
            tuple("a", Status.COMPLETED), tuple("b", Status.COMPLETED), tuple("c", Status.FAILED));
    assertThat(ran)
        .filteredOn(task -> task.type().equals("b"))
        .extracting(Task::result)
        .containsExactly(Optional.of("[1]"));
    assertThat(queue.backstage().tasks()).extracting(Task::id).containsExactly(failed);
  }

  private Duration elapsed() {
    return Duration.between(start, clock.instant());
  }
}
