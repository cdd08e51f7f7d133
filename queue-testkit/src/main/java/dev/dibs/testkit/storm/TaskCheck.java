package dev.dibs.testkit.storm;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The automaton that walks through the history of one task at a time.
 *
 * <p>Every operation took effect at one moment between its invocation and its return. A rule is
 * broken only if no choice of those moments makes the history one that the queue promises; where
 * the order of two operations is open, both are tried.
 */
final class TaskCheck {
  /** A task claimed more often than this is compared with its newest claims only. */
  private static final int WINDOW = 64;

  private final History history;
  private final Findings findings;
  private final int maxAttempts;
  private final boolean hiddenClaims;
  private final boolean unreadable;

  private final WriteCheck writeCheck;
  private final List<Held> claims = new ArrayList<>();
  private final List<Long> holds = new ArrayList<>();
  private final Arrival arrival = new Arrival();
  private int task;

  /**
   * A check of the tasks of this history.
   *
   * @param hiddenClaims whether a claim's answer was lost, so that it may hold tasks unseen
   */
  TaskCheck(History history, Findings findings, int maxAttempts, boolean hiddenClaims) {
    this.history = history;
    this.findings = findings;
    this.maxAttempts = maxAttempts;
    this.hiddenClaims = hiddenClaims;
    this.unreadable = history.sightings().stream().anyMatch(seen -> seen.rule() == Rule.STUCK);
    this.writeCheck = new WriteCheck(history, findings);
  }

  /**
   * Checks one task, hands its claims and waits to the check of its lane, and when it was live to
   * that of its unique key.
   */
  void check(int task, Events events, LaneCheck lane, UniqueCheck unique) {
    load(task, events);
    for (int i = 0; i < claims.size(); i++) {
      Held claim = claims.get(i);
      checkExpected(claim);
      checkEarly(i);
      checkSoleClaimant(i);
      checkAttempts(i);
      writeCheck.check(task, claim, claims);
      lane.claimed(task, claim, waitBefore(i), mayBeSuspect(i));
    }
    if (!hiddenClaims) {
      checkSkipped();
    }
    checkEnd();
    if (!hiddenClaims && !history.endedAbsent(task)) {
      lane.unclaimed(task, waitBefore(claims.size()));
    }
    unique.add(task, arrival, claims);
  }

  private void load(int task, Events events) {
    this.task = task;
    claims.clear();
    holds.clear();
    arrival.clear();
    List<Long> updates = new ArrayList<>();
    for (int i = 0; i < events.count(task); i++) {
      long reference = events.reference(task, i);
      Track track = history.track(History.trackOf(reference));
      int op = History.opOf(reference);
      switch (track.op(op)) {
        case ENQUEUE -> arrival.add(track, reference);
        case CLAIM -> claims.add(Held.of(history, reference));
        case UPDATE -> updates.add(reference);
        case HOLD -> holds.add(reference);
        case COMMIT, ROLLBACK -> throw new IllegalStateException("an end of a transaction");
      }
    }
    claims.sort(Comparator.comparingLong(Held::returnedAt));
    for (long update : updates) {
      Track track = history.track(History.trackOf(update));
      long owner = track.claim(History.opOf(update), History.itemOf(update));
      for (Held claim : claims) {
        if (claim.reference() == owner) {
          claim.writes().add(Held.write(history, update));
        }
      }
    }
    for (Held claim : claims) {
      claim.writes().sort(Comparator.comparingLong(Held.Write::invokedAt));
    }
  }

  private void checkExpected(Held claim) {
    if (claim.returnedAt() >= arrival.visibleAt()) {
      return;
    }
    if (arrival.isInTransactionBy(claim.returnedAt())) {
      String why = arrival.isPossible() ? "before its commit was sent" : "but never committed";
      add(Rule.TX_VISIBILITY, claim, "it was enqueued in a transaction and claimed " + why);
    } else {
      String why = arrival.isPossible() ? "before its enqueue was sent" : "but never enqueued";
      add(Rule.UNEXPECTED, claim, "it was claimed " + why);
    }
  }

  private void checkEarly(int index) {
    Held claim = claims.get(index);
    boolean early =
        claim.early()
            || (arrival.isPossible()
                && claim.returnedAt() < arrival.dueAt()
                && claim.returnedAt() >= arrival.visibleAt());
    for (int i = Math.max(0, index - WINDOW); i < index && !early; i++) {
      for (Held.Write write : claims.get(i).writes()) {
        early |=
            write.kind().isPutBack()
                && write.answer() == Answer.OK
                && write.returnedAt() < claim.invokedAt()
                && claim.returnedAt() < write.invokedAt() + write.span();
      }
    }
    if (early) {
      add(Rule.EARLY, claim, "attempt " + claim.attempt() + " was claimed before it was due");
    }
  }

