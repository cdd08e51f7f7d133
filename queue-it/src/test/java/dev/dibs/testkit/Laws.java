package dev.dibs.testkit;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.NewTask;
import dev.dibs.Outcome;
import dev.dibs.Priority;
import dev.dibs.Status;
import dev.dibs.testkit.QueueWithTable.Row;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * What no step may do to a table, whatever the queue: said without the model, by comparing the
 * table before and after, and so a judge of the model too. Follows one table from its beginning.
 */
final class Laws {
  /** The token of each task's newest claim, and all there were. */
  private final Map<UUID, UUID> holders = new HashMap<>();

  private final Set<List<UUID>> tokens = new HashSet<>();
  private final Map<UUID, Key> keys = new HashMap<>();

  private record Key(String type, String key, Optional<Duration> window) {}

  /** What was done, and what it answered. */
  sealed interface Act {
    /** Tasks were enqueued, or passed over for others. */
    record Enqueued(List<NewTask> tasks, List<UUID> answers) implements Act {}

    /** A claim. */
    record Claimed(ClaimRequest request, List<Claim> claims) implements Act {}

    /** One or more writes of claims. */
    record Wrote(List<ClaimUpdate> updates, List<Outcome> outcomes) implements Act {}

    /** Somebody called a task off. */
    record Cancelled(UUID id, Optional<Status> answer) implements Act {}

    /** Failed tasks got a new start. */
    record Redriven(List<UUID> ids) implements Act {}

    /** Failed tasks were deleted. */
    record Deleted(List<UUID> ids) implements Act {}

    /** An operator put a task back by hand. */
    record PutBack(UUID id) implements Act {}

    /** Anything that changes no task: a look, a pause, a restart. */
    record Other() implements Act {}

    /** Time passed: all that is left of a task's times moved by as much. */
    record Waited() implements Act {}
  }

  /** A law that was broken. */
  static final class BrokenLaw extends AssertionError {
    private static final long serialVersionUID = 1;

    BrokenLaw(String law, UUID id, Object before, Object after) {
      super(law + ": task " + id + " was " + before + ", is " + after);
    }
  }

  /** Takes note of what was checked before. */
  void note(Act act) {
    if (act instanceof Act.Claimed claimed) {
      for (Claim claim : claimed.claims()) {
        holders.put(claim.id(), claim.token());
        tokens.add(List.of(claim.id(), claim.token()));
      }
    } else if (act instanceof Act.Enqueued enqueued) {
      for (NewTask task : enqueued.tasks()) {
        if (enqueued.answers().contains(task.id()) && task.uniqueKey().isPresent()) {
          keys.putIfAbsent(
              task.id(), new Key(task.type(), task.uniqueKey().get(), task.uniqueWindow()));
        }
      }
    }
  }

  /** Fails if a law was broken between two looks at the table. */
  void check(Act act, Map<UUID, Row> before, Map<UUID, Row> after) {
    if (act instanceof Act.Claimed claimed) {
      claimed(claimed, before, after);
    } else if (act instanceof Act.Wrote wrote) {
      wrote(wrote, before, after);
    } else if (act instanceof Act.Cancelled cancelled) {
      cancelled(cancelled, before, after);
    }
    before.forEach((id, was) -> changed(act, id, was, after.get(id)));
    before.keySet().stream().filter(id -> !after.containsKey(id)).forEach(keys::remove);
    note(act);
    Set<Key> taken = new HashSet<>();
    after.forEach(
        (id, row) -> {
          if (!before.containsKey(id)) {
            boolean born = act instanceof Act.Enqueued e && e.answers().contains(id);
            demand(born && isNew(row), "BORN_OLD", id, act, row);
          }
          standing(id, row);
          Key key = keys.get(id);
          boolean holds = key != null && (row.isLive() || key.window().isPresent());
          demand(!holds || taken.add(key), "UNIQUE_BROKEN", id, key, row);
        });
  }

  private static boolean isNew(Row row) {
    return row.status() == Status.PENDING && row.attempt() == 0;
  }

  private void changed(Act act, UUID id, Row was, Row is) {
    if (act instanceof Act.Waited) {
      demand(is != null && is.status() == was.status(), "CHANGED_BY_TIME", id, was, is);
    } else if (!was.equals(is)) {
      demand(isAllowed(act, id, was, is), "CHANGED_WITHOUT_REASON", id, was, is);
    }
  }

