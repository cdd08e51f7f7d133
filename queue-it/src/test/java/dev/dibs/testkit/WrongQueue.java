package dev.dibs.testkit;

import dev.dibs.AttemptError;
import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.NewTask;
import dev.dibs.Outcome;
import dev.dibs.Pause;
import dev.dibs.Status;
import dev.dibs.TaskQueue;
import dev.dibs.it.ForwardingTaskQueue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiPredicate;
import java.util.function.UnaryOperator;

/** A queue that is right but for one mistake, and so what the properties must catch. */
final class WrongQueue extends ForwardingTaskQueue {
  private final TaskQueue right;
  private final UnaryOperator<List<Claim>> order;
  private final UnaryOperator<ClaimUpdate> meaning;
  private final BiPredicate<Claim, Claim> fence;
  private final Map<UUID, Claim> newest = new HashMap<>();

  private WrongQueue(
      TaskQueue right,
      UnaryOperator<List<Claim>> order,
      UnaryOperator<ClaimUpdate> meaning,
      BiPredicate<Claim, Claim> fence) {
    super(right);
    this.right = right;
    this.order = order;
    this.meaning = meaning;
    this.fence = fence;
  }

  /** Writes by id and status: whoever finishes decides, whatever became of its claim. */
  static TaskQueue withoutToken(TaskQueue right) {
    return new WrongQueue(
        right, UnaryOperator.identity(), UnaryOperator.identity(), (newest, claim) -> true);
  }

  /** Fences on the number of the attempt, which a release lowers again. */
  static TaskQueue fencedByAttempt(TaskQueue right) {
    return new WrongQueue(
        right,
        UnaryOperator.identity(),
        UnaryOperator.identity(),
        (newest, claim) -> newest.attempt() == claim.attempt());
  }

  /** Returns the claims in the order in which an UPDATE happens to return rows. */
  static TaskQueue unordered(TaskQueue right) {
    UnaryOperator<List<Claim>> order =
        claims -> {
          List<Claim> reversed = new ArrayList<>(claims);
          Collections.reverse(reversed);
          return reversed;
        };
    return new WrongQueue(right, order, UnaryOperator.identity(), Object::equals);
  }

  /** Puts a task back without the delay that was asked for. */
  static TaskQueue retryingAtOnce(TaskQueue right) {
    UnaryOperator<ClaimUpdate> meaning =
        update ->
            update instanceof ClaimUpdate.Retry retry
                ? new ClaimUpdate.Retry(retry.claim(), retry.error(), Duration.ZERO)
                : update;
    return new WrongQueue(right, UnaryOperator.identity(), meaning, Object::equals);
  }

  /** Says that a task is cancelled, and lets it run. */
  static TaskQueue cancellingNothing(TaskQueue right) {
    return new ForwardingTaskQueue(right) {
      @Override
      public Optional<Status> cancel(UUID id) {
        return right
            .find(id)
            .map(task -> task.status() == Status.PENDING ? Status.CANCELLED : task.status());
      }
    };
  }

  /** Knows only live tasks by their key, whatever window was asked for. */
  static TaskQueue withoutWindows(TaskQueue right) {
    return enqueueing(right, task -> task.uniqueKey().map(task::uniqueKey).orElse(task));
  }

  private static TaskQueue enqueueing(TaskQueue right, UnaryOperator<NewTask> mistake) {
    return new ForwardingTaskQueue(right) {
      @Override
      public List<UUID> enqueueAll(List<NewTask> tasks) {
        return right.enqueueAll(tasks.stream().map(mistake).toList());
      }
    };
  }

  /** Keeps of all failed attempts only the last. */
  static TaskQueue withoutHistory(TaskQueue right) {
    return new ForwardingTaskQueue(right) {
      @Override
      public List<AttemptError> errors(UUID id) {
        List<AttemptError> errors = right.errors(id);
        return errors.subList(Math.max(0, errors.size() - 1), errors.size());
      }
    };
  }

  /** Claims as if nothing were paused. */
  static TaskQueue withoutPauses(TaskQueue right) {
    return new ForwardingTaskQueue(right) {
      @Override
      public List<Claim> claim(ClaimRequest request) {
        List<Pause> pauses = right.admin().pauses();
        pauses.forEach(right.admin()::resume);
        List<Claim> claims = right.claim(request);
        pauses.forEach(right.admin()::pause);
        return claims;
      }
    };
  }

  /** Takes new tasks when it is asked again for those of an earlier claim. */
  static TaskQueue claimingAnew(TaskQueue right) {
    return new ForwardingTaskQueue(right) {
      @Override
      public List<Claim> claim(ClaimRequest request) {
        return right.claim(
            new ClaimRequest(
                request.queue(),
                request.types(),
                request.limit(),
                request.lease(),
                Optional.empty(),
                request.laneLimits(),
                request.deleteCompleted()));
      }
    };
  }

