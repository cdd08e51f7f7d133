package dev.dibs.testkit.storm;

import java.util.Arrays;

/**
 * What one client did, operation by operation, packed into longs so that millions of operations fit
 * in memory and recording costs no allocation, lock or cache line shared with other clients.
 *
 * <pre>
 * operation: code | answer | limit | items, invoked at, returned at, lease, types asked for; then its items
 * enqueue:   task | delay in ms | skipped
 * claim:     task | attempt | early | alone,  run_at in µs
 * update:    reference to the claim's item,   kind | answer | span in µs
 * hold:      task
 * </pre>
 *
 * <p>An enqueue in a transaction has the operation that ended it in the place of the lease, and
 * that one, a commit or a rollback without items, has the enqueue in the place of the types.
 *
 * <p>An operation is written when it is invoked and filled in when it returns, so one that never
 * returns is there as unknown. Written by one thread; {@code size} publishes what others may read.
 */
final class Track {
  enum Op {
    ENQUEUE,
    CLAIM,
    UPDATE,
    /** Ends the transaction of an enqueue so that its tasks are there. */
    COMMIT,
    /** Ends the transaction of an enqueue so that nothing came of it. */
    ROLLBACK,
    /** Not a client's: the row of a pending task is locked from before to after. */
    HOLD;

    private static final Op[] BY_CODE = values();

    @SuppressWarnings("EnumOrdinal") // tracks never outlive the run
    private int code() {
      return ordinal();
    }
  }

  private static final int HEAD = 5;
  private static final long EARLY = 1L << 62;
  private static final long ALONE = 1L << 61;
  private static final long SKIPPED = 1L << 63;

  /** In the place of the lease of an enqueue whose transaction was not ended. */
  private static final long OPEN = -1;

  /** No operation. */
  static final int NONE = -1;

  private static final int CHUNK_BITS = 10;
  private static final int CHUNK = 1 << CHUNK_BITS;

  private long[][] chunks = new long[8][];
  private int filled;
  private volatile int size;

  private long get(int at) {
    return chunks[at >>> CHUNK_BITS][at & (CHUNK - 1)];
  }

  private void set(int at, long value) {
    chunks[at >>> CHUNK_BITS][at & (CHUNK - 1)] = value;
  }

  private void append(long value) {
    int chunk = filled >>> CHUNK_BITS;
    if (chunk == chunks.length) {
      chunks = Arrays.copyOf(chunks, chunk * 2);
    }
    if (chunks[chunk] == null) {
      chunks[chunk] = new long[CHUNK];
    }
    set(filled, value);
    filled++;
  }

  /** Begins an operation and returns its position; limit, lease and types matter to claims only. */
  int invoke(Op op, long now, int limit, long leaseNanos, long types) {
    int at = filled;
    append(op.code() | (long) limit << 8);
    append(now);
    append(Long.MAX_VALUE);
    append(leaseNanos);
    append(types);
    size = filled;
    return at;
  }

  /** Begins an enqueue; within a transaction, it counts only if {@link #invokeEnd} commits it. */
  int invokeEnqueue(long now, boolean inTransaction) {
    return invoke(Op.ENQUEUE, now, 0, inTransaction ? OPEN : 0, 0);
  }

  /** Begins the end of the transaction of an enqueue of this track. */
  int invokeEnd(int enqueue, boolean commit, long now) {
    int op = invoke(commit ? Op.COMMIT : Op.ROLLBACK, now, 0, 0, enqueue);
    set(enqueue + 3, op);
    return op;
  }

  /** Begins to hold the row of this task. */
  int invokeHold(int task, long now) {
    int op = invoke(Op.HOLD, now, 0, 0, 0);
    append(task);
    counted(op);
    return op;
  }

  void enqueues(int op, int task, long delayMillis) {
    append(task | delayMillis << 32);
    counted(op);
  }

  /** The enqueue passed this item over, because another task had its unique key. */
  void skipped(int op, int item) {
    int at = op + HEAD + item;
    set(at, get(at) | SKIPPED);
  }