  private static void cancelled(Act.Cancelled act, Map<UUID, Row> before, Map<UUID, Row> after) {
    Row was = before.get(act.id());
    Row is = after.get(act.id());
    demand(
        act.answer().equals(Optional.ofNullable(is).map(Row::status))
            && (was == null
                || !was.isLive()
                || is.status() == Status.CANCELLED
                || (was.status() == Status.PROCESSING && is.cancelRequested())),
        "CANCEL_UNHEARD",
        act.id(),
        was,
        is);
  }

  private static void standing(UUID id, Row row) {
    boolean finished = !row.isLive();
    demand(row.attempt() >= 0, "NEGATIVE_ATTEMPT", id, "-", row);
    demand(finished == row.completedIn().isPresent(), "END_WITHOUT_TIME", id, "-", row);
    demand(!finished || row.leaseEndsIn().isEmpty(), "LEASE_OF_FINISHED", id, "-", row);
    demand(
        row.status() != Status.PROCESSING
            || (row.leaseEndsIn().isPresent() && row.startedIn().isPresent()),
        "RUNS_WITHOUT_LEASE",
        id,
        "-",
        row);
    demand(
        row.result().isEmpty() || row.status() == Status.COMPLETED,
        "RESULT_OF_UNFINISHED",
        id,
        "-",
        row);
  }

  /** One claimant per attempt, nothing early, nothing beside a suspect. */
  private void claimed(Act.Claimed act, Map<UUID, Row> before, Map<UUID, Row> after) {
    ClaimRequest request = act.request();
    boolean again = request.token().isPresent();
    demand(again || act.claims().size() <= request.limit(), "OVER_LIMIT", null, request, act);
    Set<UUID> ids = new HashSet<>();
    Priority highest = Priority.URGENT;
    for (Claim claim : act.claims()) {
      UUID id = claim.id();
      Row was = before.get(id);
      Row is = Objects.requireNonNull(after.get(id));
      demand(ids.add(id), "CLAIMED_TWICE", id, was, is);
      demand(is.status() == Status.PROCESSING, "CLAIMED_BUT_NOT_RUNNING", id, was, is);
      demand(
          request.types().contains(is.type()) && request.queue().equals(is.queue()),
          "NOT_ASKED_FOR",
          id,
          was,
          is);
      demand(is.attempt() == claim.attempt(), "OTHER_ATTEMPT", id, was, is);
      demand(is.alone() == claim.alone(), "OTHER_ALONE", id, was, is);
      demand(is.priority().compareTo(highest) >= 0, "PRIORITY", id, was, is);
      highest = is.priority();
      if (again) {
        demand(claim.token().equals(holders.get(id)), "STALE_CLAIM_REPEATED", id, was, is);
        demand(was.attempt() == is.attempt(), "ATTEMPT_COUNTED_TWICE", id, was, is);
        continue;
      }
      demand(!tokens.contains(List.of(id, claim.token())), "TOKEN_TWICE", id, was, is);
      demand(isDue(was), "TAKEN_FROM_ITS_CLAIMANT_OR_EARLY", id, was, is);
      demand(!was.cancelRequested(), "CANCELLED_BUT_CLAIMED", id, was, is);
      demand(was.attempt() + 1 == is.attempt(), "DUPLICATE_ATTEMPT", id, was, is);
      demand(!claim.alone() || act.claims().size() == 1, "BESIDE_A_SUSPECT", id, was, is);
      demand(!isSpent(was), "ATTEMPTS_EXCEEDED", id, was, is);
    }
  }

  private static boolean isDue(Row row) {
    return row.status() == Status.PENDING ? row.dueIn() <= 0 : isExpired(row);
  }

  private static boolean isExpired(Row row) {
    return row.status() == Status.PROCESSING && row.leaseEndsIn().orElse(1L) <= 0;
  }

  /** Lost its lease while it ran alone, with no attempt left. */
  private static boolean isSpent(Row row) {
    return isExpired(row) && row.alone() && row.attempt() >= row.maxAttempts();
  }

