package dev.dibs.testkit;

import dev.dibs.AttemptError;
import dev.dibs.NewTask;
import dev.dibs.Outcome;
import dev.dibs.Priority;
import dev.dibs.Status;
import dev.dibs.Task;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One row of {@link Model}: what is remembered of a task, and each transition that is legal for it.
 * It checks no fence; {@link Model} does, before it calls a transition.
 */
final class ModelTask {
  /** UUIDs as PostgreSQL orders them, by unsigned bytes; {@link UUID#compareTo} is signed. */
  static final Comparator<UUID> ID_ORDER =
      Comparator.<UUID, Long>comparing(UUID::getMostSignificantBits, Long::compareUnsigned)
          .thenComparing(UUID::getLeastSignificantBits, Long::compareUnsigned);

  /** The order inside a lane. */
  static final Comparator<ModelTask> LANE_ORDER =
      Comparator.<ModelTask, Instant>comparing(task -> task.runAt)
          .thenComparing(task -> task.id, ID_ORDER);

  /** From this many expired leases on, a task is claimed only by itself. */
  private static final int SUSPICIOUS_EXPIRIES = 2;

  private static final String EXPIRED = "the lease expired";

  private final UUID id;
  private final String queue;
  private final String type;
  private final String payload;
  private final Priority priority;
  private final int maxAttempts;
  private final Instant createdAt;
  private final @Nullable UniqueKey uniqueKey;
  private final ErrorHistory errors = new ErrorHistory();

  private Status status = Status.PENDING;
  private int attempt;
  private Instant runAt;
  private @Nullable Instant startedAt;
  private @Nullable Instant completedAt;
  private @Nullable String error;
  private @Nullable UUID token;
  private @Nullable Instant leaseUntil;
  private int expiries;
  private boolean alone;
  private boolean cancelRequested;
  private @Nullable String progress;
  private @Nullable String result;

  ModelTask(NewTask task, Instant now) {
    this.id = task.id();
    this.queue = task.queue();
    this.type = task.type();
    this.payload = JsonbText.normalize(task.payload());
    this.priority = task.priority();
    this.maxAttempts = task.maxAttempts();
    this.createdAt = now;
    this.uniqueKey = UniqueKey.of(task, now);
    this.runAt = task.runAt().orElse(later(now, task.delay()));
  }

  UUID id() {
    return id;
  }

  String queue() {
    return queue;
  }

  String type() {
    return type;
  }

  Priority priority() {
    return priority;
  }

  Status status() {
    return status;
  }

  Instant runAt() {
    return runAt;
  }

  Optional<Instant> completedAt() {
    return Optional.ofNullable(completedAt);
  }

  Optional<String> error() {
    return Optional.ofNullable(error);
  }

  List<AttemptError> errors() {
    return errors.view();
  }

  Optional<UniqueKey> uniqueKey() {
    return Optional.ofNullable(uniqueKey);
  }

  /** Whether it keeps no other task of its unique window out. */
  boolean isWindowOver(Instant now) {
    return uniqueKey()
        .flatMap(UniqueKey::bucket)
        .map(bucket -> !bucket.end().isAfter(now))
        .orElse(true);
  }

  boolean isCancelRequested() {
    return cancelRequested;
  }

  /** Whether the attempt that runs must run alone; says nothing of a task that does not run. */
  boolean alone() {
    return alone;
  }

  int expiries() {
    return expiries;
  }

  Optional<Instant> leaseUntil() {
    return Optional.ofNullable(leaseUntil);
  }

  /**
   * Whether this is what an enqueue of that task would have made; where it waits does not matter.
   */
  boolean repeats(NewTask task) {
    return type.equals(task.type())
        && JsonbEquality.equal(payload, JsonbText.normalize(task.payload()));
  }

  /** Whether the claim index holds it. */
  boolean isLive() {
    return status == Status.PENDING || status == Status.PROCESSING;
  }

  /** Whether its time has not come yet. */
  boolean isScheduled(Instant now) {
    return runAt.isAfter(now);
  }

  /** Whether a claim may take it, if it is live. */
  boolean isClaimable(Instant now) {
    return status != Status.PROCESSING || isExpired(now);
  }

  /** Whether it may be what kills its workers, so that nothing may be claimed together with it. */
  boolean isSuspect(Instant now) {
    return expiriesAfterClaim(now) >= SUSPICIOUS_EXPIRIES;
  }

  /** Whether its lease is over, so that the next claim takes it. */
  boolean isExpired(Instant now) {
    return status == Status.PROCESSING && leaseUntil().filter(end -> end.isBefore(now)).isPresent();
  }

