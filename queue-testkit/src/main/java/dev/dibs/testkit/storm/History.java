package dev.dibs.testkit.storm;

import dev.dibs.Status;
import java.util.BitSet;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Everything that the clients of a storm did and were answered: a {@link Track} for each claimer
 * and one for the enqueuer, on one clock, and how tasks stood when the storm was over.
 *
 * <p>An item of an operation is named by a reference: track, item and position in one long.
 */
final class History {
  /** A reference with this item means the operation as a whole. */
  static final int WHOLE = (1 << 20) - 1;

  private final long origin = System.nanoTime();
  private final Tasks tasks;
  private final Track[] tracks;
  private final BitSet read;
  private final @Nullable Status[] ends;
  private long begunAt;
  private boolean leasesMayExpire;

  History(Tasks tasks, int claimers) {
    if (claimers < 1 || claimers > 4000) {
      throw new IllegalArgumentException("claimers: must be 1 to 4000, was " + claimers);
    }
    this.tasks = tasks;
    this.tracks = new Track[claimers + 1];
    for (int i = 0; i < tracks.length; i++) {
      tracks[i] = new Track();
    }
    this.read = new BitSet();
    this.ends = new Status[tasks.size()];
  }

  /** Nanoseconds on the clock of this history. */
  long now() {
    return System.nanoTime() - origin;
  }

  Tasks tasks() {
    return tasks;
  }

  int claimers() {
    return tracks.length - 1;
  }

  /** How many tracks there are: claimers, then the enqueuer. */
  int tracks() {
    return tracks.length;
  }

  Track track(int index) {
    return tracks[index];
  }

  Track enqueuer() {
    return tracks[tracks.length - 1];
  }

  String trackName(int index) {
    return index == claimers() ? "enqueuer" : "claimer " + index;
  }

  /** What was acknowledged before this moment was preloaded; no claim was sent before it. */
  void begin(long now) {
    begunAt = now;
  }

  /** Leases may expire: see {@link #countsAtOnce}. */
  void leasesMayExpire() {
    leasesMayExpire = true;
  }

  /**
   * Whether a wait that began then counts at once, and not only after the look-behind bound: it was
   * preloaded, and nothing makes a claim lock a task for a moment without taking it. Where leases
   * expire, a claim that takes a suspect alone does.
   */
  boolean countsAtOnce(long since) {
    return since <= begunAt && !leasesMayExpire;
  }

  long begunAt() {
    return begunAt;
  }

  /** Notes how a task stands now that nobody works any more. */
  void ended(int task, Optional<Status> status) {
    read.set(task);
    ends[task] = status.orElse(null);
  }

  boolean endedAbsent(int task) {
    return read.get(task) && ends[task] == null;
  }

  boolean endedLive(int task) {
    return ends[task] == Status.PENDING || ends[task] == Status.PROCESSING;
  }

  boolean endedDead(int task) {
    return ends[task] == Status.FAILED;
  }

  boolean endedCancelled(int task) {
    return ends[task] == Status.CANCELLED;
  }

  /** How the task stood at the end, for a report. */
  String end(int task) {
    Status status = ends[task];
    return status != null ? status.sql() : read.get(task) ? "absent" : "not read";
  }

  static long reference(int track, int op, int item) {
    return (long) track << 52 | (long) item << 32 | op;
  }

  static int trackOf(long reference) {
    return (int) (reference >>> 52);
  }

  static int itemOf(long reference) {
    return (int) (reference >>> 32) & WHOLE;
  }

  static int opOf(long reference) {
    return (int) reference;
  }

  /** The task that an item of an operation is about. */
  int task(int track, int op, int item) {
    Track one = tracks[track];
    if (one.op(op) != Track.Op.UPDATE) {
      return one.task(op, item);
    }
    long claim = one.claim(op, item);
    return tracks[trackOf(claim)].task(opOf(claim), itemOf(claim));
  }
}