  /** The holder is always heard, and nobody else ever. */
  private void wrote(Act.Wrote act, Map<UUID, Row> before, Map<UUID, Row> after) {
    for (int i = 0; i < act.updates().size(); i++) {
      ClaimUpdate update = act.updates().get(i);
      Outcome outcome = act.outcomes().get(i);
      UUID id = update.claim().id();
      Row was = before.get(id);
      boolean holds =
          was != null
              && was.status() == Status.PROCESSING
              && update.claim().token().equals(holders.get(id));
      if (!holds) {
        demand(outcome != Outcome.APPLIED, "STALE_WRITE_ACCEPTED", id, was, after.get(id));
      } else {
        demand(
            outcome == (refuses(was, update) ? Outcome.CANCELLED : Outcome.APPLIED),
            "HOLDER_REFUSED",
            id,
            was,
            List.of(update, outcome));
      }
    }
  }

  private static boolean refuses(Row was, ClaimUpdate update) {
    return was.cancelRequested() && !(update instanceof ClaimUpdate.Complete);
  }

  private boolean isAllowed(Act act, UUID id, Row was, Row is) {
    if (is == null && act instanceof Act.Deleted deleted) {
      return deleted.ids().contains(id) && was.status() == Status.FAILED;
    } else if (is == null) {
      return act instanceof Act.Wrote wrote
          && wrote.updates().stream()
              .anyMatch(update -> isHeld(update, id, was) && deletes(update));
    }
    if (act instanceof Act.Claimed claimed) {
      return claimed.claims().stream().anyMatch(claim -> claim.id().equals(id))
          || isEndedByClaim(was, is);
    } else if (act instanceof Act.Wrote wrote) {
      return wrote.updates().stream().anyMatch(update -> isWritten(update, id, was, is));
    } else if (act instanceof Act.Cancelled cancelled) {
      return cancelled.id().equals(id)
          && was.isLive()
          && is.cancelRequested()
          && cancelled.answer().equals(Optional.of(is.status()))
          && is.status() == (was.status() == Status.PENDING ? Status.CANCELLED : Status.PROCESSING);
    } else if (act instanceof Act.Redriven redriven) {
      return redriven.ids().contains(id)
          && was.status() == Status.FAILED
          && is.status() == Status.PENDING
          && is.attempt() == 0;
    }
    return act instanceof Act.PutBack putBack
        && putBack.id().equals(id)
        && was.status() == Status.PROCESSING
        && is.status() == Status.PENDING
        && is.attempt() == was.attempt();
  }

  private static boolean isEndedByClaim(Row was, Row is) {
    return was.attempt() == is.attempt()
        && isDue(was)
        && (was.cancelRequested()
            ? is.status() == Status.CANCELLED
            : isSpent(was) && is.status() == Status.FAILED);
  }

  private boolean isWritten(ClaimUpdate update, UUID id, Row was, Row is) {
    if (!isHeld(update, id, was) || deletes(update)) {
      return false;
    }
    if (update instanceof ClaimUpdate.Extend || update instanceof ClaimUpdate.Progress) {
      return is.status() == Status.PROCESSING
          && is.attempt() == was.attempt()
          && !was.cancelRequested();
    }
    int given = update instanceof ClaimUpdate.Release ? 1 : 0;
    return is.status() == end(update, was.cancelRequested())
        && is.attempt() == was.attempt() - given;
  }

  private boolean isHeld(ClaimUpdate update, UUID id, Row was) {
    return update.claim().id().equals(id)
        && was.status() == Status.PROCESSING
        && update.claim().token().equals(holders.get(id));
  }

  /** All windows of the sequences are open to their end. */
  private boolean deletes(ClaimUpdate update) {
    Key key = keys.get(update.claim().id());
    return update instanceof ClaimUpdate.Complete
        && update.claim().deletedOnCompletion()
        && (key == null || key.window().isEmpty());
  }

  private static Status end(ClaimUpdate update, boolean cancelled) {
    if (update instanceof ClaimUpdate.Complete) {
      return Status.COMPLETED;
    } else if (cancelled) {
      return Status.CANCELLED;
    }
    return update instanceof ClaimUpdate.Fail ? Status.FAILED : Status.PENDING;
  }

  private static void demand(boolean kept, String law, UUID id, Object before, Object after) {
    if (!kept) {
      throw new BrokenLaw(law, id, before, after);
    }
  }
}
