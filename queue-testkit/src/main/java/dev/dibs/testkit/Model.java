package dev.dibs.testkit;

import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.IdConflictException;
import dev.dibs.NewTask;
import dev.dibs.Outcome;
import dev.dibs.Pause;
import dev.dibs.Priority;
import dev.dibs.Status;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What a {@link dev.dibs.TaskQueue} means, in plain Java: the reference that every other
 * implementation is compared with, and the engine of {@link InMemoryTaskQueue}. It has no clock, no
 * chance and no lock: time and tokens come from its caller, who calls it from one thread at a time.
 *
 * <pre>
 *   enqueue ──▶ pending ──claim──▶ processing ──complete──▶ completed
 *                  ▲                 │  │  ▲
 *                  └──retry, release─┘  │  └──claim, once the lease has expired
 *                  ▲                    └──fail, or expired alone on the last attempt──▶ failed
 *                  └──────────────────────redrive──────────────────────────────────────────┘
 *   pending ──cancel──▶ cancelled
 *   processing, to be cancelled ──retry, fail, release, or met by a claim──▶ cancelled
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
  private final UniqueKeys keys = new UniqueKeys();
  private final Set<Pause> pauses = new HashSet<>();
  private final AtomicInteger turns = new AtomicInteger();

  /**
   * Writes all tasks of the batch that are not there yet and whose keys are free, in its order, or
   * on a conflict none.
   *
   * @return for each task its own id, or that of the task that has its key
   */
  List<UUID> enqueue(Instant now, List<NewTask> batch) {
    for (NewTask task : batch) {
      ModelTask present = tasks.get(task.id());
      if (present != null && !present.repeats(task)) {
        throw new IdConflictException(task.id());
      }
    }
    return batch.stream().map(task -> enqueue(now, task)).toList();
  }

  private UUID enqueue(Instant now, NewTask task) {
    if (tasks.containsKey(task.id())) {
      return task.id();
    }
    ModelTask made = new ModelTask(task, now);
    Optional<UUID> holder = keys.otherHolder(made);
    if (holder.isPresent()) {
      return holder.get();
    }
    tasks.put(made.id(), made);
    lane(Lane.of(made)).add(made);
    keys.update(made);
    return made.id();
  }

  /**
   * Claims what is due, in order. A suspect comes by itself or, if it is not the first, not now.
   * What is to be cancelled or has no attempt left ends here; a claim that met nothing else goes on
   * as if it had not been there.
   */
  List<ModelTask> claim(Instant now, UUID token, ClaimRequest request) {
    return claim(now, token, request, Set.of());
  }

  /**
   * As {@link #claim(Instant, UUID, ClaimRequest)} beside other statements: it passes over what
   * they have locked, as {@code SKIP LOCKED} does, and does as if that were not there.
   */
  List<ModelTask> claim(Instant now, UUID token, ClaimRequest request, Set<UUID> locked) {
    int first = Math.floorMod(turns.getAndIncrement(), request.types().size());
    List<Lane> lanes = new ArrayList<>(lanes(request, first));
    lanes.removeIf(this::isPaused);
    List<ModelTask> claimed = new ArrayList<>();
    List<ModelTask> met;
    Instant end = now;
    do {
      met = meet(now, lanes, request, locked);
      // Each look is a statement of its own: what it ends, ends after what was met before.
      Instant ended = end;
      for (ModelTask task : met) {
        if (task.endsWhenMet(now)) {
          change(task, () -> task.end(ended, token));
        } else {
          claimed.add(task);
        }
      }
      end = end.plus(1, ChronoUnit.MICROS);
    } while (claimed.isEmpty() && !met.isEmpty());
    claimed.forEach(task -> task.claim(now, token, request.lease()));
    return claimed;
  }

  /**
   * What an earlier claim with this token still holds, with its lease begun anew; nothing else. It
   * is no turn: the types stand as they were asked for.
   */
  List<ModelTask> claimAgain(Instant now, UUID token, ClaimRequest request) {
    List<ModelTask> held = new ArrayList<>();
    for (Lane lane : lanes(request, 0)) {
      for (ModelTask task : live.getOrDefault(lane, Collections.emptyNavigableSet())) {
        if (task.status() == Status.PROCESSING && task.isHeldUnder(token)) {
          task.extend(now, request.lease());
          held.add(task);
        }
      }
    }
    return held;
  }

  /** The first due tasks in order, with nothing beside a suspect. */
  private List<ModelTask> meet(
      Instant now, List<Lane> lanes, ClaimRequest request, Set<UUID> locked) {
    List<ModelTask> picked = pick(now, lanes, request, locked);
    if (!picked.isEmpty() && picked.get(0).isSuspect(now)) {
      picked.subList(1, picked.size()).clear();
    } else {
      picked.removeIf(task -> task.isSuspect(now));
    }
    return picked;
  }

  private List<ModelTask> pick(
      Instant now, List<Lane> lanes, ClaimRequest request, Set<UUID> locked) {
    List<ModelTask> picked = new ArrayList<>();
    for (Lane lane : lanes) {
      int most = Math.min(request.limit(), picked.size() + request.laneLimit(lane.type()));
      for (ModelTask task : live.getOrDefault(lane, Collections.emptyNavigableSet())) {
        if (picked.size() == most || task.isScheduled(now)) {
          break;
        }
        if (task.isClaimable(now) && !locked.contains(task.id())) {
          picked.add(task);
        }
      }
    }
    return picked;
  }

  /** Priorities strictly first, and inside each the types, beginning with the one at this index. */
  private static List<Lane> lanes(ClaimRequest request, int first) {
    int types = request.types().size();
    List<Lane> lanes = new ArrayList<>();
    for (Priority priority : Priority.values()) {
      for (int i = 0; i < types; i++) {
        String type = request.types().get((first + i) % types);
        lanes.add(new Lane(request.queue(), type, priority));
      }
    }
    return lanes;
  }

  private boolean isPaused(Lane lane) {
    return isPaused(lane.queue(), lane.type());
  }

  boolean isPaused(String queue, String type) {
    return pauses.contains(Pause.queue(queue)) || pauses.contains(Pause.type(type));
  }

  /** The fence: a write takes effect under the task's own token and while it is processing. */
  Outcome apply(Instant now, ClaimUpdate update) {
    ModelTask task = tasks.get(update.claim().id());
    if (task == null || !task.isHeldUnder(update.claim().token())) {
      return Outcome.LEASE_LOST;
    }
    if (task.status() == Status.CANCELLED) {
      return Outcome.CANCELLED;
    }
    if (task.status() != Status.PROCESSING) {
      return goesOn(update) ? Outcome.LEASE_LOST : task.repetition(statusAfter(update));
    }
    if (task.isCancelRequested() && goesOn(update)) {
      return Outcome.CANCELLED;
    }
    change(task, () -> write(now, task, update));
    if (task.status() == Status.COMPLETED
        && update.claim().deletedOnCompletion()
        && task.isWindowOver(now)) {
      delete(task);
    }
    return task.status() == Status.CANCELLED ? Outcome.CANCELLED : Outcome.APPLIED;
  }

  /** Whether its holder means to go on with the attempt, which is no use once it is called off. */
  private static boolean goesOn(ClaimUpdate update) {
    return update instanceof ClaimUpdate.Extend || update instanceof ClaimUpdate.Progress;
  }

  /** What a write leaves behind that ends the attempt. */
  private static Status statusAfter(ClaimUpdate update) {
    if (update instanceof ClaimUpdate.Complete) {
      return Status.COMPLETED;
    }
    return update instanceof ClaimUpdate.Fail ? Status.FAILED : Status.PENDING;
  }

  private static void write(Instant now, ModelTask task, ClaimUpdate update) {
    if (update instanceof ClaimUpdate.Complete complete) {
      task.complete(now, complete.result());
    } else if (update instanceof ClaimUpdate.Fail fail) {
      task.fail(now, fail.error());
    } else if (update instanceof ClaimUpdate.Retry retry) {
      task.retry(now, retry.error(), retry.delay());
    } else if (update instanceof ClaimUpdate.Release release) {
      task.release(now, release.delay());
    } else if (update instanceof ClaimUpdate.Extend extend) {
      task.extend(now, extend.lease());
    } else {
      task.progress(((ClaimUpdate.Progress) update).progress());
    }
  }

  /** Calls a task off; the answer is where it stands then. */
  Optional<Status> cancel(Instant now, UUID id) {
    Optional<ModelTask> found = find(id);
    found.ifPresent(task -> change(task, () -> task.cancel(now)));
    return found.map(ModelTask::status);
  }

  /** Gives a failed task a new start, unless another has its key meanwhile. */
  boolean redrive(Instant now, ModelTask task) {
    boolean free = keys.otherHolder(task).isEmpty();
    if (free) {
      change(task, () -> task.redrive(now));
    }
    return free;
  }

  /** Forgets a finished task. */
  void delete(ModelTask task) {
    tasks.remove(task.id());
    keys.forget(task);
  }

  /** What nothing is claimed from; the caller adds and removes. */
  Set<Pause> pauses() {
    return pauses;
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
    turns.set(0);
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

  /** Takes the task out of line while the fields that its place and its key depend on change. */
  private void change(ModelTask task, Runnable change) {
    NavigableSet<ModelTask> lane = lane(Lane.of(task));
    lane.remove(task);
    change.run();
    if (task.isLive()) {
      lane.add(task);
    }
    keys.update(task);
  }

  private NavigableSet<ModelTask> lane(Lane lane) {
    return live.computeIfAbsent(lane, key -> new TreeSet<>(ModelTask.LANE_ORDER));
  }
}
