package dev.dibs.testkit.storm;

import dev.dibs.Status;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Everything that the clients of a storm did and were answered: a {@link Track} for each claimer,
 * one for the enqueuer and one for who holds rows, on one clock; what was sighted from outside; and
 * how tasks stood when the storm was over.
 *
 * <p>An item of an operation is named by a reference: track, item and position in one long.
 */
final class History {
  /** A reference with this item means the operation as a whole. */
  static final int WHOLE = (1 << 20) - 1;

  private static final List<Status> STATUSES = List.of(Status.values());

  private final long origin = System.nanoTime();
  private final Tasks tasks;
  private final Track[] tracks;
  private final List<Sighting> sightings = new CopyOnWriteArrayList<>();
  private final Map<Long, UUID> tokens = new ConcurrentHashMap<>();
  private final BitSet read;
  private byte[] ends = new byte[0];
  private long begunAt;
  private boolean leasesMayExpire;

  /**
   * A breach that was seen in the database itself, and not in what the clients were answered.
   *
   * @param rule the rule
   * @param at when, on the history's clock
   * @param task the task that it is about; negative if none is known
   * @param reason why, in a sentence
   */
  record Sighting(Rule rule, long at, int task, String reason) {}

  History(Tasks tasks, int claimers) {
    if (claimers < 1 || claimers > 4000) {
      throw new IllegalArgumentException("claimers: must be 1 to 4000, was " + claimers);
    }
    this.tasks = tasks;
    this.tracks = new Track[claimers + 2];
    for (int i = 0; i < tracks.length; i++) {
      tracks[i] = new Track();
    }
    this.read = new BitSet();
  }

  /** Nanoseconds on the clock of this history. */
  long now() {
    return System.nanoTime() - origin;
  }

  Tasks tasks() {
    return tasks;
  }

  int claimers() {
    return tracks.length - 2;
  }

  /** How many tracks there are: claimers, then the enqueuer, then the holder of rows. */
  int tracks() {
    return tracks.length;
  }

  Track track(int index) {
    return tracks[index];
  }

  Track enqueuer() {
    return tracks[claimers()];
  }

  Track holder() {
    return tracks[claimers() + 1];
  }

  String trackName(int index) {
    return index < claimers() ? "claimer " + index : index == claimers() ? "enqueuer" : "holder";
  }

  /** Notes what was seen; from any thread. */
  void sighted(Sighting sighting) {
    sightings.add(sighting);
  }

  /** Remembers the token of a claim, for what is known elsewhere by it; from any thread. */
  void claimedWith(UUID token, long claim) {
    tokens.put(claim, token);
  }

  /** The token of a claim as a whole, if it was remembered. */
  Optional<UUID> token(long claim) {
    return Optional.ofNullable(tokens.get(claim));
  }

  List<Sighting> sightings() {
    return sightings;
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
    if (ends.length == 0) {
      ends = new byte[tasks.size()];
    }
    read.set(task);
    ends[task] = code(status);
  }

  private static byte code(Optional<Status> status) {
    return (byte) status.map(one -> STATUSES.indexOf(one) + 1).orElse(0).intValue();
  }

  /** How a task stood at the end; empty if it was gone or, as {@link #wasRead} says, not read. */
  Optional<Status> end(int task) {
    int code = ends.length == 0 ? 0 : ends[task];
    return code == 0 ? Optional.empty() : Optional.of(STATUSES.get(code - 1));
  }

  boolean wasRead(int task) {
    return read.get(task);
  }

  boolean endedAbsent(int task) {
    return read.get(task) && end(task).isEmpty();
  }

  boolean endedLive(int task) {
    return is(task, Status.PENDING) || is(task, Status.PROCESSING);
  }

  boolean endedDead(int task) {
    return is(task, Status.FAILED);
  }

  boolean endedCancelled(int task) {
    return is(task, Status.CANCELLED);
  }

  private boolean is(int task, Status status) {
    return end(task).filter(end -> end == status).isPresent();
  }

  /** How the task stood at the end, for a report. */
  String endName(int task) {
    return end(task).map(Status::sql).orElse(read.get(task) ? "absent" : "not read");
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
