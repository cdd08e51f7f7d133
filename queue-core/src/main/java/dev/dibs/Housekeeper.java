package dev.dibs;

import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Deletes what is past its retention, a little at a time, if no other worker does.
 *
 * <p><b>Protocol.</b> One small part of the table after the other with a pause between them, so
 * that work comes first; then a minute's rest. Which worker it is, and how far it came, is the
 * queue's to know.
 */
final class Housekeeper {
  private static final Duration BETWEEN_PARTS = Duration.ofMillis(50);
  private static final Duration BETWEEN_PASSES = Duration.ofMinutes(1);

  private final TaskQueue queue;
  private final Retention retention;
  private final Outage outage;
  private final UUID keeper = UUID.randomUUID();
  private final Loop loop;

  Housekeeper(String worker, TaskQueue queue, Retention retention) {
    this.queue = queue;
    this.retention = retention;
    this.outage = new Outage(worker, "cannot delete what is past its retention");
    this.loop = new Loop(worker, "housekeeper", true, this::sweep);
  }

  /** Does nothing if everything is kept for ever. */
  void start() {
    if (!retention.isForever()) {
      loop.start();
    }
  }

  void stop() {
    loop.stop();
  }

  private Duration sweep() {
    try {
      boolean more = queue.admin().sweep(retention, keeper);
      outage.over();
      return more ? BETWEEN_PARTS : rest();
    } catch (DibsException e) {
      outage.failed(e);
      return rest();
    }
  }

  private static Duration rest() {
    long millis = BETWEEN_PASSES.toMillis();
    return Duration.ofMillis(ThreadLocalRandom.current().nextLong(millis / 2, millis + 1));
  }
}
