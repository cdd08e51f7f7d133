package dev.dibs;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The attempts that a worker has in hand: those whose handlers run, never more than its slots, and
 * those that wait for a slot.
 *
 * <p><b>Protocol.</b> A thread that has ended one attempt goes on with the next that is ready, and
 * ends when none is. An attempt that becomes ready asks for one more thread, up to as many as there
 * are slots. It is ready when its share is below its limit.
 *
 * <p>Thread-safe.
 */
final class InHand {
  private static final int NEVER = -1;

  private final int slots;
  private final Executor executor;
  private final Map<String, Share> shares = new HashMap<>();
  private final Map<Claim, Attempt> all = new HashMap<>();
  private final Deque<Attempt> ready = new ArrayDeque<>();
  private int threads;

  /** Of the threads, those that have not yet come for their first attempt. */
  private int coming;

  private long runs;
  private long nanos;
  private int wakeAt = NEVER;

  InHand(int slots, Executor executor, List<Share> shares) {
    this.slots = slots;
    this.executor = executor;
    shares.forEach(share -> share.types.forEach(type -> this.shares.put(type, share)));
  }

  private Share share(Attempt attempt) {
    @Nullable Share share = shares.get(attempt.claim().type());
    if (share == null) {
      throw new IllegalStateException("claimed a type that was not asked for: " + attempt.claim());
    }
    return share;
  }

  /** It counts from now on; it does not run before {@link #start}. */
  synchronized void take(Attempt attempt) {
    share(attempt).inHand++;
    all.put(attempt.claim(), attempt);
  }

  /**
   * Has these run, each as soon as there is a slot.
   *
   * @return why the executor, or the system below it, refuses a thread; what no thread will come
   *     for is withdrawn then
   */
  Optional<Throwable> start(List<Attempt> attempts) {
    synchronized (this) {
      attempts.forEach(this::admit);
    }
    return askForThreads();
  }

  /** Gives these back, if they have not begun; they may have kept others out. */
  Optional<Throwable> withdraw(List<Attempt> attempts) {
    attempts.forEach(Attempt::withdraw);
    return askForThreads();
  }

  private void admit(Attempt attempt) {
    Share share = share(attempt);
    if (share.admitted < share.limit) {
      share.admitted++;
      ready.add(attempt);
    } else {
      share.waiting.add(attempt);
    }
  }

  private Optional<Throwable> askForThreads() {
    Optional<Throwable> refusal = Optional.empty();
    while (needsThread()) {
      try {
        executor.execute(this::runAttempts);
      } catch (RuntimeException | Error e) {
        refusal = Optional.of(e);
        refused().forEach(Attempt::withdraw);
      }
    }
    return refusal;
  }

  private synchronized boolean needsThread() {
    if (threads == slots || coming >= ready.size()) {
      return false;
    }
    threads++;
    coming++;
    return true;
  }

  private synchronized List<Attempt> refused() {
    threads--;
    coming--;
    List<Attempt> left = new ArrayList<>();
    while (ready.size() > coming) {
      left.add(ready.removeLast());
    }
    return left;
  }

  private void runAttempts() {
    boolean interrupted = false;
    @Nullable Attempt attempt = first();
    while (attempt != null) {
      try {
        attempt.run();
      } catch (Throwable e) {
        attempt.abandon(e);
      }
      // A handler left it, or it is meant for the thread; the next handler is not to fail for it.
      interrupted |= Thread.interrupted();
      attempt = next();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized @Nullable Attempt first() {
    coming--;
    return next();
  }

  private synchronized @Nullable Attempt next() {
    @Nullable Attempt attempt = ready.poll();
    if (attempt == null) {
      threads--;
    }
    return attempt;
  }

  /**
   * It has ended, or will never begin; to say so again does nothing.
   *
   * @return whether the room that it leaves is what a claim waits for
   */
  synchronized boolean giveBack(Attempt attempt) {
    if (all.remove(attempt.claim()) == null) {
      return false;
    }
    Share share = share(attempt);
    share.inHand--;
    if (attempt.hasBegun()) {
      count(share, System.nanoTime() - attempt.begunAt());
    } else {
      // It may still stand in its line, or a thread has come for it.
      ready.remove(attempt);
    }
    if (attempt.hasBegun() || !share.waiting.remove(attempt)) {
      share.admitted--;
      @Nullable Attempt next = share.waiting.poll();
      if (next != null) {
        admit(next);
      }
    }
    notifyAll();
    return all.size() <= wakeAt || share.inHand <= share.wakeAt;
  }

  private void count(Share share, long took) {
    runs++;
    nanos += took;
    share.runs++;
    share.nanos += took;
  }

  /**
   * How much room there is for one more claim, with so many ahead of the slots; zero if it is not
   * worth a statement, and then {@link #giveBack} says when it is.
   */
  synchronized int room(int ahead) {
    int room = slots + ahead - all.size();
    wakeAt = room < worthwhile(ahead) ? slots + ahead - worthwhile(ahead) : NEVER;
    return wakeAt == NEVER ? room : 0;
  }

  /** The same for the types of a share that has a limit. */
  synchronized int room(Share share, int ahead) {
    int room = share.limit + ahead - share.inHand;
    share.wakeAt = room < worthwhile(ahead) ? share.limit + ahead - worthwhile(ahead) : NEVER;
    return share.wakeAt == NEVER ? room : 0;
  }

  private static int worthwhile(int ahead) {
    return Math.max(1, ahead / 2);
  }

  /** Has {@link #giveBack} say so whenever one ends. */
  synchronized void tellOfEach() {
    wakeAt = Integer.MAX_VALUE;
  }

  /** Those that wait for nothing but a slot, at the head of their line since before then. */
  synchronized List<Attempt> waitingForSlots(long nanos) {
    return since(ready, nanos);
  }

  /** Those that wait until others of their share have ended. */
  synchronized List<Attempt> waiting(Share share, long nanos) {
    return since(share.waiting, nanos);
  }

  private static List<Attempt> since(Deque<Attempt> line, long nanos) {
    List<Attempt> old = new ArrayList<>();
    for (Attempt attempt : line) {
      if (attempt.claimedAt() - nanos > 0) {
        break;
      }
      old.add(attempt);
    }
    return old;
  }

  /** Whether something waits to begin. */
  synchronized boolean hasWaiting() {
    return !ready.isEmpty() || shares.values().stream().anyMatch(share -> !share.waiting.isEmpty());
  }

  /** Running or waiting. */
  synchronized int size() {
    return all.size();
  }

  /** Tells how fast handlers are: all, and those of the shares that have a limit. */
  synchronized void tell(Pace pace, List<Share> shares) {
    pace.ran(runs, nanos);
    shares.forEach(share -> share.pace.ran(share.runs, share.nanos));
  }

  synchronized @Nullable Attempt of(Claim claim) {
    return all.get(claim);
  }

  /** Does it to every attempt in hand; they may end meanwhile. */
  void forEach(Consumer<Attempt> action) {
    List<Attempt> attempts;
    synchronized (this) {
      attempts = new ArrayList<>(all.values());
    }
    attempts.forEach(action);
  }

  /** Waits until none is left, at most so long; returns whether none is. */
  synchronized boolean awaitNone(Duration atMost) throws InterruptedException {
    long end = System.nanoTime() + atMost.toNanos();
    while (!all.isEmpty()) {
      long millis = (end - System.nanoTime()) / 1_000_000;
      if (millis <= 0) {
        return false;
      }
      wait(millis);
    }
    return true;
  }
}
