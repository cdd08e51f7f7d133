package dev.dibs;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Renews the leases of everything that a worker holds: tasks whose handlers run, and those that
 * have ended and whose end is not yet written.
 *
 * <p><b>Protocol.</b> A lease is renewed when a third of it has passed, all that need it in one
 * statement, so that two renewals may fail before it is over. A row that is locked at that moment
 * is left for the next round. When the server says that a lease is lost, the holder is told.
 */
final class LeaseKeeper {
  private final TaskQueue queue;
  private final Duration lease;
  private final Outage outage;
  private final LongSupplier nanoTime;
  private final Consumer<Claim> lost;
  private final Map<Claim, Long> renewedAt = new ConcurrentHashMap<>();
  private final Loop loop;

  LeaseKeeper(
      String worker,
      TaskQueue queue,
      Duration lease,
      Outage outage,
      LongSupplier nanoTime,
      Consumer<Claim> lost) {
    this.queue = queue;
    this.lease = lease;
    this.outage = outage;
    this.nanoTime = nanoTime;
    this.lost = lost;
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

  void stop() {
    loop.stop();
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
      } else if (outcomes.get(i) == Outcome.LEASE_LOST && renewedAt.remove(claim) != null) {
        lost.accept(claim);
      }
    }
  }
}
