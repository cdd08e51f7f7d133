package dev.dibs.testkit.storm;

import dev.dibs.Priority;
import dev.dibs.Status;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * A history written by hand: times are milliseconds after the storm began, all tasks are due at the
 * same moment, so their numbers are their order; the last task is of a second type.
 */
final class Script {
  static final int ONE_TYPE = 1;
  static final int BOTH_TYPES = 3;
  private static final long LEASE_MILLIS = 1000;
  private static final long LOOK_BEHIND_MILLIS = 100;
  private static final int MAX_ATTEMPTS = 3;

  private final History history;

  Script(int tasks) {
    Tasks all = new Tasks(tasks, List.of("one", "two"));
    for (int task = 0; task < tasks; task++) {
      all.add(new UUID(0x7000, 0x8000_0000_0000_0000L + task), 0, Priority.NORMAL);
    }
    history = new History(all, 3);
  }

  private Script(Tasks tasks) {
    history = new History(tasks, 3);
  }

  /** Two tasks of different types. */
  static Script ofTwoTypes() {
    return ofTwoTypes(Priority.NORMAL, Priority.NORMAL);
  }

  /** Two tasks of different types with these priorities. */
  static Script ofTwoTypes(Priority first, Priority second) {
    Tasks all = new Tasks(2, List.of("one", "two"));
    all.add(new UUID(0x7000, 1), 0, first);
    all.add(new UUID(0x7000, 2), 1, second);
    return new Script(all);
  }

  /** Tasks of one type: the priority of each. */
  static Script of(Priority... priorities) {
    Tasks all = new Tasks(priorities.length, List.of("one", "two"));
    for (int task = 0; task < priorities.length; task++) {
      all.add(new UUID(0x7000, 1 + task), 0, priorities[task]);
    }
    return new Script(all);
  }

  private static long nanos(long millis) {
    return millis * 1_000_000;
  }

  /** All tasks, acknowledged before the storm. */
  Script preload() {
    for (int task = 0; task < history.tasks().size(); task++) {
      enqueue(task, -20, -10, 0, Answer.OK);
    }
    return this;
  }

  Script enqueue(int task, long sent, long answered, long delay, Answer answer) {
    Track track = history.enqueuer();
    int op = track.invokeEnqueue(nanos(sent), false);
    track.enqueues(op, task, delay);
    track.returned(op, nanos(answered), answer);
    return this;
  }

  /** An enqueue that was told that another task has the key. */
  Script passOver(int task, long sent, long answered) {
    Track track = history.enqueuer();
    int op = track.invokeEnqueue(nanos(sent), false);
    track.enqueues(op, task, 0);
    track.skipped(op, 0);
    track.returned(op, nanos(answered), Answer.OK);
    return this;
  }

  /** An enqueue in a transaction that is still open; the operation is what to end it by. */
  int enqueueInTransaction(int task, long sent, long answered) {
    Track track = history.enqueuer();
    int op = track.invokeEnqueue(nanos(sent), true);
    track.enqueues(op, task, 0);
    track.returned(op, nanos(answered), Answer.OK);
    return op;
  }

  Script commit(int enqueue, long sent, long answered, Answer answer) {
    Track track = history.enqueuer();
    track.returned(track.invokeEnd(enqueue, true, nanos(sent)), nanos(answered), answer);
    return this;
  }

  Script rollBack(int enqueue, long sent, long answered) {
    Track track = history.enqueuer();
    track.returned(track.invokeEnd(enqueue, false, nanos(sent)), nanos(answered), Answer.OK);
    return this;
  }

  /** Gives a task a unique key. */
  Script key(int task, int key) {
    history.tasks().keyed(task, key);
    return this;
  }

  /** Somebody had the row of this task locked. */
  Script hold(int task, long from, long until) {
    Track track = history.holder();
    track.returned(track.invokeHold(task, nanos(from)), nanos(until), Answer.OK);
    return this;
  }

  Script sighted(Rule rule, long at) {
    history.sighted(new History.Sighting(rule, nanos(at), Tasks.NONE, "seen"));
    return this;
  }

  /** One claim that returned these attempts of tasks; the reference is that of the first. */
  long claim(int claimer, long sent, long answered, int limit, int types, int... taskAndAttempt) {
    Track track = history.track(claimer);
    int op = track.invoke(Track.Op.CLAIM, nanos(sent), limit, nanos(LEASE_MILLIS), types);
    for (int i = 0; i < taskAndAttempt.length; i += 2) {
      track.claimed(op, taskAndAttempt[i], taskAndAttempt[i + 1], 7, false, false);
    }
    track.returned(op, nanos(answered), Answer.OK);
    return History.reference(claimer, op, 0);
  }

