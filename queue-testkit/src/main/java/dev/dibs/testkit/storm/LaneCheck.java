package dev.dibs.testkit.storm;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.function.IntBinaryOperator;

/**
 * The rules about order and about empty claims, for all tasks of one lane together.
 *
 * <p>An entry is one claim of a task and, if it is certain, since when the task had waited for it.
 * A wait counts once the queue must have seen it: at once for what was preloaded where no lease
 * expires, else after the look-behind bound. A claim does not count that {@link Disturbances}
 * touch, nor does a wait of a suspect for the order: a claim that does not meet it first leaves it.
 *
 * <p>ORDER is broken iff an entry was taken by a claim sent after a wait counted, answered before
 * the waiting task's own claim was sent, and its key is greater; and if the entry itself certainly
 * waited when its claim was sent, for one that is put off while a claim goes by its old place comes
 * back with its new time. Sweeping the waits from the latest to the earliest while adding the
 * claims sent since, the question is for the least answer time among the greater keys: a Fenwick
 * tree of minima, O(n log n).
 */
final class LaneCheck {
  /** The task did not certainly wait. */
  static final long NO_WAIT = Long.MAX_VALUE;

  private final History history;
  private final Findings findings;
  private final Disturbances disturbances;
  private final long lookBehind;
  private final String name;
  private final BitSet suspects = new BitSet();

  private int size;
  private int[] tasks = new int[64];
  private long[] references = new long[64];
  private long[] runAts = new long[64];
  private long[] invokedAts = new long[64];
  private long[] returnedAts = new long[64];
  private long[] sinces = new long[64];
  private long[] waits = new long[64];

  LaneCheck(
      History history, Findings findings, Disturbances disturbances, long lookBehind, int lane) {
    this.history = history;
    this.findings = findings;
    this.disturbances = disturbances;
    this.lookBehind = lookBehind;
    this.name = history.tasks().laneName(lane);
  }

  /** A claim of a task of this lane that had waited since {@code since}, maybe as a suspect. */
  void claimed(int task, Held claim, long since, boolean suspect) {
    add(task, claim.reference(), claim.runAt(), since);
    suspects.set(size, suspect);
    invokedAts[size] = claim.invokedAt();
    returnedAts[size] = claim.returnedAt();
    size++;
  }

  /** A task of this lane that waits since then and is not claimed any more. */
  void unclaimed(int task, long since) {
    if (since != NO_WAIT) {
      add(task, 0, 0, since);
      invokedAts[size] = Long.MAX_VALUE;
      returnedAts[size] = Long.MAX_VALUE;
      size++;
    }
  }

  private void add(int task, long reference, long runAt, long since) {
    if (size == tasks.length) {
      int longer = size * 2;
      tasks = Arrays.copyOf(tasks, longer);
      references = Arrays.copyOf(references, longer);
      runAts = Arrays.copyOf(runAts, longer);
      invokedAts = Arrays.copyOf(invokedAts, longer);
      returnedAts = Arrays.copyOf(returnedAts, longer);
      sinces = Arrays.copyOf(sinces, longer);
      waits = Arrays.copyOf(waits, longer);
    }
    tasks[size] = task;
    references[size] = reference;
    runAts[size] = runAt;
    sinces[size] = since;
    boolean atOnce = since == NO_WAIT || history.countsAtOnce(since);
    waits[size] = atOnce ? since : since + lookBehind;
  }

  private boolean isClaimed(int entry) {
    return invokedAts[entry] != Long.MAX_VALUE;
  }

  private int compareKeys(int one, int other) {
    int byRunAt = Long.compare(runAts[one], runAts[other]);
    return byRunAt != 0 ? byRunAt : history.tasks().compareIds(tasks[one], tasks[other]);
  }

  private int[] sorted(IntBinaryOperator order) {
    return Sorted.indices(size, order);
  }

  void checkOrder() {
    int[] byKey = sorted(this::compareKeys);
    int[] rank = new int[size];
    for (int i = 1; i < size; i++) {
      boolean same = compareKeys(byKey[i - 1], byKey[i]) == 0;
      rank[byKey[i]] = rank[byKey[i - 1]] + (same ? 0 : 1);
    }
    int[] latestSentFirst = sorted((a, b) -> Long.compare(invokedAts[b], invokedAts[a]));
    int[] latestWaitFirst = sorted((a, b) -> Long.compare(waits[b], waits[a]));
    int[] earliest = new int[size + 1];
    int added = 0;
    for (int waiting : latestWaitFirst) {
      if (!isClaimed(waiting) || !mattersToOrder(waiting)) {
        continue;
      }
      while (added < size && invokedAts[latestSentFirst[added]] > waits[waiting]) {
        int taken = latestSentFirst[added++];
        if (isClaimed(taken)
            && sinces[taken] <= invokedAts[taken]
            && !disturbances.touch(invokedAts[taken], returnedAts[taken])) {
          insert(earliest, size - rank[taken], taken);
        }
      }
      int taken = query(earliest, size - rank[waiting] - 1);
      if (taken >= 0 && returnedAts[taken] < invokedAts[waiting]) {
        reportOrder(waiting, taken);
      }
    }
  }

