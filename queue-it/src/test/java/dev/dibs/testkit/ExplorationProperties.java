package dev.dibs.testkit;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.dibs.TaskQueue;
import dev.dibs.it.TestSize;
import dev.dibs.it.mutants.Producers;
import java.util.Set;
import java.util.function.UnaryOperator;
import net.jqwik.api.Example;

/** Every state of two workers and two tasks keeps the laws; wrong queues are found out. */
class ExplorationProperties {
  /** What the ordinary build leaves out: it has the same effect as something else, but on times. */
  private static final Set<TwoByTwo.Kind> SMALL =
      TestSize.of(1, 0) == 0 ? Set.of() : Set.of(TwoByTwo.Kind.SNOOZE, TwoByTwo.Kind.EXTEND);

  private static final Exploration.Scope FREE =
      new Exploration.Scope(TestSize.of(1, 2), TestSize.of(2, 3), Set.of(), false);
  private static final Exploration.Scope KEYED =
      new Exploration.Scope(1, TestSize.of(1, 2), SMALL, true);

  @Example
  void inMemory_twoWorkersTwoTasks_keepsTheLawsInEveryState() {
    Exploration.Scope free =
        new Exploration.Scope(FREE.maxAttempts(), FREE.attempts(), SMALL, false);
    System.out.println(Exploration.explore(free, QueueInMemory::new));
    System.out.println(Exploration.explore(KEYED, QueueInMemory::new));
  }

  @Example
  void completionByIdAndStatus_isFound() {
    assertFound("STALE_WRITE_ACCEPTED", FREE, WrongQueue::withoutToken);
  }

  @Example
  void fenceOnTheAttempt_isFound() {
    assertFound("STALE_WRITE_ACCEPTED", FREE, WrongQueue::fencedByAttempt);
  }

  @Example
  void cancelThatLetsTheTaskRun_isFound() {
    assertFound("CANCEL_UNHEARD", FREE, WrongQueue::cancellingNothing);
  }

  @Example
  void uniqueKeyIgnored_isFound() {
    assertFound("UNIQUE_BROKEN", KEYED, Producers::withoutKeys);
  }

  @Example
  void taskPutOffForEver_isFound() {
    assertFound("LOST", FREE, WrongQueue::losingWhatIsSnoozed);
  }

  @Example
  void finishedTaskRunAgain_isFound() {
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(
            () -> Exploration.explore(FREE, () -> new QueueInMemory(WrongQueue::resurrecting)))
        .withMessageContaining("CHANGED_WITHOUT_REASON");
  }

  private static void assertFound(
      String law, Exploration.Scope scope, UnaryOperator<TaskQueue> mistake) {
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(() -> Exploration.explore(scope, () -> new QueueInMemory(mistake)))
        .withMessageContaining(law);
  }
}
