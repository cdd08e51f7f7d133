package dev.dibs;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Renews the leases of everything that a worker holds: tasks whose handlers run, and those that
 * have ended and whose end is not yet written.
 *
 * <p><b>Protocol.</b> A lease is renewed when a third of it has passed, all that need it in one
 * statement, so that two renewals may fail before it is over. A row that is locked at that moment
 * is left for the next round. When the server refuses, because the lease is lost or the task is to
 * be cancelled, the lease is renewed no more and the holder is told. After an outage renewals come
 * before claims.
 */
final class LeaseKeeper {
  private final TaskQueue queue;
  private final Duration lease;
  private final Outage outage;
  private final LongSupplier nanoTime;
  private final BiConsumer<Claim, Outcome> refused;
  private final Runnable caughtUp;
  private final Map<Claim, Long> renewedAt = new ConcurrentHashMap<>();
  private final Loop loop;
  private volatile long lastRound;

  LeaseKeeper(
      String worker,
      TaskQueue queue,
      Duration lease,
      Outage outage,
      LongSupplier nanoTime,
      BiConsumer<Claim, Outcome> refused,
      Runnable caughtUp) {
    this.queue = queue;
    this.lease = lease;
    this.outage = outage;
    this.nanoTime = nanoTime;
    this.refused = refused;
    this.caughtUp = caughtUp;
    this.lastRound = nanoTime.getAsLong();
    this.loop = new Loop(worker, "leases", true, this::renew);
  }

  void start() {
    loop.start();
  }

  /** Keeps the lease of a claim that has just been made. */
  void keep(Claim claim) {
    renewedAt.put(claim, nanoTime.getAsLong());
  }

  /** The claim is done with. */
  void forget(Claim claim) {
    renewedAt.remove(claim);
  }

  /** Whether the lease has not yet ended, by what this process knows. */
  boolean holds(Claim claim) {
    @Nullable Long renewed = renewedAt.get(claim);
    return renewed != null && nanoTime.getAsLong() - renewed < lease.toNanos();
  }

  void stop() {
    loop.stop();
  }

  /**
   * Whether renewals come through. While they do not, or have not for long, what this worker holds
   * may look expired, and it must not claim its own tasks a second time.
   */
  boolean isCurrent() {
    return nanoTime.getAsLong() - lastRound < lease.toNanos() * 2 / 3;
  }

  private Duration renew() {
    long now = nanoTime.getAsLong();
    long due = now - lease.toNanos() / 3;
    List<ClaimUpdate> updates = new ArrayList<>();
    renewedAt.forEach(
        (claim, renewed) -> {
          if (renewed - due <= 0) {
            updates.add(new ClaimUpdate.Extend(claim, lease));
          }
        });
    if (!updates.isEmpty()) {
      try {
        take(updates, queue.applyAll(updates), now);
        outage.over();
      } catch (DibsException e) {
        Duration pause = outage.failed(e);
        return pause.compareTo(tick()) < 0 ? pause : tick();
      }
    }
    boolean wasCurrent = isCurrent();
    lastRound = nanoTime.getAsLong();
    if (!wasCurrent) {
      caughtUp.run();
    }
    return tick();
  }

  private Duration tick() {
    return lease.dividedBy(9);
  }

  private void take(List<ClaimUpdate> updates, List<Outcome> outcomes, long now) {
    for (int i = 0; i < updates.size(); i++) {
      Claim claim = updates.get(i).claim();
      if (outcomes.get(i) == Outcome.APPLIED) {
        renewedAt.replace(claim, now);
      } else if (outcomes.get(i) != Outcome.LOCKED && renewedAt.remove(claim) != null) {
        refused.accept(claim, outcomes.get(i));
      }
    }
  }
}