  private void checkSoleClaimant(int index) {
    Held claim = claims.get(index);
    int sameAttempt = 0;
    int givenBack = 0;
    Held resurrected = null;
    Held overlapped = null;
    for (int i = Math.max(0, index - WINDOW); i < index; i++) {
      Held earlier = claims.get(i);
      if (earlier.attempt() == claim.attempt()) {
        sameAttempt++;
        givenBack += wasReleased(earlier, claim) ? 1 : 0;
      }
      if (wasFinished(earlier, claim)) {
        resurrected = earlier;
      } else if (overlaps(earlier, claim) && !isSuperseded(i, index)) {
        overlapped = earlier;
      }
    }
    if (resurrected != null) {
      add(
          Rule.RESURRECTED,
          claim,
          by(claim) + " claimed it after " + by(resurrected) + " had finished it for good");
    } else if (sameAttempt > givenBack) {
      add(
          Rule.DUPLICATE_ATTEMPT,
          claim,
          "attempt "
              + claim.attempt()
              + " was claimed "
              + (sameAttempt + 1)
              + " times and given back "
              + givenBack
              + " times");
    } else if (overlapped != null) {
      add(
          Rule.LEASE_OVERLAP,
          claim,
          by(claim)
              + " claimed it while "
              + by(overlapped)
              + " held it: it had not put it back, and its lease was not over");
    }
  }

  private static boolean wasReleased(Held earlier, Held claim) {
    return earlier.writes().stream()
        .anyMatch(
            write ->
                write.kind() == Kind.RELEASE
                    && write.answer().isPossible()
                    && write.invokedAt() < claim.returnedAt());
  }

  /**
   * An accepted completion ends the task, as a cancelling does, and it would not have been accepted
   * after another claim: so a later claim that is neither certainly before it nor after it is wrong
   * all the same.
   */
  private static boolean wasFinished(Held earlier, Held claim) {
    for (Held.Write write : earlier.writes()) {
      boolean after = write.returnedAt() < claim.invokedAt();
      boolean beside =
          write.answer() != Answer.ALREADY_APPLIED
              && claim.isCertainlyAfter(earlier)
              && write.invokedAt() < claim.returnedAt();
      if (write.hasFinished() && (after || beside)) {
        return true;
      }
    }
    return false;
  }

  /** Neither order of the two leaves time for the first one's lease to end. */
  private static boolean overlaps(Held earlier, Held claim) {
    return claim.returnedAt() < earlier.leaseHeldUntil(claim.invokedAt())
        && !earlier.mayBePutBackBy(claim.returnedAt())
        && earlier.returnedAt() < claim.invokedAt() + claim.lease();
  }

  /**
   * Whether the claim at {@code index} had lost the task to a third before {@code later} was sent.
   */
  private boolean isSuperseded(int index, int later) {
    Held claim = claims.get(index);
    Held next = claims.get(later);
    for (Held.Write write : claim.writes()) {
      if (write.answer() == Answer.LEASE_LOST && write.returnedAt() < next.invokedAt()) {
        return true;
      }
    }
    for (int i = index + 1; i < later; i++) {
      if (claims.get(i).isCertainlyAfter(claim) && claims.get(i).returnedAt() < next.invokedAt()) {
        return true;
      }
    }
    return false;
  }

  private void checkAttempts(int index) {
    Held claim = claims.get(index);
    if (claim.attempt() <= maxAttempts) {
      return;
    }
    for (int i = 0; i < index; i++) {
      if (claims.get(i).attempt() >= maxAttempts
          && claims.get(i).mayBePutBackBy(claim.returnedAt())) {
        return;
      }
    }
    add(
        Rule.ATTEMPTS_EXCEEDED,
        claim,
        by(claim) + " claimed attempt " + claim.attempt() + " of " + maxAttempts);
  }

  /**
   * Each claim counts one attempt, and a release takes it back: by the time of a later attempt each
   * was received once, and once more for each time that it was given back. In whichever order: a
   * claim may be answered after its lease is over.
   */
  private void checkSkipped() {
    int last = claims.stream().mapToInt(Held::attempt).max().orElse(0);
    for (int attempt = 1; attempt < last; attempt++) {
      int received = 0;
      int givenBack = 0;
      Held later = null;
      for (Held claim : claims) {
        if (claim.attempt() == attempt) {
          received++;
          givenBack += isGivenBack(claim) ? 1 : 0;
        } else if (claim.attempt() > attempt && later == null) {
          later = claim;
        }
      }
      if (later != null && received <= givenBack) {
        add(
            Rule.ATTEMPT_SKIPPED,
            later,
            String.format(
                "%s claimed attempt %d, yet attempt %d was received %d times and given back %d"
                    + " times",
                by(later), later.attempt(), attempt, received, givenBack));
        return;
      }
    }
  }

