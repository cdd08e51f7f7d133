package dev.dibs.testkit.storm;

/**
 * How one task came to be, as far as its enqueues tell. One in a transaction is there when its
 * commit was sent; one that was rolled back, or passed over for its unique key, never is.
 */
final class Arrival {
  private static final long NEVER = Long.MAX_VALUE;

  private long sentAt;
  private long visibleAt;
  private long acknowledgedAt;
  private long transactionAt;
  private long delay;
  private long passedOver;

  void clear() {
    sentAt = NEVER;
    visibleAt = NEVER;
    acknowledgedAt = NEVER;
    transactionAt = NEVER;
    delay = 0;
    passedOver = NEVER;
  }

  /** Adds what one enqueue of the task did. */
  void add(Track track, long reference) {
    int op = History.opOf(reference);
    int item = History.itemOf(reference);
    long invokedAt = track.invokedAt(op);
    long visible = invokedAt;
    long acknowledged = track.returnedAt(op);
    Answer answer = track.answer(op);
    if (track.isInTransaction(op)) {
      transactionAt = Math.min(transactionAt, invokedAt);
      int end = track.end(op);
      if (end == Track.NONE || track.op(end) != Track.Op.COMMIT || !answer.isPossible()) {
        return;
      }
      visible = track.invokedAt(end);
      acknowledged = track.returnedAt(end);
      answer = track.answer(end);
    }
    if (track.isSkipped(op, item)) {
      passedOver = answer == Answer.OK ? reference : passedOver;
    } else if (answer.isPossible()) {
      sentAt = Math.min(sentAt, invokedAt);
      visibleAt = Math.min(visibleAt, visible);
      delay = track.delayNanos(op, item);
      if (answer == Answer.OK) {
        acknowledgedAt = Math.min(acknowledgedAt, acknowledged);
      }
    }
  }

  /** Whether an enqueue may have put it there. */
  boolean isPossible() {
    return sentAt != NEVER;
  }

  boolean isAcknowledged() {
    return acknowledgedAt != NEVER;
  }

  /** When it was certainly there; the end of time if that is not certain. */
  long acknowledgedAt() {
    return acknowledgedAt;
  }

  /** Before this moment its row was not even written. */
  long sentAt() {
    return sentAt;
  }

  /** Before this moment nobody could see it. */
  long visibleAt() {
    return visibleAt;
  }

  /** Before this moment it was certainly not due. */
  long dueAt() {
    return isPossible() ? sentAt + delay : NEVER;
  }

  /** From when on it was certainly due and there; the end of time if that is not certain. */
  long waitsSince() {
    return isAcknowledged() ? acknowledgedAt + delay : NEVER;
  }

  /** Whether it was written in a transaction by then, whatever became of that. */
  boolean isInTransactionBy(long time) {
    return transactionAt < time;
  }

  /** Whether it was certainly passed over for its unique key. */
  boolean isPassedOver() {
    return passedOver != NEVER;
  }

  /** The item of the enqueue that was told that another task has its key. */
  long passedOver() {
    return passedOver;
  }
}
