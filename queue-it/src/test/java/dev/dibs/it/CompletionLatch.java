package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.ClaimUpdate;
import dev.dibs.Outcome;
import dev.dibs.TaskQueue;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Opens when so many different tasks were completed through it; runs may be repeated meanwhile. */
final class CompletionLatch extends ForwardingTaskQueue {
  private final int tasks;
  private final Set<UUID> completed = new HashSet<>();
  private final CountDownLatch open = new CountDownLatch(1);

  CompletionLatch(TaskQueue queue, int tasks) {
    super(queue);
    this.tasks = tasks;
  }

  @Override
  public List<Outcome> applyAll(List<ClaimUpdate> updates) {
    List<Outcome> outcomes = super.applyAll(updates);
    synchronized (completed) {
      for (int i = 0; i < updates.size(); i++) {
        boolean written =
            outcomes.get(i) == Outcome.APPLIED || outcomes.get(i) == Outcome.ALREADY_APPLIED;
        if (updates.get(i) instanceof ClaimUpdate.Complete && written) {
          completed.add(updates.get(i).claim().id());
        }
      }
      if (completed.size() == tasks) {
        open.countDown();
      }
    }
    return outcomes;
  }

  void await() throws InterruptedException {
    assertThat(open.await(90, TimeUnit.SECONDS)).as("all tasks completed").isTrue();
  }

  /** Whether it is open already, after so long at most. */
  boolean isOpenWithin(long millis) throws InterruptedException {
    return open.await(millis, TimeUnit.MILLISECONDS);
  }
}
