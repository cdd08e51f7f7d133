package dev.dibs.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.dibs.TaskQueue;
import dev.dibs.it.TestSize;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import net.jqwik.api.Example;

/** What several threads do to the queue in memory at once has an order; without its lock, none. */
class ParallelProperties {
  private static final int RUNS_TO_DETECTION = 20_000;

  @Example
  void inMemory_branchesAtOnce_areExplainedByAnOrderOfTheModel() {
    System.out.println(
        "In memory, in parallel: "
            + Sequences.hold(
                Experiment.experiments(),
                TestSize.of(1000, 100_000),
                Experiment::calls,
                experiment -> ParallelRun.check(experiment, new QueueInMemory(), false)));
  }

  @Example
  void noLock_isCaught() {
    assertCaught(Unlocked::new);
  }

  @Example
  void selectThenUpdate_isCaught() {
    assertCaught(Unlocked::selectingFirst);
  }

  @Example
  void lookThenPutBack_isCaught() {
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(
            () ->
                rescue(
                    RUNS_TO_DETECTION,
                    () -> new QueueInMemory((queue, model) -> queue, Unlocked::putBack)));
  }

  @Example
  void putBackBesideACompletion_isExplained() {
    rescue(TestSize.of(1000, RUNS_TO_DETECTION), QueueInMemory::new);
  }

  /** It once took no lock; a completion came between its two writes and lost its start. */
  @Example
  void putBack_waitsForTheLockOfTheQueue() throws InterruptedException {
    AtomicReference<Model> lock = new AtomicReference<>();
    BiFunction<TaskQueue, Model, TaskQueue> known =
        (queue, model) -> {
          lock.set(model);
          return queue;
        };
    assertThat(putsBackWhileLocked(new QueueInMemory(known), lock)).isFalse();
    assertThat(putsBackWhileLocked(new QueueInMemory(known, Model::putBack), lock)).isTrue();
  }

  /** The calls that are shown are few, and a smaller experiment that fails was found by itself. */
  @Example
  void brokenExperiment_isShrunk() {
    Throwable broken =
        catchThrowable(
            () ->
                Sequences.hold(
                    Experiment.experiments().map(Experiment::quiet),
                    RUNS_TO_DETECTION,
                    Experiment::calls,
                    experiment ->
                        ParallelRun.check(
                            experiment, new QueueInMemory(Unlocked::selectingFirst), false)));

    assertThat(broken)
        .isInstanceOf(AssertionError.class)
        .hasMessageMatching("(?s)broken by [2-8] of \\d+ operations:.*replay: .*")
        .hasMessageContaining("no order of these calls explains them");
  }

  private static void assertCaught(BiFunction<TaskQueue, Model, TaskQueue> mistake) {
    ParallelRun.check(Experiment.claiming(1), new QueueInMemory(mistake), false);
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(
            () -> {
              for (int i = 0; i < RUNS_TO_DETECTION; i++) {
                ParallelRun.check(Experiment.claiming(3), new QueueInMemory(mistake), false);
              }
            });
  }

  private static void rescue(int runs, Supplier<QueueInMemory> queues) {
    for (int i = 0; i < runs; i++) {
      ParallelRun.check(Experiment.rescuing(), queues.get(), false);
    }
  }

  private static boolean putsBackWhileLocked(QueueInMemory actual, AtomicReference<Model> lock)
      throws InterruptedException {
    Thread operator = new Thread(() -> actual.putBack(new UUID(0, 0)), "operator");
    boolean ended;
    synchronized (lock.get()) {
      operator.start();
      while (operator.isAlive() && !waitsFor(lock.get(), operator)) {
        Thread.onSpinWait();
      }
      ended = !operator.isAlive();
    }
    operator.join();
    return ended;
  }

  /** For this lock: a thread that loads a class may wait for another. */
  private static boolean waitsFor(Object lock, Thread thread) {
    ThreadInfo info = ManagementFactory.getThreadMXBean().getThreadInfo(thread.getId());
    return info != null
        && info.getLockInfo() != null
        && info.getLockInfo().getIdentityHashCode() == System.identityHashCode(lock);
  }
}
