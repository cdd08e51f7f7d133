package dev.dibs;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executor;

/** A worker's configuration, checked as a whole. */
record WorkerSettings(
    String name,
    String queueName,
    int concurrency,
    Duration lease,
    Duration pollInterval,
    Duration drainTimeout,
    Backoff backoff,
    Optional<Executor> executor) {

  WorkerSettings {
    Check.name("name", name);
    Check.name("queue", queueName);
    Check.range("concurrency", concurrency, 1, 100_000);
    Check.range("lease", lease, Duration.ofMillis(100), Check.MAX_LEASE);
    Check.range("pollInterval", pollInterval, Duration.ofMillis(1), Duration.ofHours(1));
    Check.range("drainTimeout", drainTimeout, Duration.ZERO, Duration.ofDays(1));
    Check.present("backoff", backoff);
  }

  @Override
  public String toString() {
    return "queue="
        + queueName
        + " concurrency="
        + concurrency
        + " lease="
        + lease
        + " pollInterval="
        + pollInterval
        + " drainTimeout="
        + drainTimeout
        + " backoff="
        + backoff
        + " executor="
        + executor.map(given -> given.getClass().getName()).orElse("own");
  }
}
