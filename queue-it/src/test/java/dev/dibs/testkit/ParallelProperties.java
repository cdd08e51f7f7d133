package dev.dibs.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.dibs.TaskQueue;
import dev.dibs.it.TestSize;
import java.util.function.BiFunction;
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
}