  private boolean mattersToOrder(int waiting) {
    return waits[waiting] != NO_WAIT && !suspects.get(waiting);
  }

  /** Marks the tasks that a claim left for one of a lower priority. */
  void checkPriority(PriorityCheck.Lane claims) {
    for (int waiting = 0; waiting < size; waiting++) {
      long passing =
          mattersToOrder(waiting) ? claims.passing(waits[waiting], invokedAts[waiting]) : NO_WAIT;
      if (passing != NO_WAIT) {
        reportPriority(waiting, passing);
      }
    }
  }

  private void reportPriority(int waiting, long claim) {
    Tasks all = history.tasks();
    Track track = history.track(History.trackOf(claim));
    int op = History.opOf(claim);
    int taken = track.task(op, 0);
    for (int item = 1; item < track.count(op); item++) {
      int task = track.task(op, item);
      if (task >= 0 && (taken < 0 || Tasks.rank(all.lane(task)) > Tasks.rank(all.lane(taken)))) {
        taken = task;
      }
    }
    findings.add(
        Rule.ORDER,
        track.returnedAt(op),
        tasks[waiting],
        history.trackName(History.trackOf(claim))
            + " took task "
            + all.name(taken)
            + " from lane "
            + all.laneName(all.lane(taken))
            + " while this one of lane "
            + name
            + ", which it had asked for too, was due and unclaimed"
            + sinceWhen(waiting),
        claim);
  }

  private String sinceWhen(int waiting) {
    return history.countsAtOnce(sinces[waiting])
        ? " since before the storm"
        : String.format(
            Locale.ROOT, " for longer than the look-behind bound of %.1f s", lookBehind / 1e9);
  }

  /** Cells hold an entry plus one, zero for none; greater keys have smaller cells. */
  private void insert(int[] earliest, int cell, int entry) {
    for (int i = cell; i < earliest.length; i += i & -i) {
      if (earliest[i] == 0 || returnedAts[entry] < returnedAts[earliest[i] - 1]) {
        earliest[i] = entry + 1;
      }
    }
  }

  private int query(int[] earliest, int cell) {
    int best = -1;
    for (int i = cell; i > 0; i -= i & -i) {
      int entry = earliest[i] - 1;
      if (entry >= 0 && (best < 0 || returnedAts[entry] < returnedAts[best])) {
        best = entry;
      }
    }
    return best;
  }

  private void reportOrder(int waiting, int taken) {
    Tasks all = history.tasks();
    findings.add(
        Rule.ORDER,
        returnedAts[taken],
        tasks[waiting],
        "task "
            + all.name(tasks[taken])
            + " was taken from lane "
            + name
            + " while this one,"
            + " which comes before it, was due and unclaimed"
            + sinceWhen(waiting),
        references[taken]);
  }

  /**
   * Marks the empty claims that left a task of this lane waiting.
   *
   * @param empties references to empty claims, in the order they were sent
   * @param type the bit of this lane's type in what they asked for
   * @param reported by position in {@code empties}; a claim is reported once
   */
  void checkEmpty(List<Long> empties, long type, BitSet reported) {
    int[] byWait = sorted((a, b) -> Long.compare(waits[a], waits[b]));
    int next = 0;
    int longest = -1;
    for (int i = 0; i < empties.size(); i++) {
      long empty = empties.get(i);
      Track track = history.track(History.trackOf(empty));
      int op = History.opOf(empty);
      for (; next < size && waits[byWait[next]] < track.invokedAt(op); next++) {
        if (longest < 0 || invokedAts[byWait[next]] > invokedAts[longest]) {
          longest = byWait[next];
        }
      }
      boolean left = longest >= 0 && invokedAts[longest] > track.returnedAt(op);
      if (left && (track.types(op) & type) != 0 && !reported.get(i)) {
        int waiting = longest;
        reported.set(i);
        findings.add(
            Rule.SPURIOUS_EMPTY,
            track.returnedAt(op),
            tasks[waiting],
            history.trackName(History.trackOf(empty))
                + " was told that nothing is due while"
                + " this task waited in lane "
                + name
                + " all along, due"
                + sinceWhen(waiting),
            empty);
      }
    }
  }
}
