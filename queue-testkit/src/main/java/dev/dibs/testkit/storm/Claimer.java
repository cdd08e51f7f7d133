package dev.dibs.testkit.storm;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.DatabaseException;
import dev.dibs.Outcome;
import dev.dibs.OutcomeUnknownException;
import dev.dibs.TaskQueue;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;

/**
 * One claimer of a storm: claims, settles what it got, and records both, until the storm is over.
 */
final class Claimer implements Runnable {
  private static final Duration PAUSED_LEASE = Duration.ofMillis(300);

  private final Settings settings;
  private final TaskQueue queue;
  private final History history;
  private final Progress progress;
  private final Faults faults;
  private final int index;
  private final Track track;
  private final SplittableRandom random;

  Claimer(
      Settings settings,
      TaskQueue queue,
      History history,
      Progress progress,
      Faults faults,
      int index) {
    this.settings = settings;
    this.faults = faults;
    this.queue = queue;
    this.history = history;
    this.progress = progress;
    this.index = index;
    this.track = history.track(index);
    this.random = new SplittableRandom(settings.seed + index);
  }

  @Override
  public void run() {
    try {
      while (!progress.isOver()) {
        turn();
      }
    } catch (InterruptedException e) {
      progress.abort(e);
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      progress.abort(e);
    }
  }

  private void turn() throws InterruptedException {
    List<String> types = settings.types;
    long bits = (1L << types.size()) - 1;
    if (random.nextInt(4) == 0) {
      int only = random.nextInt(types.size());
      bits = 1L << only;
      types = List.of(types.get(only));
    }
    int limit = 1 + random.nextInt(settings.maxBatch);
    boolean pauses = faults.takePause(index);
    boolean shorter = pauses && settings.lease.compareTo(PAUSED_LEASE) > 0;
    Duration lease = shorter ? PAUSED_LEASE : settings.lease;
    int claim = track.invoke(Track.Op.CLAIM, history.now(), limit, lease.toNanos(), bits);
    history.sending(index, claim);
    List<Claim> claims = claim(claim, ClaimRequest.of(types).limit(limit).lease(lease));
    if (claims.isEmpty()) {
      progress.awaitWork(50 + random.nextInt(100));
      return;
    }
    List<Update> updates = new ArrayList<>(claims.size());
    for (int i = 0; i < claims.size(); i++) {
      long reference = History.reference(index, claim, i);
      updates.add(new Update(choose(claims.get(i)), reference, track.task(claim, i)));
    }
    if (pauses) {
      faults.happened(Fault.PAUSED_CLAIMER);
      progress.awaitAbort(lease.toNanos() * 2);
    } else if (!settings.work.isZero()) {
      progress.awaitAbort(random.nextLong(settings.work.toNanos()));
    }
    while (!updates.isEmpty() && !progress.isAborted()) {
      updates = settle(updates);
      if (!updates.isEmpty()) {
        progress.awaitWork(1 + random.nextInt(10));
      }
    }
  }

  /** An update with the reference of its claim and the index of its task. */
  private record Update(ClaimUpdate update, long claim, int task) {}

  private List<Claim> claim(int op, ClaimRequest request) {
    try {
      List<Claim> claims = queue.claim(request);
      long now = history.now();
      for (Claim claim : claims) {
        Instant runAt = claim.task().runAt();
        boolean early = claim.task().startedAt().filter(start -> start.isBefore(runAt)).isPresent();
        int task = history.tasks().indexOf(claim.id());
        track.claimed(
            op,
            task,
            claim.attempt(),
            ChronoUnit.MICROS.between(Instant.EPOCH, runAt),
            early,
            claim.alone());
      }
      track.returned(op, now, Answer.OK);
      if (!claims.isEmpty()) {
        remember(op, Optional.of(claims.get(0).token()));
      }
      return claims;
    } catch (OutcomeUnknownException | DatabaseException e) {
      remember(op, e instanceof OutcomeUnknownException lost ? lost.token() : Optional.empty());
      track.returned(op, history.now(), answerTo(e));
      return List.of();
    } finally {
      history.answered(index, op);
    }
  }

  /** The audit knows claims by their tokens. */
  private void remember(int op, Optional<UUID> token) {
    if (settings.audit) {
      long claim = History.reference(index, op, History.WHOLE);
      token.ifPresent(known -> history.claimedWith(known, claim));
    }
  }

  /** Only failures that may pass are part of a storm. */
  static Answer answerTo(RuntimeException e) {
    if (e instanceof DatabaseException refused && !refused.isTransient()) {
      throw refused;
    }
    return e instanceof DatabaseException ? Answer.FAILED : Answer.UNKNOWN;
  }

  private ClaimUpdate choose(Claim claim) {
    int dice = random.nextInt(100);
    Duration delay = Duration.ofMillis(random.nextBoolean() ? random.nextInt(50) : 0);
    if (dice < settings.retries) {
      return claim.attempt() < claim.task().maxAttempts()
          ? new ClaimUpdate.Retry(claim, "chosen by the storm", delay)
          : new ClaimUpdate.Complete(claim);
    }
    return dice < settings.retries + settings.releases
        ? new ClaimUpdate.Release(claim, delay)
        : new ClaimUpdate.Complete(claim);
  }

  /** Applies the updates and returns those that have to be applied again. */
  private List<Update> settle(List<Update> updates) {
    int op = track.invoke(Track.Op.UPDATE, history.now(), 0, 0, 0);
    for (Update one : updates) {
      long micros = Kind.span(one.update()).toNanos() / 1000;
      track.updates(op, one.claim(), Kind.of(one.update()), micros);
    }
    history.sending(index, op);
    List<Outcome> outcomes;
    try {
      outcomes =
          updates.size() == 1
              ? List.of(queue.apply(updates.get(0).update()))
              : queue.applyAll(updates.stream().map(Update::update).toList());
    } catch (OutcomeUnknownException | DatabaseException e) {
      answerTo(e);
      // A batch that was refused may have been applied in part.
      track.returned(op, history.now(), Answer.UNKNOWN);
      history.answered(index, op);
      return updates;
    }
    long now = history.now();
    List<Update> again = new ArrayList<>();
    for (int i = 0; i < outcomes.size(); i++) {
      Answer answer = Answer.of(outcomes.get(i));
      track.answer(op, i, answer);
      if (answer == Answer.LOCKED) {
        again.add(updates.get(i));
      } else if (answer.isCertain() || answer == Answer.CANCELLED) {
        settled(updates.get(i), answer);
      }
    }
    track.returned(op, now, Answer.OK);
    history.answered(index, op);
    return again;
  }

  /** Every update of a storm ends its claim, so a task to be cancelled is cancelled by it. */
  private void settled(Update update, Answer answer) {
    if (answer == Answer.CANCELLED || Kind.of(update.update()).isTerminal()) {
      if (update.task() >= 0) {
        progress.finished(update.task());
      }
    } else {
      progress.workArrived();
    }
  }
}