  /** A claim that was told that nothing is due. */
  void empty(int claimer, long sent, long answered, int types) {
    claim(claimer, sent, answered, 10, types, new int[0]);
  }

  /** A claim of one attempt of one task. */
  long claim(int claimer, long sent, long answered, int task, int attempt) {
    return claim(claimer, sent, answered, 10, BOTH_TYPES, task, attempt);
  }

  /** A claim that the database itself dates before the task's due time. */
  long claimBeforeDue(int claimer, long sent, long answered, int task, int attempt) {
    Track track = history.track(claimer);
    int op = track.invoke(Track.Op.CLAIM, nanos(sent), 1, nanos(LEASE_MILLIS), BOTH_TYPES);
    track.claimed(op, task, attempt, 7, true, false);
    track.returned(op, nanos(answered), Answer.OK);
    return History.reference(claimer, op, 0);
  }

  /** A claim of a suspect, which comes alone. */
  long claimAlone(int claimer, long sent, long answered, int task, int attempt) {
    Track track = history.track(claimer);
    int op = track.invoke(Track.Op.CLAIM, nanos(sent), 10, nanos(LEASE_MILLIS), BOTH_TYPES);
    track.claimed(op, task, attempt, 7, false, true);
    track.returned(op, nanos(answered), Answer.OK);
    return History.reference(claimer, op, 0);
  }

  /** A claim that the database refused. */
  Script failedClaim(int claimer, long sent, long answered) {
    Track track = history.track(claimer);
    int op = track.invoke(Track.Op.CLAIM, nanos(sent), 10, nanos(LEASE_MILLIS), BOTH_TYPES);
    track.returned(op, nanos(answered), Answer.FAILED);
    return this;
  }

  /** A claim whose answer was lost. */
  Script lostClaim(int claimer, long sent) {
    history.track(claimer).invoke(Track.Op.CLAIM, nanos(sent), 10, nanos(LEASE_MILLIS), BOTH_TYPES);
    return this;
  }

  /** A claim that failed for its claimer, and may have taken something with this token. */
  Script lostClaim(int claimer, long sent, long answered, UUID token) {
    Track track = history.track(claimer);
    int op = track.invoke(Track.Op.CLAIM, nanos(sent), 10, nanos(LEASE_MILLIS), BOTH_TYPES);
    track.returned(op, nanos(answered), Answer.UNKNOWN);
    return tokenOf(History.reference(claimer, op, 0), token);
  }

  Script tokenOf(long claim, UUID token) {
    int track = History.trackOf(claim);
    long whole = History.reference(track, History.opOf(claim), History.WHOLE);
    history.claimedWith(token, whole);
    return this;
  }

  UUID id(int task) {
    return history.tasks().id(task);
  }

  Script settle(Changes changes) {
    Settlement.of(history, changes);
    return this;
  }

  int stranger() {
    return history.tasks().indexOf(new UUID(1, 1));
  }

  /** The claim of the next item of the same operation. */
  static long next(long claim) {
    return claim + (1L << 32);
  }

  Script write(long claim, Kind kind, long span, long sent, long answered, Answer answer) {
    Track track = history.track(History.trackOf(claim));
    int op = track.invoke(Track.Op.UPDATE, nanos(sent), 0, 0, 0);
    track.updates(op, claim, kind, span * 1000);
    if (answer == Answer.UNKNOWN || answer == Answer.FAILED) {
      track.returned(op, nanos(answered), answer);
    } else {
      track.answer(op, 0, answer);
      track.returned(op, nanos(answered), Answer.OK);
    }
    return this;
  }

  Script write(long claim, Kind kind, long sent, long answered, Answer answer) {
    return write(claim, kind, 0, sent, answered, answer);
  }

  /** An accepted completion. */
  Script complete(long claim, long sent, long answered) {
    return write(claim, Kind.COMPLETE, sent, answered, Answer.OK);
  }

  Script end(int task, Status status) {
    history.ended(task, Optional.of(status));
    return this;
  }

  Script endAbsent(int task) {
    history.ended(task, Optional.empty());
    return this;
  }

  Checker check() {
    return Checker.check(history, MAX_ATTEMPTS, nanos(LOOK_BEHIND_MILLIS));
  }

  Map<Rule, Long> broken() {
    return check().findings().counts();
  }

  String timeline(Rule rule) {
    Checker checker = check();
    return Timeline.of(history, checker.findings().samples(rule).get(0));
  }
}