  void claimed(int op, int task, int attempt, long runAtMicros, boolean early, boolean alone) {
    long flags = (early ? EARLY : 0) | (alone ? ALONE : 0);
    append((task & 0xFFFF_FFFFL) | (long) attempt << 32 | flags);
    append(runAtMicros);
    counted(op);
  }

  void updates(int op, long claim, Kind kind, long spanMicros) {
    append(claim);
    append(kind.code() | spanMicros << 6);
    counted(op);
  }

  private void counted(int op) {
    set(op, get(op) + (1L << 32));
  }

  /** Sets the answer of one update of a batch, before {@link #returned}. */
  void answer(int op, int item, Answer answer) {
    int at = op + HEAD + 2 * item + 1;
    set(at, get(at) | (long) answer.code() << 3);
  }

  void returned(int op, long now, Answer answer) {
    set(op, get(op) | (long) answer.code() << 3);
    set(op + 2, now);
    size = filled;
  }

  /** Replaces the answer of an operation that was lost, once it is known from elsewhere. */
  void settle(int op, Answer answer, long returnedAt) {
    set(op, (get(op) & ~(7L << 3)) | (long) answer.code() << 3);
    set(op + 2, returnedAt);
  }

  /** The end of the track: operations are at 0, {@link #next}(0) and so on below it. */
  int size() {
    return size;
  }

  int next(int op) {
    return op + HEAD + width(op) * count(op);
  }

  Op op(int op) {
    return Op.BY_CODE[(int) get(op) & 7];
  }

  Answer answer(int op) {
    return Answer.ofCode((int) (get(op) >>> 3) & 7);
  }

  int limit(int op) {
    return (int) (get(op) >>> 8) & 0xFF_FFFF;
  }

  int count(int op) {
    return (int) (get(op) >>> 32);
  }

  long invokedAt(int op) {
    return get(op + 1);
  }

  long returnedAt(int op) {
    return get(op + 2);
  }

  long lease(int op) {
    return get(op + 3);
  }

  long types(int op) {
    return get(op + 4);
  }

  private int width(int op) {
    return op(op) == Op.CLAIM || op(op) == Op.UPDATE ? 2 : 1;
  }

  private long first(int op, int item) {
    return get(op + HEAD + width(op) * item);
  }

  private long second(int op, int item) {
    return get(op + HEAD + 2 * item + 1);
  }

  /** Whether an enqueue was made in a transaction that is ended by an operation of its own. */
  boolean isInTransaction(int enqueue) {
    return get(enqueue + 3) != 0;
  }

  /** The commit or rollback of an enqueue in a transaction; {@link #NONE} if it was not sent. */
  int end(int enqueue) {
    return (int) get(enqueue + 3);
  }

  /** The enqueue that a commit or rollback is about. */
  int enqueue(int end) {
    return (int) get(end + 4);
  }

  /** The task of an item of an enqueue, a claim or a hold. */
  int task(int op, int item) {
    return (int) first(op, item);
  }

  int attempt(int op, int item) {
    return (int) (first(op, item) >>> 32) & 0xFFFF;
  }

  boolean early(int op, int item) {
    return (first(op, item) & EARLY) != 0;
  }

  /** Whether the claim said that the task must run with nothing beside it. */
  boolean alone(int op, int item) {
    return (first(op, item) & ALONE) != 0;
  }

  boolean isSkipped(int op, int item) {
    return (first(op, item) & SKIPPED) != 0;
  }

  long runAt(int op, int item) {
    return second(op, item);
  }

  long delayNanos(int op, int item) {
    return (first(op, item) >>> 32 & 0x7FFF_FFFF) * 1_000_000;
  }

  /** The item of the claim that an update belongs to. */
  long claim(int op, int item) {
    return first(op, item);
  }

  Kind kind(int op, int item) {
    return Kind.ofCode((int) second(op, item) & 7);
  }

  /** What one update of a batch was answered. */
  Answer updateAnswer(int op, int item) {
    Answer whole = answer(op);
    return whole == Answer.OK ? Answer.ofCode((int) (second(op, item) >>> 3) & 7) : whole;
  }

  long spanNanos(int op, int item) {
    return (second(op, item) >>> 6) * 1000;
  }
}
