package dev.dibs;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one of a worker's loops knows of a database that is away, or refuses what the loop wants of
 * it: it is said once when that begins and once when it is over, and the waits between tries grow,
 * with jitter, to a few seconds.
 */
final class Outage {
  private static final long FIRST_MILLIS = 50;
  private static final long MAX_MILLIS = 5_000;
  private static final Logger log = LoggerFactory.getLogger(Worker.class);

  private final String worker;
  private final String trouble;
  private int failures;

  /**
   * @param trouble what the worker cannot do meanwhile, for the log
   */
  Outage(String worker, String trouble) {
    this.worker = worker;
    this.trouble = trouble;
  }

  /** A call failed; returns how long to wait before the next. */
  synchronized Duration failed(DibsException e) {
    if (failures == 0) {
      log.warn("{} - {}, keeps trying: {}", worker, trouble, e.getMessage());
    }
    log.debug("{} - attempt {} to reach the database failed", worker, failures + 1, e);
    long millis = Math.min(MAX_MILLIS, FIRST_MILLIS << Math.min(failures, 10));
    failures++;
    return Duration.ofMillis(ThreadLocalRandom.current().nextLong(millis / 2, millis + 1));
  }

  /** A call came through. */
  synchronized void over() {
    if (failures > 0) {
      log.info("{} - works again after {} failed calls: {}", worker, failures, trouble);
      failures = 0;
    }
  }
}
