package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.DibsException;
import dev.dibs.Outcome;
import dev.dibs.TaskQueue;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/** Lets a test wait for what a worker got done through it, and for the calls that failed. */
final class WatchedQueue extends ForwardingTaskQueue {
  /**
   * A call that failed.
   *
   * @param verb the kinds of updates that it was to apply; empty for a claim
   */
  record Failure(Set<Class<?>> verbs, DibsException why) {
    boolean isClaim() {
      return verbs.isEmpty();
    }

    boolean isOf(Class<? extends ClaimUpdate> verb) {
      return verbs.contains(verb);
    }
  }

  private static final long AT_MOST_SECONDS = 60;

  private final Set<UUID> completed = new HashSet<>();
  private final List<Failure> failures = new ArrayList<>();
  private int renewals;

  WatchedQueue(TaskQueue queue) {
    super(queue);
  }

  @Override
  public List<Claim> claim(ClaimRequest request) {
    try {
      return super.claim(request);
    } catch (DibsException e) {
      failed(Set.of(), e);
      throw e;
    }
  }

  @Override
  public List<Outcome> applyAll(List<ClaimUpdate> updates) {
    List<Outcome> outcomes;
    try {
      outcomes = super.applyAll(updates);
    } catch (DibsException e) {
      Set<Class<?>> verbs = new HashSet<>();
      updates.forEach(update -> verbs.add(update.getClass()));
      failed(verbs, e);
      throw e;
    }
    synchronized (this) {
      for (int i = 0; i < updates.size(); i++) {
        boolean written =
            outcomes.get(i) == Outcome.APPLIED || outcomes.get(i) == Outcome.ALREADY_APPLIED;
        if (written && updates.get(i) instanceof ClaimUpdate.Complete) {
          completed.add(updates.get(i).claim().id());
        }
        if (written && updates.get(i) instanceof ClaimUpdate.Extend) {
          renewals++;
        }
      }
      notifyAll();
    }
    return outcomes;
  }

  private synchronized void failed(Set<Class<?>> verbs, DibsException e) {
    failures.add(new Failure(verbs, e));
    notifyAll();
  }

  synchronized int completed() {
    return completed.size();
  }

  synchronized List<Failure> failures() {
    return List.copyOf(failures);
  }

  synchronized int renewals() {
    return renewals;
  }

  void awaitCompleted(int tasks) throws InterruptedException {
    assertThat(within(AT_MOST_SECONDS * 1000, () -> completed.size() >= tasks))
        .as("%d completed, wanted %d; failures: %s", completed(), tasks, failures())
        .isTrue();
  }

  void awaitFailure(Predicate<Failure> which) throws InterruptedException {
    awaitFailure(0, which);
  }

  /** Waits for one among those that come after the first so many. */
  void awaitFailure(int after, Predicate<Failure> which) throws InterruptedException {
    assertThat(within(AT_MOST_SECONDS * 1000, () -> failures.stream().skip(after).anyMatch(which)))
        .as("such a failure among %s", failures())
        .isTrue();
  }

  void awaitRenewals(int count) throws InterruptedException {
    assertThat(within(AT_MOST_SECONDS * 1000, () -> renewals >= count)).as("renewed").isTrue();
  }

  /** Whether so many were completed already, after so long at most. */
  boolean completesWithin(long millis, int tasks) throws InterruptedException {
    return within(millis, () -> completed.size() >= tasks);
  }

  private synchronized boolean within(long millis, BooleanSupplier condition)
      throws InterruptedException {
    long end = System.nanoTime() + millis * 1_000_000;
    while (!condition.getAsBoolean()) {
      long left = (end - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        return false;
      }
      wait(left);
    }
    return true;
  }
}