  /**
   * Whether a claim that meets it ends it: somebody asked to cancel it, or it has proved, by
   * running alone, that its last attempt came to nothing.
   */
  boolean endsWhenMet(Instant now) {
    return cancelRequested || (isExpired(now) && alone && attempt >= maxAttempts);
  }

  boolean isHeldUnder(UUID token) {
    return token.equals(this.token);
  }

  /**
   * What a write under the task's own token finds that is too late or comes twice. A lease is left
   * behind by whoever ended the attempt by hand, never by a claim's own write.
   */
  Outcome repetition(Status wanted) {
    return status == wanted && leaseUntil == null ? Outcome.ALREADY_APPLIED : Outcome.LEASE_LOST;
  }

  void claim(Instant now, UUID token, Duration lease) {
    noteExpiry(now);
    expiries = expiriesAfterClaim(now);
    alone = expiries >= SUSPICIOUS_EXPIRIES;
    status = Status.PROCESSING;
    attempt++;
    startedAt = now;
    this.token = token;
    leaseUntil = later(now, lease);
  }

  void extend(Instant now, Duration lease) {
    leaseUntil = later(now, lease);
  }

  void progress(String progress) {
    this.progress = JsonbText.normalize(progress);
  }

  void complete(Instant now, Optional<String> result) {
    this.result = result.map(JsonbText::normalize).orElse(null);
    error = null;
    finish(now, Status.COMPLETED);
  }

  void fail(Instant now, String error) {
    keep(now, error);
    finish(now, cancelRequested ? Status.CANCELLED : Status.FAILED);
  }

  /** The end by a claim that met it; it is that claim's token that is left behind. */
  void end(Instant now, UUID token) {
    noteExpiry(now);
    this.token = token;
    if (!cancelRequested) {
      error = "the lease expired and no attempts are left";
    }
    finish(now, cancelRequested ? Status.CANCELLED : Status.FAILED);
  }

  void retry(Instant now, String error, Duration delay) {
    keep(now, error);
    if (cancelRequested) {
      finish(now, Status.CANCELLED);
      return;
    }
    runAt = later(now, delay);
    expiries = 0;
    backToPending();
  }

  void release(Instant now, Duration delay) {
    attempt = Math.max(attempt - 1, 0);
    if (cancelRequested) {
      finish(now, Status.CANCELLED);
      return;
    }
    backToPending();
    // Without a delay it may never have run, so its expiries still count.
    if (!delay.truncatedTo(ChronoUnit.MICROS).isZero()) {
      runAt = later(now, delay);
      expiries = 0;
    }
  }

  /** Called off: at once if nobody works on it, else when the attempt ends. */
  void cancel(Instant now) {
    if (isLive()) {
      cancelRequested = true;
    }
    if (status == Status.PENDING) {
      finish(now, Status.CANCELLED);
    }
  }

  /** A new start for a failed task; no claim of before means anything to it any more. */
  void redrive(Instant now) {
    attempt = 0;
    runAt = now;
    startedAt = null;
    completedAt = null;
    token = null;
    expiries = 0;
    progress = null;
    backToPending();
  }

  /** The operator's rescue by hand: status and start only, so the lease stays behind. */
  void putBack() {
    status = Status.PENDING;
    startedAt = null;
  }

  Task view() {
    return new Task(
        id,
        queue,
        type,
        payload,
        priority,
        status,
        attempt,
        maxAttempts,
        runAt,
        createdAt,
        Optional.ofNullable(startedAt),
        Optional.ofNullable(completedAt),
        Optional.ofNullable(error),
        uniqueKey().map(UniqueKey::key),
        cancelRequested,
        Optional.ofNullable(progress),
        Optional.ofNullable(result));
  }

  /** To the microsecond, as PostgreSQL stores times; a finer part is dropped. */
  static Instant micros(Instant time) {
    return time.truncatedTo(ChronoUnit.MICROS);
  }

  private static Instant later(Instant now, Duration delay) {
    return now.plus(delay.truncatedTo(ChronoUnit.MICROS));
  }

  private int expiriesAfterClaim(Instant now) {
    return isExpired(now) ? expiries + 1 : expiries;
  }

  private void noteExpiry(Instant now) {
    if (isExpired(now)) {
      errors.add(attempt, now, EXPIRED);
    }
  }

  private void keep(Instant now, String error) {
    this.error = error;
    errors.add(attempt, now, error);
  }

  private void finish(Instant now, Status end) {
    status = end;
    completedAt = now;
    leaseUntil = null;
  }

  private void backToPending() {
    status = Status.PENDING;
    leaseUntil = null;
  }
}
