package dev.dibs.testkit.storm;

/**
 * What a {@link Storm} checks in the history of everything its claimers did. Each rule flags only
 * what no order of the operations could explain: times are taken before an operation is sent and
 * after its answer came, and an operation whose answer was lost may have happened or not.
 *
 * <p>Thread-safe: immutable.
 */
public enum Rule {
  /** The same attempt of a task was claimed twice, and no release had given it back in between. */
  DUPLICATE_ATTEMPT,
  /** A task was claimed again while an earlier claim held it: not put back, its lease not over. */
  LEASE_OVERLAP,
  /** A task was claimed after it was completed, cancelled or failed for good. */
  RESURRECTED,
  /** A write was accepted although its claim no longer held the task. */
  STALE_WRITE_ACCEPTED,
  /** A task is gone, or stands otherwise at the end than was acknowledged. */
  LOST,
  /**
   * A task waits for ever, or to be enqueued: nothing was finished for so long that the storm was
   * ended.
   */
  STUCK,
  /** A claim returned a task that nobody had enqueued, or of a type it had not asked for. */
  UNEXPECTED,
  /** A claim returned more tasks than its limit. */
  OVER_LIMIT,
  /** A task was claimed before it was due. */
  EARLY,
  /**
   * A claim took a task and left one that came before it: in the same lane, or in one of a higher
   * priority that it had asked for too.
   */
  ORDER,
  /** A task was claimed for more attempts than it has. */
  ATTEMPTS_EXCEEDED,
  /**
   * A task was claimed for an attempt although nobody had received the one before: a claim took it
   * and did not return it, or what a release gave back was not. Not judged where a claim's answer
   * was lost.
   */
  ATTEMPT_SKIPPED,
  /** A claim returned nothing while a due task waited all along. */
  SPURIOUS_EMPTY,
  /** Two tasks of one type had the same unique key and were live at the same time. */
  UNIQUE_BROKEN,
  /**
   * A task that was enqueued in a transaction was claimed before its commit was sent, or although
   * it was rolled back.
   */
  TX_VISIBILITY,
  /** A claim waited behind a row that somebody else had locked; seen in the database. */
  BLOCKED,
  /** A client left its transaction open while it did something else; seen in the database. */
  IDLE_IN_TX;

  /** Whether it means that a task had two claimants. */
  boolean isDuplicate() {
    return this == DUPLICATE_ATTEMPT || this == LEASE_OVERLAP || this == RESURRECTED;
  }
}
