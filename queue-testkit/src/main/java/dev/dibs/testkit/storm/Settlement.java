package dev.dibs.testkit.storm;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Settles the operations of a history whose answer was lost, by what the database itself has seen:
 * what had no effect has failed, what had one is as if it had been answered. After it the checker
 * need not allow for either.
 *
 * <p>A claim gets a second operation in its track, with what it took; the first one has failed.
 * Where several writes of one kind under one claim were not answered, one of them took effect, and
 * nobody can say which: they stay unknown.
 */
final class Settlement {
  private final History history;
  private final Changes changes;

  private Settlement(History history, Changes changes) {
    this.history = history;
    this.changes = changes;
  }

  /** Settles what can be. */
  static void of(History history, Changes changes) {
    Settlement settlement = new Settlement(history, changes);
    Set<Integer> acknowledged = settlement.acknowledged();
    Map<Long, Set<Long>> unknown = new HashMap<>();
    for (int t = 0; t < history.tracks(); t++) {
      Track track = history.track(t);
      int size = track.size();
      for (int op = 0; op < size; op = track.next(op)) {
        if (track.answer(op) != Answer.UNKNOWN) {
          continue;
        }
        switch (track.op(op)) {
          case ENQUEUE -> settlement.settleEnqueue(track, op, acknowledged);
          case CLAIM -> settlement.settleClaim(t, op);
          case UPDATE -> collect(t, op, track, unknown);
          case COMMIT, ROLLBACK, HOLD -> {}
        }
      }
    }
    settlement.settleUpdates(unknown);
  }

  /** The tasks of enqueues that were answered; an unknown one before it matters no more. */
  private Set<Integer> acknowledged() {
    Set<Integer> tasks = new HashSet<>();
    Track track = history.enqueuer();
    boolean allAnswered = true;
    for (int op = 0; op < track.size(); op = track.next(op)) {
      allAnswered &= track.op(op) != Track.Op.ENQUEUE || track.answer(op) != Answer.UNKNOWN;
    }
    for (int op = 0; op < track.size() && !allAnswered; op = track.next(op)) {
      boolean enqueue = track.op(op) == Track.Op.ENQUEUE;
      for (int item = 0; enqueue && item < track.count(op); item++) {
        if (track.answer(op) == Answer.OK) {
          tasks.add(track.task(op, item));
        }
      }
    }
    return tasks;
  }

  private void settleEnqueue(Track track, int op, Set<Integer> acknowledged) {
    if (track.isInTransaction(op)) {
      return;
    }
    long by = Long.MIN_VALUE;
    List<Integer> missing = new ArrayList<>();
    for (int item = 0; item < track.count(op); item++) {
      int task = track.task(op, item);
      Optional<Long> inserted = changes.inserted(history.tasks().id(task));
      if (inserted.isPresent() && acknowledged.contains(task)) {
        return;
      }
      by = Math.max(by, inserted.orElse(Long.MIN_VALUE));
      if (inserted.isEmpty()) {
        missing.add(item);
      }
    }
    if (by == Long.MIN_VALUE) {
      settle(track, op, Answer.FAILED, by);
    } else {
      // All of a call or nothing is enqueued, but for what is passed over.
      missing.forEach(item -> track.skipped(op, item));
      settle(track, op, Answer.OK, by);
    }
  }

  private void settleClaim(int trackIndex, int op) {
    Track track = history.track(trackIndex);
    Optional<UUID> token = history.token(History.reference(trackIndex, op, History.WHOLE));
    if (token.isEmpty()) {
      return;
    }
    List<Changes.Claimed> taken = changes.claimedWith(token.get());
    if (!taken.isEmpty()) {
      int found =
          track.invoke(
              Track.Op.CLAIM,
              track.invokedAt(op),
              track.limit(op),
              track.lease(op),
              track.types(op));
      long by = track.returnedAt(op) == Long.MAX_VALUE ? Long.MIN_VALUE : track.returnedAt(op);
      for (Changes.Claimed one : taken) {
        int task = history.tasks().indexOf(one.task());
        track.claimed(found, task, one.attempt(), one.runAtMicros(), one.early(), one.alone());
        by = Math.max(by, one.at());
      }
      track.returned(found, by, Answer.OK);
    }
    settle(track, op, Answer.FAILED, Long.MIN_VALUE);
  }

  private static void collect(int trackIndex, int op, Track track, Map<Long, Set<Long>> unknown) {
    for (int item = 0; item < track.count(op); item++) {
      unknown
          .computeIfAbsent(track.claim(op, item), any -> new HashSet<>())
          .add(History.reference(trackIndex, op, item));
    }
  }

  private void settleUpdates(Map<Long, Set<Long>> unknown) {
    Set<Long> applied = new HashSet<>();
    for (int t = 0; t < history.claimers() && !unknown.isEmpty(); t++) {
      Track track = history.track(t);
      for (int op = 0; op < track.size(); op = track.next(op)) {
        boolean update = track.op(op) == Track.Op.UPDATE;
        for (int item = 0; update && item < track.count(op); item++) {
          boolean ends = track.kind(op, item).endsClaim();
          if (ends && track.updateAnswer(op, item) == Answer.OK) {
            applied.add(track.claim(op, item));
          }
        }
      }
    }
    unknown.forEach((claim, writes) -> settleWrites(claim, writes, applied.contains(claim)));
  }

  private void settleWrites(long claim, Set<Long> writes, boolean applied) {
    Track owner = history.track(History.trackOf(claim));
    int op = History.opOf(claim);
    Optional<UUID> token =
        history.token(History.reference(History.trackOf(claim), op, History.WHOLE));
    int task = owner.task(op, History.itemOf(claim));
    if (token.isEmpty() || task < 0) {
      return;
    }
    Optional<Changes.Ended> ended = changes.ended(history.tasks().id(task), token.get());
    boolean byOneOfThese = ended.isPresent() && !applied;
    if (byOneOfThese && writes.size() > 1) {
      return;
    }
    for (long write : writes) {
      Track track = history.track(History.trackOf(write));
      Answer answer = Answer.FAILED;
      long by = Long.MIN_VALUE;
      if (byOneOfThese) {
        answer = ended.get().cancelled() ? Answer.CANCELLED : Answer.OK;
        by = ended.get().at();
      }
      track.answer(History.opOf(write), History.itemOf(write), answer);
      settle(track, History.opOf(write), Answer.OK, by);
    }
  }

  /** A batch is settled item by item: what is not settled stays unknown. */
  private void settle(Track track, int op, Answer answer, long by) {
    long returnedAt = track.returnedAt(op);
    boolean neverReturned = returnedAt == Long.MAX_VALUE && by != Long.MIN_VALUE;
    track.settle(op, answer, neverReturned ? by : Math.max(returnedAt, by));
  }
}