  /** Lets whoever comes too late with a retry run a finished task again. */
  static TaskQueue resurrecting(TaskQueue right, Model model) {
    return new ForwardingTaskQueue(right) {
      @Override
      public List<Outcome> applyAll(List<ClaimUpdate> updates) {
        List<Outcome> outcomes = right.applyAll(updates);
        for (int i = 0; i < updates.size(); i++) {
          if (updates.get(i) instanceof ClaimUpdate.Retry && outcomes.get(i) != Outcome.APPLIED) {
            model
                .find(updates.get(i).claim().id())
                .filter(task -> !task.isLive())
                .ifPresent(task -> model.redrive(task.completedAt().orElseThrow(), task));
          }
        }
        return outcomes;
      }
    };
  }

  /** Puts off for ever what is put off at all. */
  static TaskQueue losingWhatIsSnoozed(TaskQueue right) {
    UnaryOperator<ClaimUpdate> meaning =
        update ->
            update instanceof ClaimUpdate.Release release && !release.delay().isZero()
                ? new ClaimUpdate.Release(release.claim(), Duration.ofDays(3650))
                : update;
    return new WrongQueue(right, UnaryOperator.identity(), meaning, Object::equals);
  }

  /** Keeps what is to be deleted by its completion, as a queue does that leaves it to a sweep. */
  static TaskQueue keepingCompleted(TaskQueue right) {
    UnaryOperator<ClaimUpdate> meaning =
        update ->
            update instanceof ClaimUpdate.Complete complete
                ? new ClaimUpdate.Complete(kept(right, complete.claim()), complete.result())
                : update;
    return new WrongQueue(right, UnaryOperator.identity(), meaning, Object::equals);
  }

  private static Claim kept(TaskQueue queue, Claim claim) {
    return new Claim(queue, claim.task(), claim.token(), claim.alone());
  }

  /** Deletes by the completion what must keep others out of its window. */
  static TaskQueue deletingInWindows(TaskQueue right, Model model) {
    return new ForwardingTaskQueue(right) {
      @Override
      public List<Outcome> applyAll(List<ClaimUpdate> updates) {
        List<Outcome> outcomes = right.applyAll(updates);
        updates.stream()
            .filter(update -> update.claim().deletedOnCompletion())
            .flatMap(update -> model.find(update.claim().id()).stream())
            .filter(task -> task.status() == Status.COMPLETED)
            .toList()
            .forEach(model::delete);
        return outcomes;
      }
    };
  }

  /** Completes without the result. */
  static TaskQueue withoutResults(TaskQueue right) {
    UnaryOperator<ClaimUpdate> meaning =
        update ->
            update instanceof ClaimUpdate.Complete complete
                ? new ClaimUpdate.Complete(complete.claim())
                : update;
    return new WrongQueue(right, UnaryOperator.identity(), meaning, Object::equals);
  }

  /** Takes progress for a sign of life, as an extension is. */
  static TaskQueue extendingOnProgress(TaskQueue right) {
    return new ForwardingTaskQueue(right) {
      @Override
      public List<Outcome> applyAll(List<ClaimUpdate> updates) {
        List<Outcome> outcomes = right.applyAll(updates);
        for (ClaimUpdate update : updates) {
          if (update instanceof ClaimUpdate.Progress) {
            right.apply(new ClaimUpdate.Extend(update.claim(), Duration.ofMinutes(1)));
          }
        }
        return outcomes;
      }
    };
  }

  @Override
  public List<Claim> claim(ClaimRequest request) {
    List<Claim> claims = right.claim(request);
    claims.forEach(claim -> newest.put(claim.id(), claim));
    return order.apply(claims);
  }

  @Override
  public Outcome apply(ClaimUpdate update) {
    Claim claim = update.claim();
    Claim last = newest.getOrDefault(claim.id(), claim);
    return right.apply(meaning.apply(under(fence.test(last, claim) ? last : claim, update)));
  }

  @Override
  public List<Outcome> applyAll(List<ClaimUpdate> updates) {
    return updates.stream().map(this::apply).toList();
  }

  private static ClaimUpdate under(Claim claim, ClaimUpdate update) {
    if (update instanceof ClaimUpdate.Complete complete) {
      return new ClaimUpdate.Complete(claim, complete.result());
    } else if (update instanceof ClaimUpdate.Fail fail) {
      return new ClaimUpdate.Fail(claim, fail.error());
    } else if (update instanceof ClaimUpdate.Retry retry) {
      return new ClaimUpdate.Retry(claim, retry.error(), retry.delay());
    } else if (update instanceof ClaimUpdate.Release release) {
      return new ClaimUpdate.Release(claim, release.delay());
    }
    if (update instanceof ClaimUpdate.Progress progress) {
      return new ClaimUpdate.Progress(claim, progress.progress());
    }
    return new ClaimUpdate.Extend(claim, ((ClaimUpdate.Extend) update).lease());
  }
}
