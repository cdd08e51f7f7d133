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

  private final List<Held> claims = new ArrayList<>();
  private int task;
  private boolean enqueued;
  private long firstSentAt;
  private long acknowledgedAt;
  private long enqueueDelay;

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
  }

  /** Checks one task and hands its claims and waits to the check of its lane. */
  void check(int task, Events events, LaneCheck lane) {
    load(task, events);
    for (int i = 0; i < claims.size(); i++) {
      Held claim = claims.get(i);
      checkExpected(claim);
      checkEarly(i);
      checkSoleClaimant(i);
      checkAttempts(i);
      checkWrites(claim);
      lane.claimed(task, claim, waitBefore(i));
    }
    checkEnd();
    if (!hiddenClaims && !history.endedAbsent(task)) {
      lane.unclaimed(task, waitBefore(claims.size()));
    }
  }

  private void load(int task, Events events) {
    this.task = task;
    claims.clear();
    enqueued = false;
    firstSentAt = Long.MAX_VALUE;
    acknowledgedAt = Long.MAX_VALUE;
    List<Long> updates = new ArrayList<>();
    for (int i = 0; i < events.count(task); i++) {
      long reference = events.reference(task, i);
      Track track = history.track(History.trackOf(reference));
      int op = History.opOf(reference);
      switch (track.op(op)) {
        case ENQUEUE -> loadEnqueue(track, op, History.itemOf(reference));
        case CLAIM -> claims.add(Held.of(history, reference));
        case UPDATE -> updates.add(reference);
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

  private void loadEnqueue(Track track, int op, int item) {
    Answer answer = track.answer(op);
    if (answer.isPossible()) {
      enqueued = true;
      firstSentAt = Math.min(firstSentAt, track.invokedAt(op));
      enqueueDelay = track.delayNanos(op, item);
    }
    if (answer == Answer.OK) {
      acknowledgedAt = Math.min(acknowledgedAt, track.returnedAt(op));
    }
  }

  private void checkExpected(Held claim) {
    if (!enqueued || claim.returnedAt() < firstSentAt) {
      add(
          Rule.UNEXPECTED,
          claim,
          "it was claimed " + (enqueued ? "before its enqueue was sent" : "but never enqueued"));
    }
  }

  private void checkEarly(int index) {
    Held claim = claims.get(index);
    boolean early =
        claim.early()
            || (enqueued
                && claim.returnedAt() < firstSentAt + enqueueDelay
                && claim.returnedAt() >= firstSentAt);
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

  private void checkWrites(Held claim) {
    for (Held.Write write : claim.writes()) {
      String lost = "";
      if (write.answer() == Answer.OK) {
        lost = lostBefore(claim, write);
      } else if (write.answer() == Answer.CANCELLED) {
        lost = notCancelled(claim, write);
      } else if (write.answer() == Answer.ALREADY_APPLIED && !hasForerunner(claim, write)) {
        lost = "nothing of the kind had been sent with this claim before";
      }
      if (!lost.isEmpty()) {
        findings.add(
            Rule.STALE_WRITE_ACCEPTED,
            write.returnedAt(),
            task,
            by(claim)
                + " was answered "
                + write.answer()
                + " to "
                + write.kind()
                + " of attempt "
                + claim.attempt()
                + ", although "
                + lost);
      }
    }
  }

  /** Why the claim could no longer hold the task when the write was sent; empty if it could. */
  private String lostBefore(Held claim, Held.Write write) {
    for (Held.Write earlier : claim.writes()) {
      if (earlier.reference() != write.reference() && earlier.certainlyEndedBy(write.invokedAt())) {
        return earlier.kind() + " had already ended this claim";
      }
    }
    return takenBefore(claim, write);
  }

  /**
   * Why the task could not be one that is cancelled, or shall be, under this claim's token; empty
   * if it could. One that was put back may have been cancelled since; a finished one may not.
   */
  private String notCancelled(Held claim, Held.Write write) {
    for (Held.Write earlier : claim.writes()) {
      if (earlier.kind().isTerminal()
          && earlier.answer().isCertain()
          && earlier.returnedAt() < write.invokedAt()) {
        return earlier.kind() + " had already finished it";
      }
    }
    return takenBefore(claim, write);
  }

  private String takenBefore(Held claim, Held.Write write) {
    for (Held other : claims) {
      if (other.isCertainlyAfter(claim) && other.returnedAt() < write.invokedAt()) {
        return by(other) + " had claimed it since";
      }
    }
    return "";
  }

  /** What does not end a claim is never answered so: it may be written any number of times. */
  private static boolean hasForerunner(Held claim, Held.Write write) {
    if (!write.kind().endsClaim()) {
      return false;
    }
    return claim.writes().stream()
        .anyMatch(
            other ->
                other.reference() != write.reference()
                    && other.kind() == write.kind()
                    && other.answer().isPossible()
                    && other.invokedAt() < write.returnedAt());
  }

  private void checkEnd() {
    boolean exists = acknowledgedAt != Long.MAX_VALUE || (enqueued && !claims.isEmpty());
    boolean finished = false;
    boolean cancelled = false;
    boolean maybeFinished = false;
    int lastAttempt = 0;
    for (Held claim : claims) {
      lastAttempt = Math.max(lastAttempt, claim.attempt());
      for (Held.Write write : claim.writes()) {
        finished |= write.hasFinished();
        cancelled |= write.hasCancelled();
        maybeFinished |= write.kind().isTerminal() && write.answer() == Answer.UNKNOWN;
      }
    }
    boolean live = history.endedLive(task);
    boolean dead = history.endedDead(task) && lastAttempt >= maxAttempts;
    boolean calledOff = history.endedCancelled(task);
    if (calledOff && finished && !cancelled) {
      addAtEnd(Rule.LOST, "its end was acknowledged, yet at the end it was cancelled");
      return;
    }
    if (!exists || dead || calledOff || ((finished || maybeFinished) && !live)) {
      return;
    }
    String end = "at the end it was " + history.end(task);
    if (finished) {
      addAtEnd(Rule.LOST, "its end was acknowledged, yet " + end);
    } else if (live) {
      addAtEnd(Rule.STUCK, "nothing was finished any more, and " + end);
    } else {
      addAtEnd(Rule.LOST, "nobody finished it, and " + end);
    }
  }

  /**
   * From when on the task certainly waited for its claim at {@code index}; {@link
   * LaneCheck#NO_WAIT} if that is not certain.
   */
  private long waitBefore(int index) {
    boolean claimed = index < claims.size();
    if (index == 0) {
      boolean certain = acknowledgedAt != Long.MAX_VALUE;
      boolean hidden = claimed && claims.get(0).attempt() != 1;
      return certain && !hidden ? acknowledgedAt + enqueueDelay : LaneCheck.NO_WAIT;
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
