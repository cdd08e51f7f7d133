package dev.dibs.testkit.storm;

import java.util.ArrayList;
import java.util.List;

/** One claim of one task as the history has it, with the updates made under it. */
record Held(
    long reference,
    long invokedAt,
    long returnedAt,
    long lease,
    int attempt,
    long runAt,
    boolean early,
    boolean alone,
    List<Write> writes) {

  /** One update; {@code span} is its delay or new lease in nanoseconds. */
  record Write(
      long reference, Kind kind, Answer answer, long invokedAt, long returnedAt, long span) {

    /** Whether it ended the claim before {@code time}, and whoever asked then knew it. */
    boolean certainlyEndedBy(long time) {
      return kind.endsClaim() && (answer.isCertain() || hasCancelled()) && returnedAt < time;
    }

    /**
     * Whether its task is cancelled by it, now or already. To what means to go on with the attempt
     * the same answer says only that nothing was written.
     */
    boolean hasCancelled() {
      return answer == Answer.CANCELLED && kind.endsClaim() && kind != Kind.COMPLETE;
    }

    /** Whether its task is certainly finished since. */
    boolean hasFinished() {
      return hasCancelled() || (kind.isTerminal() && answer.isCertain());
    }
  }

  static Held of(History history, long reference) {
    Track track = history.track(History.trackOf(reference));
    int op = History.opOf(reference);
    int item = History.itemOf(reference);
    return new Held(
        reference,
        track.invokedAt(op),
        track.returnedAt(op),
        track.lease(op),
        track.attempt(op, item),
        track.runAt(op, item),
        track.early(op, item),
        track.alone(op, item),
        new ArrayList<>(1));
  }

  static Write write(History history, long reference) {
    Track track = history.track(History.trackOf(reference));
    int op = History.opOf(reference);
    int item = History.itemOf(reference);
    return new Write(
        reference,
        track.kind(op, item),
        track.updateAnswer(op, item),
        track.invokedAt(op),
        track.returnedAt(op),
        track.spanNanos(op, item));
  }

  /**
   * Whether this claim took effect after {@code earlier}, whatever happened inside the intervals.
   */
  boolean isCertainlyAfter(Held earlier) {
    return invokedAt > earlier.returnedAt;
  }

  /**
   * A moment before which the lease was certainly not over for a claim sent at {@code time}. An
   * extension counts from when it was sent; one that may not have come first can only shorten this.
   */
  long leaseHeldUntil(long time) {
    long end = invokedAt + lease;
    for (Write write : writes) {
      if (write.kind() == Kind.EXTEND && write.answer().isPossible()) {
        long extended = write.invokedAt() + write.span();
        boolean certain = write.answer().isCertain() && write.returnedAt() < time;
        end = certain ? extended : Math.min(end, extended);
      }
    }
    return end;
  }

  /** Whether a retry or release under this claim may have put the task back before {@code time}. */
  boolean mayBePutBackBy(long time) {
    for (Write write : writes) {
      if (write.kind().isPutBack() && write.answer().isPossible() && write.invokedAt() < time) {
        return true;
      }
    }
    return false;
  }
}
