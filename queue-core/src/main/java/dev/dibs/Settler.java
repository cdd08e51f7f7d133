package dev.dibs;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the ends of attempts, many at once.
 *
 * <p><b>Protocol.</b> While one flush is on its way, the next gathers, so the more there is to
 * write the larger the flushes get. Where ends came meanwhile, the next waits as long as the last
 * took, at most {@link #MAX_GATHERING}: half as many flushes for the same work. An update whose row
 * is locked joins the next flush. A flush whose outcome is not known is made again, which is safe
 * under the same tokens; a completion that then finds no task may have deleted it. One that the
 * server refuses is split until the offending update stands alone: that task keeps its lease until
 * it expires, the others are written. Where a privilege or a part of the schema is missing, the
 * kinds of updates are written each by itself, and what is refused waits until that is mended.
 * After a failure nothing is tried before its pause is over, whatever comes meanwhile.
 */
final class Settler {
  private static final Duration MAX_GATHERING = Duration.ofMillis(10);
  private static final Duration LOCKED_PAUSE = Duration.ofMillis(20);
  private static final Logger log = LoggerFactory.getLogger(Worker.class);

  private final String worker;
  private final TaskQueue queue;
  private final Outage outage;
  private final Consumer<Claim> released;
  private final Runnable flushed;
  private final Deque<ClaimUpdate> waiting = new ArrayDeque<>();
  private final Set<ClaimUpdate> perhapsDeleted =
      Collections.newSetFromMap(new IdentityHashMap<>());
  private final Loop loop;
  private int inFlight;
  private boolean gathering;
  private volatile long restUntil = System.nanoTime();

  /** Of the flush under way; for its thread only. */
  private @Nullable SetupException refusal;

  /**
   * @param released told of every claim that is done with, one way or the other
   * @param flushed told after every flush, when {@link #backlog()} has changed
   */
  Settler(
      String worker, TaskQueue queue, Outage outage, Consumer<Claim> released, Runnable flushed) {
    this.worker = worker;
    this.queue = queue;
    this.outage = outage;
    this.released = released;
    this.flushed = flushed;
    this.loop = new Loop(worker, "settler", true, this::flush);
  }

  void start() {
    loop.start();
  }

  void add(ClaimUpdate update) {
    boolean wake;
    synchronized (this) {
      waiting.add(update);
      wake = !gathering || isWorthwhile();
    }
    if (wake) {
      loop.wake();
    }
  }

  private boolean isWorthwhile() {
    return waiting.size() >= Pace.MAX_BATCH / 2;
  }

  /** How many updates are not yet written. */
  synchronized int backlog() {
    return waiting.size() + inFlight;
  }

  /** Tries at once and waits until all is written, at most so long; returns whether it is. */
  synchronized boolean awaitEmpty(Duration atMost) throws InterruptedException {
    restUntil = System.nanoTime();
    loop.wake();
    long end = System.nanoTime() + atMost.toNanos();
    while (waiting.size() + inFlight > 0) {
      long millis = (end - System.nanoTime()) / 1_000_000;
      if (millis <= 0) {
        return false;
      }
      wait(millis);
    }
    return true;
  }

  void stop() {
    loop.stop();
  }

  private Duration flush() {
    long rest = restUntil - System.nanoTime();
    if (rest > 0) {
      return Duration.ofNanos(rest);
    }
    List<ClaimUpdate> batch = take();
    if (batch.isEmpty()) {
      return Loop.UNTIL_WOKEN;
    }
    long begun = System.nanoTime();
    refusal = null;
    try {
      List<ClaimUpdate> left = apply(batch);
      putBack(left);
      if (refusal != null) {
        return rest(outage.failed(refusal));
      }
      outage.over();
      return left.isEmpty() ? gather(System.nanoTime() - begun) : LOCKED_PAUSE;
    } catch (DibsException e) {
      putBack(batch);
      return rest(outage.failed(e));
    } catch (RuntimeException | Error e) {
      putBack(batch);
      throw e;
    }
  }

  private Duration rest(Duration pause) {
    restUntil = System.nanoTime() + pause.toNanos();
    return pause;
  }

  /** So long as the last flush took, if others came meanwhile. */
  private synchronized Duration gather(long nanos) {
    gathering = !waiting.isEmpty() && !isWorthwhile();
    return gathering ? Duration.ofNanos(Math.min(nanos, MAX_GATHERING.toNanos())) : Duration.ZERO;
  }

  private synchronized List<ClaimUpdate> take() {
    gathering = false;
    List<ClaimUpdate> batch = new ArrayList<>(Math.min(waiting.size(), Pace.MAX_BATCH));
    while (!waiting.isEmpty() && batch.size() < Pace.MAX_BATCH) {
      batch.add(waiting.remove());
    }
    inFlight = batch.size();
    return batch;
  }

  private void putBack(List<ClaimUpdate> updates) {
    synchronized (this) {
      waiting.addAll(updates);
      inFlight = 0;
      notifyAll();
    }
    flushed.run();
  }

  /** Applies the updates and returns those that are still to be written. */
  private List<ClaimUpdate> apply(List<ClaimUpdate> batch) {
    List<Outcome> outcomes;
    try {
      outcomes = queue.applyAll(batch);
    } catch (DibsException e) {
      noteDeletions(batch);
      if (e instanceof DatabaseException refusal && !refusal.isTransient()) {
        return applySplit(batch, refusal);
      }
      if (e instanceof SetupException refusal) {
        return applyByKind(batch, refusal);
      }
      throw e;
    }
    List<ClaimUpdate> locked = new ArrayList<>();
    List<Claim> lost = new ArrayList<>();
    for (int i = 0; i < batch.size(); i++) {
      ClaimUpdate update = batch.get(i);
      if (outcomes.get(i) == Outcome.LOCKED) {
        locked.add(update);
        continue;
      }
      // After completeIn a refusal is what is hoped for: the holder's transaction has committed.
      if (outcomes.get(i) == Outcome.LEASE_LOST
          && !update.claim().isCompletedIn()
          && !perhapsDeleted.contains(update)) {
        lost.add(update.claim());
      }
      perhapsDeleted.remove(update);
      released.accept(update.claim());
    }
    if (!lost.isEmpty()) {
      log.warn(
          "{} - {} leases were lost before the ends of their attempts were written, first {}; these"
              + " tasks are run again",
          worker,
          lost.size(),
          lost.get(0));
    }
    return locked;
  }

  /** What a call that failed may have written nevertheless, or before it failed. */
  private void noteDeletions(List<ClaimUpdate> batch) {
    for (ClaimUpdate update : batch) {
      if (update instanceof ClaimUpdate.Complete && update.claim().deletedOnCompletion()) {
        perhapsDeleted.add(update);
      }
    }
  }

  private List<ClaimUpdate> applyByKind(List<ClaimUpdate> batch, SetupException refusal) {
    Map<String, List<ClaimUpdate>> kinds =
        batch.stream().collect(groupingBy(Settler::kind, LinkedHashMap::new, toList()));
    if (kinds.size() == 1) {
      this.refusal = refusal;
      return batch;
    }
    List<ClaimUpdate> left = new ArrayList<>();
    kinds.values().forEach(kind -> left.addAll(apply(kind)));
    return left;
  }

  private static String kind(ClaimUpdate update) {
    return update.getClass().getSimpleName() + update.claim().deletedOnCompletion();
  }

  private List<ClaimUpdate> applySplit(List<ClaimUpdate> batch, DatabaseException refusal) {
    if (batch.size() == 1) {
      Claim claim = batch.get(0).claim();
      log.error(
          "{} - the database refuses to write the end of {}; its lease is left to expire",
          worker,
          claim,
          refusal);
      perhapsDeleted.remove(batch.get(0));
      released.accept(claim);
      return List.of();
    }
    int half = batch.size() / 2;
    List<ClaimUpdate> locked = new ArrayList<>(apply(batch.subList(0, half)));
    locked.addAll(apply(batch.subList(half, batch.size())));
    return locked;
  }
}
