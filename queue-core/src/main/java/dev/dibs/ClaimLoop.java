package dev.dibs;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes as many tasks as there are free slots and starts their handlers.
 *
 * <p><b>Protocol.</b> While claims come back full, a freed slot leads to the next claim at once.
 * After one that came back short the queue is taken to be empty until the poll interval has passed
 * or the queue's wake-up says otherwise. No claim is made while too many ends of attempts wait to
 * be written, or while leases could not be renewed for long. A claim whose outcome is unknown is
 * repeated with its token before another is made. A task that must run alone waits until every
 * other attempt has ended and its end is written, and nothing is claimed until it has ended too.
 */
final class ClaimLoop {
  private static final int MAX_BATCH = 1000;

  /** So much longer it waits for tasks that it would hear of. */
  private static final int HEARING = 10;

  private static final Duration AFTER_REJECTION = Duration.ofSeconds(1);
  private static final Logger log = LoggerFactory.getLogger(Worker.class);

  private final WorkerSettings settings;
  private final TaskQueue queue;
  private final ClaimRequest request;
  private final Slots slots;
  private final Settler settler;
  private final LeaseKeeper leases;
  private final Outage outage;
  private final Function<Claim, Attempt> begin;
  private final Executor executor;
  private final Loop loop;
  private volatile boolean hinted;
  private long quietUntil = System.nanoTime();
  private Optional<UUID> unknown = Optional.empty();
  private @Nullable Attempt alone;
  private boolean aloneBegun;

  /**
   * @param begin makes the attempt for a claim, after which it has its slot and its lease is kept
   */
  ClaimLoop(
      WorkerSettings settings,
      TaskQueue queue,
      List<String> types,
      Slots slots,
      Settler settler,
      LeaseKeeper leases,
      Outage outage,
      Function<Claim, Attempt> begin,
      Executor executor) {
    this.settings = settings;
    this.queue = queue;
    this.request = ClaimRequest.of(types).queue(settings.queueName()).lease(settings.lease());
    this.slots = slots;
    this.settler = settler;
    this.leases = leases;
    this.outage = outage;
    this.begin = begin;
    this.executor = executor;
    this.loop = new Loop(settings.name(), "claimer", false, this::round);
  }

  void start() {
    loop.start();
  }

  void stop() {
    loop.stop();
  }

  /** A slot became free, or an end was written. */
  void roomMade() {
    loop.wake();
  }

  /** Tasks were enqueued, or the queue ceased to hear of those of others. */
  void workCame() {
    hinted = true;
    loop.wake();
  }

  private Duration round() {
    if (alone != null) {
      return runAlone(alone);
    }
    int free = Math.min(slots.free(), MAX_BATCH);
    if (free == 0 || settler.backlog() >= maxBacklog()) {
      return Loop.UNTIL_WOKEN;
    }
    if (!leases.isCurrent()) {
      // Woken when it is; the pause is for the moment between the two looks at the clock.
      return settings.lease().dividedBy(9);
    }
    long quiet = quietUntil - System.nanoTime();
    if (quiet > 0 && !hinted) {
      return Duration.ofNanos(quiet);
    }
    hinted = false;
    List<Claim> claims;
    try {
      ClaimRequest wanted = request.limit(free);
      claims = queue.claim(unknown.map(wanted::token).orElse(wanted));
      outage.over();
    } catch (OutcomeUnknownException e) {
      unknown = e.token();
      return quiet(outage.failed(e));
    } catch (DibsException e) {
      return quiet(outage.failed(e));
    }
    boolean repeated = unknown.isPresent();
    unknown = Optional.empty();
    if (claims.size() == 1 && claims.get(0).alone()) {
      alone = begin.apply(claims.get(0));
      aloneBegun = false;
      return Duration.ZERO;
    }
    boolean accepted = true;
    for (Claim claim : claims) {
      accepted &= execute(begin.apply(claim));
    }
    if (!accepted) {
      return quiet(AFTER_REJECTION);
    }
    return quiet(repeated ? Duration.ZERO : pause(claims.size(), free));
  }

  /** No claim before then, however often a slot or a flush wakes the loop. */
  private Duration quiet(Duration pause) {
    quietUntil = System.nanoTime() + pause.toNanos();
    return Duration.ZERO;
  }

  private int maxBacklog() {
    return Math.max(MAX_BATCH, 4 * settings.concurrency());
  }

  /** Jitter keeps the workers of many processes from polling in step. */
  private Duration pause(int claimed, int asked) {
    if (claimed == asked) {
      return Duration.ZERO;
    }
    long nanos = settings.pollInterval().toNanos();
    long empty = queue.hearsOthers() ? HEARING * nanos : nanos;
    long whole = claimed == 0 ? empty : nanos / 4;
    return Duration.ofNanos(
        ThreadLocalRandom.current().nextLong(whole * 3 / 4, whole + whole / 4 + 1));
  }

  private Duration runAlone(Attempt attempt) {
    if (!aloneBegun) {
      if (slots.taken() > 1 || settler.backlog() > 0) {
        return Loop.UNTIL_WOKEN;
      }
      aloneBegun = true;
      log.warn(
          "{} - runs {} with nothing beside it: two of its leases expired",
          settings.name(),
          attempt.claim());
      if (!execute(attempt)) {
        alone = null;
        return quiet(AFTER_REJECTION);
      }
    }
    if (slots.taken() > 0 || settler.backlog() > 0) {
      return Loop.UNTIL_WOKEN;
    }
    alone = null;
    return Duration.ZERO;
  }

  private boolean execute(Attempt attempt) {
    try {
      executor.execute(attempt);
      return true;
    } catch (RejectedExecutionException e) {
      log.warn(
          "{} - the executor has no room for {}, gives it back: {}",
          settings.name(),
          attempt.claim(),
          e.getMessage());
      attempt.withdraw();
      return false;
    }
  }
}
