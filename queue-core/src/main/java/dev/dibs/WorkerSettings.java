package dev.dibs;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Function;

/** A worker's configuration, checked as a whole. */
record WorkerSettings(
    String name,
    String queueName,
    int concurrency,
    Duration lease,
    Duration pollInterval,
    Duration drainTimeout,
    RetryPolicy retry,
    Function<Throwable, String> describeErrors,
    Retention retention,
    boolean shutdownHook,
    Optional<Executor> executor) {

  WorkerSettings {
    Check.name("name", name);
    Check.name("queue", queueName);
    Check.range("concurrency", concurrency, 1, 100_000);
    Check.range("lease", lease, Duration.ofMillis(100), Check.MAX_LEASE);
    Check.range("pollInterval", pollInterval, Duration.ofMillis(1), Duration.ofHours(1));
    Check.range("drainTimeout", drainTimeout, Duration.ZERO, Duration.ofDays(1));
    Check.present("retry", retry);
    Check.present("describeErrors", describeErrors);
    Check.present("retention", retention);
  }

  /** What a worker with handlers for these types claims. */
  ClaimRequest request(List<String> types) {
    return ClaimRequest.of(types)
        .queue(queueName)
        .lease(lease)
        .deleteCompleted(retention.deletesCompleted());
  }

  /** What a failure leads to for a type with these options. */
  FailureRule failureRule(HandlerOptions options) {
    return new FailureRule(name, options.retry().orElse(retry), describeErrors);
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
        + " retry="
        + retry
        + " retention="
        + retention
        + " shutdownHook="
        + shutdownHook
        + " executor="
        + executor.map(given -> given.getClass().getName()).orElse("own");
  }
}
