package dev.dibs.testkit;

import dev.dibs.NewTask;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What no two tasks may have at a time: a key of a type, among live tasks or, with a window, in one
 * bucket of time.
 */
record UniqueKey(String type, String key, Optional<Bucket> bucket) {
  /** From {@code begin} up to and without {@code end}; those of another length are others. */
  record Bucket(Instant begin, Instant end) {
    /** The one that holds {@code now}, of those that follow each other from the epoch on. */
    static Bucket of(Duration window, Instant now) {
      long length = micros(window);
      long begin = Math.floorDiv(ChronoUnit.MICROS.between(Instant.EPOCH, now), length) * length;
      Instant from = Instant.EPOCH.plus(begin, ChronoUnit.MICROS);
      return new Bucket(from, from.plus(length, ChronoUnit.MICROS));
    }

    private static long micros(Duration window) {
      return window.getSeconds() * 1_000_000 + window.getNano() / 1000;
    }
  }

  /** That of a task enqueued now; null if it has none. */
  static @Nullable UniqueKey of(NewTask task, Instant now) {
    return task.uniqueKey()
        .map(
            key ->
                new UniqueKey(
                    task.type(), key, task.uniqueWindow().map(window -> Bucket.of(window, now))))
        .orElse(null);
  }
}
