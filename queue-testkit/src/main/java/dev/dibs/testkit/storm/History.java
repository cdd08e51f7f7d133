package dev.dibs.testkit.storm;

import dev.dibs.Status;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

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

  /**
   * What a check needs to know of the storm.
   *
   * @param call the calls that make its plan again
   * @param seed its seed
   * @param maxAttempts of each task
   * @param lookBehind nanoseconds within which the queue must find what was not preloaded
   */
  record Origin(String call, long seed, int maxAttempts, long lookBehind) {}

  private final long zero;
  private final Origin origin;
  private final Tasks tasks;
  private final Track[] tracks;
  private final List<Sighting> sightings = new CopyOnWriteArrayList<>();
  private final Map<Long, UUID> tokens = new ConcurrentHashMap<>();
  private final BitSet read;
  private byte[] ends = new byte[0];
  private final @Nullable Journal journal;
  private Map<Fault, Long> injected = Map.of();
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

  History(Tasks tasks, int claimers, Origin origin) {
    this(tasks, claimers, origin, System.nanoTime(), null);
  }

  /**
   * A history that is written down while it is made.
   *
   * @param zero what {@link System#nanoTime} shows when the clock of this history shows zero
   * @param journal where each operation goes when it is sent, and again when it is answered
   */
  History(Tasks tasks, int claimers, Origin origin, long zero, @Nullable Journal journal) {
    if (claimers < 1 || claimers > 4000) {
      throw new IllegalArgumentException("claimers: must be 1 to 4000, was " + claimers);
    }
    this.tasks = tasks;
    this.origin = origin;
    this.zero = zero;
    this.journal = journal;
    this.tracks = new Track[claimers + 2];
    for (int i = 0; i < tracks.length; i++) {
      tracks[i] = new Track();
    }
    this.read = new BitSet();
  }

  /** Nanoseconds on the clock of this history. */
  long now() {
    return System.nanoTime() - zero;
  }

  /** What {@link System#nanoTime} shows when this clock shows zero. */
  long zero() {
    return zero;
  }

  Origin origin() {
    return origin;
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

  boolean leasesExpire() {
    return leasesMayExpire;
  }

  /**
   * Whether a wait that began then counts at once, and not only after the look-behind bound: it was
   * preloaded, and nothing makes a claim lock a task for a moment without taking it. Where leases
   * expire, a claim that takes a suspect alone does.
   */
  boolean countsAtOnce(long since) {
    return since <= begunAt && !leasesMayExpire;
  }

  /** Whether the storm was long enough for the first task's wait to count. */
  boolean countsAnyWait() {
    long since = Long.MAX_VALUE;
    Track track = enqueuer();
    for (int op = 0; op < track.size(); op = track.next(op)) {
      if (track.op(op) == Track.Op.ENQUEUE && track.answer(op) == Answer.OK) {
        since = Math.min(since, track.returnedAt(op));
      }
    }
    return countsAtOnce(since) || lastAt() - since > origin.lookBehind();
  }

  /** When the last answer came. */
  long lastAt() {
    long last = begunAt;
    for (Track track : tracks) {
      for (int op = 0; op < track.size(); op = track.next(op)) {
        long end = track.returnedAt(op);
        last = end == Long.MAX_VALUE ? last : Math.max(last, end);
      }
    }
    return last;
  }

  long begunAt() {
    return begunAt;
  }

  /** An operation of this track is filled in and about to be sent. */
  void sending(int track, int op) {
    if (journal != null) {
      journal.write(new HistoryEvents(this).invoked(track, op));
    }
  }

  /** The answer to an operation of this track is filled in. */
  void answered(int track, int op) {
    if (journal != null) {
      journal.write(new HistoryEvents(this).returned(track, op));
    }
  }

  /** How often each fault was injected. */
  void injected(Map<Fault, Long> counts) {
    injected = Map.copyOf(counts);
  }

  Map<Fault, Long> injected() {
    return injected;
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

  boolean endedCompleted(int task) {
    return is(task, Status.COMPLETED);
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
