package dev.dibs;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The attempts that a worker has in hand, never more than its concurrency. Thread-safe. */
final class Slots {
  private final int size;
  private final Map<Claim, Attempt> taken = new HashMap<>();

  Slots(int size) {
    this.size = size;
  }

  synchronized int free() {
    return size - taken.size();
  }

  synchronized int taken() {
    return taken.size();
  }

  synchronized void take(Attempt attempt) {
    taken.put(attempt.claim(), attempt);
  }

  synchronized void giveBack(Attempt attempt) {
    taken.remove(attempt.claim());
    notifyAll();
  }

  synchronized @Nullable Attempt of(Claim claim) {
    return taken.get(claim);
  }

  /** Does it to every attempt in hand; they may end meanwhile. */
  void forEach(Consumer<Attempt> action) {
    List<Attempt> attempts;
    synchronized (this) {
      attempts = new ArrayList<>(taken.values());
    }
    attempts.forEach(action);
  }

  /** Waits until every attempt has ended, at most so long; returns whether they have. */
  synchronized boolean awaitFree(Duration atMost) throws InterruptedException {
    long end = System.nanoTime() + atMost.toNanos();
    while (!taken.isEmpty()) {
      long millis = (end - System.nanoTime()) / 1_000_000;
      if (millis <= 0) {
        return false;
      }
      wait(millis);
    }
    return true;
  }
}
