package dev.dibs;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Claims tasks for the free slots, and some ahead of them, and has their handlers run.
 *
 * <p><b>Protocol.</b> While claims come back full, the next is made as soon as there is room worth
 * a statement. After one that came back short the queue is taken to be empty until the poll
 * interval has passed or the queue's wake-up says otherwise; so it is for each share of the types
 * by itself. No claim is made while too many ends of attempts wait to be written, or while leases
 * could not be renewed for long. A claim whose outcome is unknown is repeated with its token before
 * another is made, until the lease of what it may have claimed is over.
 *
 * <p><b>Ahead.</b> What was claimed ahead and has not begun after {@link #MAX_WAIT} goes back, for
 * others to take: the handlers have become slower than they were.
 *
 * <p><b>Alone.</b> A task that must run alone waits until every other attempt has ended and its end
 * is written, and nothing is claimed until it has ended too.
 */
final class ClaimLoop {
  private static final Duration MAX_WAIT = Duration.ofSeconds(1);
  private static final Duration AFTER_STALL = Duration.ofSeconds(1);

  /** So much longer it waits for tasks that it would hear of. */
  private static final int HEARING = 12;

  private static final Logger log = LoggerFactory.getLogger(Worker.class);

  private final WorkerSettings settings;
  private final TaskQueue queue;
  private final ClaimRequest request;
  private final List<Share> shares;
  private final InHand inHand;
  private final Settler settler;
  private final LeaseKeeper leases;
  private final Outage outage;
  private final Function<Claim, Attempt> begin;
  private final Loop loop;
  private final Pace pace;
  private volatile boolean hinted;
  private long quietUntil = System.nanoTime();
  private Optional<UUID> unknown = Optional.empty();
  private long unknownSince;
  private @Nullable Attempt alone;
  private boolean aloneBegun;

  /**
   * @param begin makes the attempt for a claim, after which it is in hand and its lease is kept
   */
  ClaimLoop(
      WorkerSettings settings,
      TaskQueue queue,
      List<Share> shares,
      InHand inHand,
      Settler settler,
      LeaseKeeper leases,
      Outage outage,
      Function<Claim, Attempt> begin) {
    this.settings = settings;
    this.queue = queue;
    this.request =
        settings.request(shares.stream().flatMap(share -> share.types.stream()).toList());
    this.shares = shares;
    this.inHand = inHand;
    this.settler = settler;
    this.leases = leases;
    this.outage = outage;
    this.begin = begin;
    this.pace = new Pace(settings.concurrency());
    this.loop = new Loop(settings.name(), "claimer", false, this::round);
  }

  void start() {
    loop.start();
  }

  void stop() {
    loop.stop();
  }

  /** There is room for more, or an end was written. */
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
    long now = System.nanoTime();
    giveBackOld(now);
    if (settler.backlog() >= maxBacklog()) {
      return untilOld();
    }
    if (!leases.isCurrent()) {
      // Woken when it is; the pause is for the moment between the two looks at the clock.
      return settings.lease().dividedBy(9);
    }
    if (hinted) {
      hinted = false;
      quietUntil = now;
      shares.forEach(share -> share.quietUntil = now);
    }
    if (quietUntil - now > 0) {
      return Duration.ofNanos(quietUntil - now);
    }
    Optional<ClaimRequest> wanted = wanted(now);
    return wanted.isPresent() ? claim(wanted.get()) : pause(now);
  }

  /** As much as there is room for, of the types that are not quiet. */
  private Optional<ClaimRequest> wanted(long now) {
    inHand.tell(pace, shares);
    int room = Math.min(Pace.MAX_BATCH, inHand.room(pace.ahead()));
    if (room == 0) {
      return Optional.empty();
    }
    int total = 0;
    Map<String, Integer> laneLimits = new HashMap<>();
    for (Share share : shares) {
      int most = share.quietUntil - now > 0 ? 0 : Math.min(room, roomOf(share));
      total = Math.min(room, total + most);
      if (most < room) {
        share.types.forEach(type -> laneLimits.put(type, most));
      }
    }
    return total == 0 ? Optional.empty() : Optional.of(request.limit(total).laneLimits(laneLimits));
  }

  private int roomOf(Share share) {
    if (share.limit == Share.UNLIMITED) {
      return Pace.MAX_BATCH;
    }
    return inHand.room(share, share.pace.ahead());
  }

  private Duration claim(ClaimRequest wanted) {
    List<Claim> claims;
    if (unknown.isPresent() && System.nanoTime() - unknownSince > settings.lease().toNanos()) {
      unknown = Optional.empty();
    }
    try {
      claims = queue.claim(unknown.map(wanted::token).orElse(wanted));
      outage.over();
    } catch (OutcomeUnknownException e) {
      if (unknown.isEmpty()) {
        unknownSince = System.nanoTime();
      }
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
      inHand.tellOfEach();
      return Duration.ZERO;
    }
    if (!repeated) {
      rest(wanted, claims);
    }
    List<Attempt> attempts = new ArrayList<>(claims.size());
    for (Claim claim : claims) {
      pace.claimed(claim);
      attempts.add(begin.apply(claim));
    }
    inHand.start(attempts).ifPresent(this::noThread);
    return Duration.ZERO;
  }

  private void noThread(Throwable refusal) {
    log.warn(
        "{} - the executor has no thread for all tasks, gives back what did not fit: {}",
        settings.name(),
        refusal.toString());
    quiet(AFTER_STALL);
  }

  /** Lets the shares rest of which there was less than there was room for. */
  private void rest(ClaimRequest wanted, List<Claim> claims) {
    if (claims.size() == wanted.limit()) {
      return;
    }
    long now = System.nanoTime();
    long pause = now + pauseAfter(claims.size());
    for (Share share : shares) {
      boolean asked = wanted.laneLimit(share.types.get(0)) > 0;
      if (asked && !isFull(share, wanted, claims)) {
        share.quietUntil = pause;
      }
    }
  }

  /** Whether there may be more of it than its limit let through. */
  private static boolean isFull(Share share, ClaimRequest wanted, List<Claim> claims) {
    if (share.limit == Share.UNLIMITED) {
      return false;
    }
    String type = share.types.get(0);
    return claims.stream().filter(claim -> claim.type().equals(type)).count()
        >= wanted.laneLimit(type);
  }

  /** Jitter keeps the workers of many processes from polling in step. */
  private long pauseAfter(int claimed) {
    long nanos = settings.pollInterval().toNanos();
    long empty = queue.hearsOthers() ? HEARING * nanos : nanos;
    long whole = claimed == 0 ? empty : nanos / 4;
    return ThreadLocalRandom.current().nextLong(whole * 3 / 4, whole + whole / 4 + 1);
  }

  /** No claim before then, whatever wakes the loop. */
  private Duration quiet(Duration pause) {
    quietUntil = System.nanoTime() + pause.toNanos();
    return Duration.ZERO;
  }

  /** Until a share is not quiet any more, or something in hand gets old, or room is made. */
  private Duration pause(long now) {
    Duration pause = untilOld();
    for (Share share : shares) {
      long quiet = share.quietUntil - now;
      if (quiet > 0 && quiet < pause.toNanos()) {
        pause = Duration.ofNanos(quiet);
      }
    }
    return pause;
  }

  private void giveBackOld(long now) {
    long before = now - MAX_WAIT.toNanos();
    List<Attempt> old = inHand.waitingForSlots(before);
    if (!old.isEmpty()) {
      pace.stalled();
      quiet(AFTER_STALL);
    }
    for (Share share : shares) {
      if (old.addAll(inHand.waiting(share, before))) {
        share.pace.stalled();
        share.quietUntil = now + AFTER_STALL.toNanos();
      }
    }
    if (!old.isEmpty()) {
      log.debug("{} - gives back {} tasks that found no slot", settings.name(), old.size());
      inHand.withdraw(old).ifPresent(this::noThread);
    }
  }

  private Duration untilOld() {
    return inHand.hasWaiting() ? MAX_WAIT.dividedBy(4) : Loop.UNTIL_WOKEN;
  }

  private int maxBacklog() {
    int most = Math.min(4 * Pace.MAX_BATCH, pace.affordable());
    return Math.max(most, 4 * settings.concurrency());
  }

  private Duration runAlone(Attempt attempt) {
    if (!aloneBegun) {
      if (inHand.size() > 1 || settler.backlog() > 0) {
        return Loop.UNTIL_WOKEN;
      }
      aloneBegun = true;
      log.warn(
          "{} - runs {} with nothing beside it: two of its leases expired",
          settings.name(),
          attempt.claim());
      inHand.start(List.of(attempt)).ifPresent(this::noThread);
    }
    if (inHand.size() > 0 || settler.backlog() > 0) {
      return Loop.UNTIL_WOKEN;
    }
    alone = null;
    return Duration.ZERO;
  }
}
