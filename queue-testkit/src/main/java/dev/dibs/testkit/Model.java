package dev.dibs.testkit;

import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.IdConflictException;
import dev.dibs.NewTask;
import dev.dibs.Outcome;
import dev.dibs.Priority;
import dev.dibs.Status;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.UUID;

/**
 * What a {@link dev.dibs.TaskQueue} means, in plain Java: the reference that every other
 * implementation is compared with, and the engine of {@link InMemoryTaskQueue}. It has no clock, no
 * chance and no lock: time and tokens come from its caller, who calls it from one thread at a time.
 *
 * <pre>
 *   enqueue ──▶ pending ──claim──▶ processing ──complete──▶ completed
 *                  ▲                 │  │  ▲
 *                  └──retry, release─┘  │  └──claim, once the lease has expired
 *                                       └──fail, or expired alone on the last attempt──▶ failed
 * </pre>
 */
final class Model {
  /** Where tasks stand in line: one claimer takes from a lane in {@link ModelTask#LANE_ORDER}. */
  private record Lane(String queue, String type, Priority priority) {
    static Lane of(ModelTask task) {
      return new Lane(task.queue(), task.type(), task.priority());
    }
  }

  private final Map<UUID, ModelTask> tasks = new HashMap<>();
  private final Map<Lane, NavigableSet<ModelTask>> live = new HashMap<>();
  private int claimCalls;

  /** Writes all tasks of the batch that are not there yet, or on a conflict none. */
  List<UUID> enqueue(Instant now, List<NewTask> batch) {
    for (NewTask task : batch) {
      ModelTask present = tasks.get(task.id());
      if (present != null && !present.repeats(task)) {
        throw new IdConflictException(task.id());
      }
    }
    for (NewTask task : batch) {
      if (!tasks.containsKey(task.id())) {
        ModelTask made = new ModelTask(task, now);
        tasks.put(made.id(), made);
        lane(Lane.of(made)).add(made);
      }
    }
    return batch.stream().map(NewTask::id).toList();
  }

  /**
   * Claims what is due, in order. A suspect comes by itself or, if it is not the first, not now;
   * one that has no attempt left is failed when it comes first, and the claim goes on without it.
   */
  List<ModelTask> claim(Instant now, UUID token, ClaimRequest request) {
    List<Lane> lanes = lanes(request);
    List<ModelTask> picked = pick(now, lanes, request.limit());
    while (!picked.isEmpty() && picked.get(0).isSpent(now)) {
      ModelTask spent = picked.get(0);
      change(spent, () -> spent.giveUp(now));
      picked = pick(now, lanes, request.limit());
    }
    if (!picked.isEmpty() && picked.get(0).isSuspect(now)) {
      picked.subList(1, picked.size()).clear();
    } else {
      picked.removeIf(task -> task.isSuspect(now));
    }
    picked.forEach(task -> task.claim(now, token, request.lease()));
    return picked;
  }

  private List<ModelTask> pick(Instant now, List<Lane> lanes, int limit) {
    List<ModelTask> picked = new ArrayList<>();
    for (Lane lane : lanes) {
      for (ModelTask task : live.getOrDefault(lane, Collections.emptyNavigableSet())) {
        if (picked.size() == limit || task.isScheduled(now)) {
          break;
        }
        if (task.isClaimable(now)) {
          picked.add(task);
        }
      }
    }
    return picked;
  }

  /** Priorities strictly first, and inside each the types, beginning with another one each time. */
  private List<Lane> lanes(ClaimRequest request) {
    int types = request.types().size();
    int first = Math.floorMod(claimCalls++, types);
    List<Lane> lanes = new ArrayList<>();
    for (Priority priority : Priority.values()) {
      for (int i = 0; i < types; i++) {
        String type = request.types().get((first + i) % types);
        lanes.add(new Lane(request.queue(), type, priority));
      }
    }
    return lanes;
  }

  /** The fence: a write takes effect under the task's own token and while it is processing. */
  Outcome apply(Instant now, ClaimUpdate update) {
    ModelTask task = tasks.get(update.claim().id());
    if (task == null || !task.isHeldUnder(update.claim().token())) {
      return Outcome.LEASE_LOST;
    }
    if (task.status() != Status.PROCESSING) {
      return task.repetition(statusAfter(update));
    }
    change(task, () -> write(now, task, update));
    return Outcome.APPLIED;
  }

  private static Status statusAfter(ClaimUpdate update) {
    if (update instanceof ClaimUpdate.Complete) {
      return Status.COMPLETED;
    }
    if (update instanceof ClaimUpdate.Fail) {
      return Status.FAILED;
    }
    return update instanceof ClaimUpdate.Extend ? Status.PROCESSING : Status.PENDING;
  }

  private static void write(Instant now, ModelTask task, ClaimUpdate update) {
    if (update instanceof ClaimUpdate.Complete) {
      task.complete(now);
    } else if (update instanceof ClaimUpdate.Fail fail) {
      task.fail(now, fail.error());
    } else if (update instanceof ClaimUpdate.Retry retry) {
      task.retry(now, retry.error(), retry.delay());
    } else if (update instanceof ClaimUpdate.Release release) {
      task.release(now, release.delay());
    } else if (update instanceof ClaimUpdate.Extend extend) {
      task.extend(now, extend.lease());
    } else {
      throw new AssertionError("unknown update " + update);
    }
  }

  /** The operator's {@code UPDATE … SET status = 'pending'} on a task that is processing. */
  void putBack(UUID id) {
    ModelTask task = tasks.get(id);
    if (task != null && task.status() == Status.PROCESSING) {
      task.putBack();
    }
  }

  /** Forgets how many claims there were, as a process that starts anew does. */
  void restartTurns() {
    claimCalls = 0;
  }

  Optional<ModelTask> find(UUID id) {
    return Optional.ofNullable(tasks.get(id));
  }

  /** All tasks, finished ones included, in no order. */
  Collection<ModelTask> tasks() {
    return tasks.values();
  }

  Map<Status, Long> counts() {
    Map<Status, Long> counts = new EnumMap<>(Status.class);
    for (Status status : Status.values()) {
      counts.put(status, 0L);
    }
    tasks.values().forEach(task -> counts.merge(task.status(), 1L, Long::sum));
    return counts;
  }

  /** Takes the task out of line while the fields that its place depends on change. */
  private void change(ModelTask task, Runnable change) {
    NavigableSet<ModelTask> lane = lane(Lane.of(task));
    lane.remove(task);
    change.run();
    if (task.isLive()) {
      lane.add(task);
    }
  }

  private NavigableSet<ModelTask> lane(Lane lane) {
    return live.computeIfAbsent(lane, key -> new TreeSet<>(ModelTask.LANE_ORDER));
  }
}
