package dev.dibs.testkit;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.Status;
import dev.dibs.Task;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/** A queue in memory as a test sees it and no worker does: the whole table, and what comes next. */
final class Backstage {
  private final Model model;
  private final InstantSource clock;

  Backstage(Model model, InstantSource clock) {
    this.model = model;
    this.clock = clock;
  }

  InstantSource clock() {
    return clock;
  }

  /** All tasks as they stand, in the order of their creation. */
  List<Task> tasks() {
    synchronized (model) {
      return model.tasks().stream()
          .map(ModelTask::view)
          .sorted(Comparator.comparing(Task::createdAt).thenComparing(Task::id, ModelTask.ID_ORDER))
          .toList();
    }
  }

  /** From when on a claim finds something, if nothing else happens; empty: never. */
  Optional<Instant> nextDue(ClaimRequest request) {
    synchronized (model) {
      return model.tasks().stream()
          .filter(task -> task.queue().equals(request.queue()))
          .filter(task -> request.types().contains(task.type()))
          .filter(task -> !model.isPaused(task.queue(), task.type()))
          .flatMap(task -> claimableFrom(task).stream())
          .min(Comparator.naturalOrder());
    }
  }

  /** From when on a claim may take it, if nothing else happens; empty: never. */
  private static Optional<Instant> claimableFrom(ModelTask task) {
    return task.status() == Status.PENDING ? Optional.of(task.runAt()) : expiry(task);
  }

  private static Optional<Instant> expiry(ModelTask task) {
    return task.status() == Status.PROCESSING
        ? task.leaseUntil().map(end -> end.plus(1, ChronoUnit.MICROS))
        : Optional.empty();
  }

  /** The task of this claim from now on; once it is deleted, as it was then. */
  Supplier<Task> row(Claim claim) {
    synchronized (model) {
      ModelTask task = model.find(claim.id()).orElseThrow();
      return () -> {
        synchronized (model) {
          return task.view();
        }
      };
    }
  }

  /** When the lease of this claim is over; empty if it holds none any more. */
  Optional<Instant> leaseEnd(Claim claim) {
    synchronized (model) {
      return model
          .find(claim.id())
          .filter(task -> task.isHeldUnder(claim.token()))
          .flatMap(Backstage::expiry);
    }
  }

  /**
   * Another worker claims the task of this claim, whose lease is over, and will not end it. One
   * that is to be cancelled nobody would claim any more.
   */
  void takeOver(Claim claim, Duration lease) {
    Instant now = ModelTask.micros(clock.instant());
    synchronized (model) {
      model
          .find(claim.id())
          .filter(task -> !task.endsWhenMet(now))
          .ifPresent(task -> task.claim(now, UUID.randomUUID(), lease));
    }
  }
}
