package dev.dibs.testkit;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.NewTask;
import dev.dibs.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Makes the calls of one branch, on a queue under test or on the model. */
final class Caller {
  private static final Duration LEASE = Duration.ofMinutes(10);

  private final QueueWithTable world;
  private final int branch;
  private final Known known;
  private final Instant begin;

  /** The tasks and claims that a branch knows: those from before, and its own. */
  record Known(List<UUID> tasks, List<Claim> claims) {
    Known() {
      this(new ArrayList<>(), new ArrayList<>());
    }

    Known copy() {
      return new Known(new ArrayList<>(tasks), new ArrayList<>(claims));
    }
  }

  Caller(QueueWithTable world, int branch, Known known) {
    this.world = world;
    this.branch = branch;
    this.known = known;
    this.begin = world.now();
  }

  Known known() {
    return known;
  }

  /** The answer, in a form in which that of the queue and that of the model are equal. */
  Object call(int place, Experiment.Call call) {
    if (call instanceof Experiment.Call.Enqueue enqueue) {
      NewTask task = newTask(place, enqueue);
      UUID id = world.queue().enqueue(task);
      known.tasks().add(task.id());
      return id;
    } else if (call instanceof Experiment.Call.Take take) {
      return taken(world.stranger().claim(request(take)));
    } else if (call instanceof Experiment.Call.Write write) {
      return claim(write.claim())
          .map(claim -> (Object) world.queue().apply(update(write.kind(), claim)))
          .orElse("no claim");
    } else if (call instanceof Experiment.Call.WriteBoth write) {
      return world.queue().applyAll(updates(write));
    } else if (call instanceof Experiment.Call.Cancel cancel) {
      return task(cancel.task()).map(id -> (Object) world.queue().cancel(id)).orElse("no task");
    } else if (call instanceof Experiment.Call.Find find) {
      return task(find.task()).map(this::found).orElse("no task");
    } else if (call instanceof Experiment.Call.PutBack putBack) {
      task(putBack.task()).ifPresent(world::putBack);
      return "done";
    }
    world.forward(LEASE.multipliedBy(2));
    return "waited";
  }

  /** At one time on either side, whatever the hour: tasks enqueued at once have no other order. */
  private NewTask newTask(int place, Experiment.Call.Enqueue enqueue) {
    // On PostgreSQL it is the rows that move when time passes, not the clock.
    Instant now = branch < 0 ? world.now() : begin;
    NewTask task =
        NewTask.of(enqueue.type(), "1")
            .id(new UUID(branch, place))
            .maxAttempts(enqueue.maxAttempts())
            .runAt(now.minus(Duration.ofMinutes(enqueue.dueFor())));
    return enqueue.keyed() ? task.uniqueKey("k") : task;
  }

  static ClaimRequest request(Experiment.Call.Take take) {
    return ClaimRequest.of(take.type()).limit(take.limit()).lease(LEASE);
  }

  Object taken(List<Claim> claims) {
    known.claims().addAll(claims);
    return claims.stream()
        .map(claim -> List.of(claim.id(), claim.attempt(), claim.alone()))
        .toList();
  }

  private Optional<Claim> claim(int index) {
    return known.claims().isEmpty()
        ? Optional.empty()
        : Optional.of(known.claims().get(index % known.claims().size()));
  }

  private Optional<UUID> task(int index) {
    return known.tasks().isEmpty()
        ? Optional.empty()
        : Optional.of(known.tasks().get(index % known.tasks().size()));
  }

  private Object found(UUID id) {
    return world
        .queue()
        .find(id)
        .map((Task task) -> (Object) List.of(task.status(), task.attempt()))
        .orElse("none");
  }

  /** At most one for each task. */
  List<ClaimUpdate> updates(Experiment.Call.WriteBoth write) {
    List<ClaimUpdate> updates = new ArrayList<>();
    Optional<Claim> one = claim(write.one());
    Optional<Claim> other = claim(write.other());
    one.ifPresent(claim -> updates.add(update(write.kind(), claim)));
    other
        .filter(claim -> !claim.id().equals(one.orElseThrow().id()))
        .ifPresent(claim -> updates.add(update(write.kind(), claim)));
    return updates;
  }

  /** Nothing that is put off comes back before the end: when exactly it was, is not compared. */
  private static ClaimUpdate update(Step.Kind kind, Claim claim) {
    return switch (kind) {
      case COMPLETE -> new ClaimUpdate.Complete(claim);
      case FAIL -> new ClaimUpdate.Fail(claim, "failed");
      case RETRY -> new ClaimUpdate.Retry(claim, "retried", LEASE);
      case RELEASE -> new ClaimUpdate.Release(claim, Duration.ZERO);
      case EXTEND -> new ClaimUpdate.Extend(claim, LEASE.multipliedBy(2));
      case PROGRESS -> new ClaimUpdate.Progress(claim, "1");
    };
  }

  /** The tasks that a call may lock, or show to others only later; of a claim, all of its type. */
  List<UUID> touched(int place, Experiment.Call call) {
    if (call instanceof Experiment.Call.Enqueue) {
      return List.of(new UUID(branch, place));
    } else if (call instanceof Experiment.Call.Write write) {
      return claim(write.claim()).map(Claim::id).stream().toList();
    } else if (call instanceof Experiment.Call.WriteBoth write) {
      return updates(write).stream().map(update -> update.claim().id()).toList();
    } else if (call instanceof Experiment.Call.Cancel cancel) {
      return task(cancel.task()).stream().toList();
    } else if (call instanceof Experiment.Call.PutBack putBack) {
      return task(putBack.task()).stream().toList();
    }
    return List.of();
  }
}
