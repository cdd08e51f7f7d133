package dev.dibs.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.TaskQueue;
import dev.dibs.it.TestSize;
import dev.dibs.it.mutants.Producers;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import net.jqwik.api.Example;

/** The queue in memory does as the model says, and a queue with a mistake does not. */
class InMemoryTaskQueueProperties {
  private static final int SEQUENCES_TO_DETECTION = 5000;

  @Example
  void inMemory_anySequence_behavesAsTheModelAndKeepsTheLaws() {
    System.out.println(
        "In memory: "
            + Sequences.hold(
                Steps.sequences(),
                TestSize.of(2000, 1_000_000),
                steps -> steps,
                steps -> ModelRun.compare(steps, new QueueInMemory())));
  }

  @Example
  void completionByIdAndStatus_isCaught() {
    assertCaught(WrongQueue::withoutToken);
  }

  @Example
  void fenceOnTheAttempt_isCaught() {
    assertCaught(WrongQueue::fencedByAttempt);
  }

  @Example
  void claimsInAnyOrder_isCaught() {
    assertCaught(WrongQueue::unordered);
  }

  @Example
  void retryWithoutDelay_isCaught() {
    assertCaught(WrongQueue::retryingAtOnce);
  }

  @Example
  void cancelThatLetsTheTaskRun_isCaught() {
    assertCaught(WrongQueue::cancellingNothing);
  }

  @Example
  void uniqueKeyIgnored_isCaught() {
    assertCaught(Producers::withoutKeys);
  }

  @Example
  void windowIgnored_isCaught() {
    assertCaught(WrongQueue::withoutWindows);
  }

  @Example
  void historyNotKept_isCaught() {
    assertCaught(WrongQueue::withoutHistory);
  }

  @Example
  void pauseIgnored_isCaught() {
    assertCaught(WrongQueue::withoutPauses);
  }

  @Example
  void repeatedClaimThatTakesMore_isCaught() {
    assertCaught(WrongQueue::claimingAnew);
  }

  @Example
  void resultNotKept_isCaught() {
    assertCaught(WrongQueue::withoutResults);
  }

  @Example
  void completedInsteadOfDeleted_isCaught() {
    assertCaught(WrongQueue::keepingCompleted);
  }

  @Example
  void deletedInItsWindow_isCaught() {
    assertCaught(() -> new QueueInMemory(WrongQueue::deletingInWindows));
  }

  @Example
  void progressThatExtendsTheLease_isCaught() {
    assertCaught(WrongQueue::extendingOnProgress);
  }

  private static void assertCaught(UnaryOperator<TaskQueue> mistake) {
    assertCaught(() -> new QueueInMemory(mistake));
  }

  private static void assertCaught(Supplier<QueueInMemory> wrong) {
    long passed =
        Steps.sequences()
            .sampleStream()
            .limit(SEQUENCES_TO_DETECTION)
            .takeWhile(steps -> passes(steps, wrong.get()))
            .count();
    assertThat(passed).as("sequences passed by a wrong queue").isLessThan(SEQUENCES_TO_DETECTION);
  }

  private static boolean passes(List<Step> steps, QueueInMemory queue) {
    try {
      ModelRun.compare(steps, queue);
      return true;
    } catch (AssertionError e) {
      return false;
    }
  }
}