  private static boolean isGivenBack(Held claim) {
    return claim.writes().stream()
        .anyMatch(write -> write.kind() == Kind.RELEASE && write.answer() == Answer.OK);
  }

  private void checkEnd() {
    boolean exists = arrival.isAcknowledged() || (arrival.isPossible() && !claims.isEmpty());
    boolean finished = false;
    boolean completed = false;
    boolean cancelled = false;
    boolean maybeFinished = false;
    int lastAttempt = 0;
    for (Held claim : claims) {
      lastAttempt = Math.max(lastAttempt, claim.attempt());
      for (Held.Write write : claim.writes()) {
        finished |= write.hasFinished();
        completed |= write.kind() == Kind.COMPLETE && write.answer().isCertain();
        cancelled |= write.hasCancelled();
        maybeFinished |= write.kind().isTerminal() && write.answer() == Answer.UNKNOWN;
      }
    }
    boolean live = history.endedLive(task);
    boolean dead = history.endedDead(task) && lastAttempt >= maxAttempts;
    boolean calledOff = history.endedCancelled(task);
    if (history.endedAbsent(task)
        && !arrival.isPossible()
        && !arrival.isPassedOver()
        && claims.isEmpty()) {
      addAtEnd(Rule.STUCK, "nothing was finished any more, and it had not been enqueued");
      return;
    }
    String end = "at the end it was " + history.endName(task);
    if (completed && history.wasRead(task) && !history.endedCompleted(task)) {
      addAtEnd(Rule.LOST, "its completion was acknowledged, yet " + end);
      return;
    }
    if (calledOff && finished && !cancelled) {
      addAtEnd(Rule.LOST, "its end was acknowledged, yet " + end);
      return;
    }
    if (!exists || dead || calledOff || ((finished || maybeFinished) && !live)) {
      return;
    }
    if (finished) {
      addAtEnd(Rule.LOST, "its end was acknowledged, yet " + end);
    } else if (live || (unreadable && !history.wasRead(task))) {
      addAtEnd(Rule.STUCK, "nothing was finished any more, and " + end);
    } else {
      addAtEnd(Rule.LOST, "nobody finished it, and " + end);
    }
  }

  /**
   * From when on the task certainly waited for its claim at {@code index}, with nobody's lock on
   * it; {@link LaneCheck#NO_WAIT} if that is not certain.
   */
  private long waitBefore(int index) {
    long since = unclaimedSince(index);
    if (since == LaneCheck.NO_WAIT) {
      return since;
    }
    // A write under a lost claim can lock the newest version of the row before it is refused.
    for (int i = 0; i < index; i++) {
      for (Held.Write write : claims.get(i).writes()) {
        boolean over = write.answer() != Answer.UNKNOWN;
        since = over ? Math.max(since, write.returnedAt()) : LaneCheck.NO_WAIT;
      }
    }
    for (long hold : holds) {
      Track track = history.track(History.trackOf(hold));
      int op = History.opOf(hold);
      if (index == claims.size() || track.invokedAt(op) < claims.get(index).returnedAt()) {
        since = Math.max(since, track.returnedAt(op));
      }
    }
    return since;
  }

  private long unclaimedSince(int index) {
    boolean claimed = index < claims.size();
    if (index == 0) {
      boolean hidden = claimed && claims.get(0).attempt() != 1;
      return hidden ? LaneCheck.NO_WAIT : arrival.waitsSince();
    }
    Held before = claims.get(index - 1);
    for (Held.Write write : before.writes()) {
      if (write.kind().isPutBack() && write.answer() == Answer.OK) {
        int next = before.attempt() + (write.kind() == Kind.RETRY ? 1 : 0);
        boolean hidden = claimed && claims.get(index).attempt() != next;
        return hidden ? LaneCheck.NO_WAIT : write.returnedAt() + write.span();
      }
    }
    return LaneCheck.NO_WAIT;
  }

  /**
   * Whether a task that waits for its claim at {@code index} may have lost two leases since an
   * attempt of it ended by itself. Then a claim that does not meet it first leaves it.
   */
  private boolean mayBeSuspect(int index) {
    return index > 0
        && claims.get(index - 1).alone()
        && claims.get(index - 1).writes().stream()
            .noneMatch(
                write ->
                    write.answer() == Answer.OK
                        && (write.kind() == Kind.RETRY
                            || (write.kind() == Kind.RELEASE && write.span() > 0)));
  }

  private String by(Held claim) {
    return history.trackName(History.trackOf(claim.reference()));
  }

  private void add(Rule rule, Held claim, String reason) {
    findings.add(rule, claim.returnedAt(), task, reason);
  }

  private void addAtEnd(Rule rule, String reason) {
    findings.add(rule, Long.MAX_VALUE, task, reason);
  }
}
