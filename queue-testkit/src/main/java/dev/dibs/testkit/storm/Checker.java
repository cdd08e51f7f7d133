package dev.dibs.testkit.storm;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;

/**
 * Judges a history: one pass over the operations, then lane by lane a {@link TaskCheck} for each
 * task and a {@link LaneCheck} for all of them, so that only one lane's claims are unpacked at a
 * time.
 */
final class Checker {
  private final History history;
  private final Findings findings = new Findings();
  private final Disturbances disturbances;
  private final PriorityCheck priorities;
  private final List<Long> empties = new ArrayList<>();
  private boolean hiddenClaims;
  private long operations;
  private long claims;

  private Checker(History history, Disturbances disturbances) {
    this.history = history;
    this.disturbances = disturbances;
    this.priorities = new PriorityCheck(history);
  }

  /**
   * The result of checking this history.
   *
   * @param lookBehind nanoseconds within which the queue must find what was not preloaded
   */
  static Checker check(History history, int maxAttempts, long lookBehind) {
    Checker checker = new Checker(history, new Disturbances(lookBehind, maxAttempts));
    checker.findDisturbances();
    checker.checkOperations();
    checker.checkLanes(maxAttempts, lookBehind);
    for (History.Sighting seen : history.sightings()) {
      checker.findings.add(seen.rule(), seen.at(), seen.task(), seen.reason());
    }
    return checker;
  }

  Findings findings() {
    return findings;
  }

  /** How many calls the clients made. */
  long operations() {
    return operations;
  }

  /** How many tasks were handed out by claims. */
  long claims() {
    return claims;
  }

  /** How many tasks had been handed out when the first of them went to a second claimant. */
  OptionalLong claimsToDetection() {
    long end = findings.firstDuplicateAt();
    return end == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(claimsUntil(end));
  }

  /** How many tasks had been handed out when this rule was first seen to be broken. */
  OptionalLong claimsToDetection(Rule rule) {
    return findings.samples(rule).stream().mapToLong(Findings.Violation::at).min().stream()
        .map(this::claimsUntil)
        .findFirst();
  }

  private long claimsUntil(long end) {
    long before = 0;
    for (int t = 0; t < history.tracks(); t++) {
      Track track = history.track(t);
      for (int op = 0; op < track.size(); op = track.next(op)) {
        if (track.op(op) == Track.Op.CLAIM && track.returnedAt(op) <= end) {
          before += track.count(op);
        }
      }
    }
    return before;
  }

  private void findDisturbances() {
    for (int t = 0; t < history.claimers(); t++) {
      Track track = history.track(t);
      for (int op = 0; op < track.size(); op = track.next(op)) {
        if (track.op(op) == Track.Op.CLAIM) {
          disturbances.add(track, op);
        }
      }
    }
    disturbances.sort();
  }

  private void checkOperations() {
    for (int t = 0; t < history.tracks(); t++) {
      Track track = history.track(t);
      for (int op = 0; op < track.size(); op = track.next(op)) {
        operations++;
        if (track.op(op) == Track.Op.CLAIM) {
          checkClaim(t, op);
        }
      }
    }
    priorities.sort();
    empties.sort(
        Comparator.comparingLong(
            empty -> history.track(History.trackOf(empty)).invokedAt(History.opOf(empty))));
  }

  private void checkClaim(int trackIndex, int op) {
    Track track = history.track(trackIndex);
    int count = track.count(op);
    claims += count;
    hiddenClaims |= track.answer(op) == Answer.UNKNOWN;
    boolean disturbed = disturbances.touch(track.invokedAt(op), track.returnedAt(op));
    if (count == 0 && track.answer(op) == Answer.OK && !disturbed) {
      empties.add(History.reference(trackIndex, op, History.WHOLE));
    }
    if (count > track.limit(op)) {
      findings.add(
          Rule.OVER_LIMIT,
          track.returnedAt(op),
          track.task(op, track.limit(op)),
          history.trackName(trackIndex)
              + " asked for at most "
              + track.limit(op)
              + " tasks and got "
              + count);
    }
    int lowestRank = checkItems(trackIndex, op);
    if (!disturbed) {
      priorities.add(trackIndex, op, lowestRank);
    }
  }

  /** Returns the lowest priority among the items, 0 if it is the highest there is. */
  private int checkItems(int trackIndex, int op) {
    Track track = history.track(trackIndex);
    Tasks tasks = history.tasks();
    int lowestRank = 0;
    int[] lastOfLane = new int[tasks.lanes()];
    for (int item = 0; item < track.count(op); item++) {
      int task = track.task(op, item);
      if (task < 0 || (tasks.typeBit(tasks.lane(task)) & track.types(op)) == 0) {
        String what = task < 0 ? "that nobody had enqueued" : "of a type it had not asked for";
        findings.add(
            Rule.UNEXPECTED,
            track.returnedAt(op),
            task,
            history.trackName(trackIndex) + " got a task " + what,
            History.reference(trackIndex, op, item));
        continue;
      }
      lowestRank = Math.max(lowestRank, Tasks.rank(tasks.lane(task)));
      int before = lastOfLane[tasks.lane(task)] - 1;
      if (before >= 0 && isBehind(track, op, item, before)) {
        findings.add(
            Rule.ORDER,
            track.returnedAt(op),
            task,
            "one claim returned it behind task "
                + tasks.name(track.task(op, before))
                + ", which comes after it in the same lane",
            History.reference(trackIndex, op, before));
      }
      lastOfLane[tasks.lane(task)] = item + 1;
    }
    return lowestRank;
  }

  /** Whether the key of {@code item} is less than that of {@code before}. */
  private boolean isBehind(Track track, int op, int item, int before) {
    int byRunAt = Long.compare(track.runAt(op, item), track.runAt(op, before));
    return byRunAt < 0
        || (byRunAt == 0
            && history.tasks().compareIds(track.task(op, item), track.task(op, before)) < 0);
  }

  private void checkLanes(int maxAttempts, long lookBehind) {
    Tasks tasks = history.tasks();
    int[] starts = new int[tasks.lanes() + 1];
    for (int task = 0; task < tasks.size(); task++) {
      starts[tasks.lane(task) + 1]++;
    }
    for (int lane = 1; lane < starts.length; lane++) {
      starts[lane] += starts[lane - 1];
    }
    int[] byLane = new int[tasks.size()];
    int[] next = starts.clone();
    for (int task = 0; task < tasks.size(); task++) {
      byLane[next[tasks.lane(task)]++] = task;
    }
    TaskCheck taskCheck = new TaskCheck(history, findings, maxAttempts, hiddenClaims);
    UniqueCheck unique = new UniqueCheck(history, findings, maxAttempts);
    BitSet reported = new BitSet();
    for (int lane = 0; lane < tasks.lanes(); lane++) {
      if (starts[lane] < starts[lane + 1]) {
        LaneCheck laneCheck = new LaneCheck(history, findings, disturbances, lookBehind, lane);
        Events events = new Events(history, lane);
        for (int i = starts[lane]; i < starts[lane + 1]; i++) {
          taskCheck.check(byLane[i], events, laneCheck, unique);
        }
        laneCheck.checkOrder();
        laneCheck.checkPriority(priorities.of(lane));
        laneCheck.checkEmpty(empties, tasks.typeBit(lane), reported);
      }
      if (lane + 1 == tasks.lanes() || tasks.type(lane + 1) != tasks.type(lane)) {
        unique.check();
      }
    }
  }
}
