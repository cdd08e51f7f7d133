package dev.dibs.it;

import dev.dibs.ClaimRequest;
import dev.dibs.FailedFilter;
import dev.dibs.HandlerOptions;
import dev.dibs.NewTask;
import dev.dibs.Pause;
import dev.dibs.Retention;
import dev.dibs.RetryPolicy;
import dev.dibs.SetupException;
import dev.dibs.TaskQueue;
import dev.dibs.Worker;
import dev.dibs.jdbc.PostgresTaskQueue;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import javax.sql.DataSource;

/**
 * The part of {@link HostileRun} that needs no table: configuration, and reading what is not there.
 */
@SuppressWarnings("NullAway") // A null where none may be is part of it.
final class HostileArguments {
  private HostileArguments() {}

  static void feed(HostileRun run, TaskQueue queue, HostileValues values) {
    switch (values.between(0, 5)) {
      case 0 -> reading(run, queue, values);
      case 1 -> durations(run, values);
      case 2 -> worker(run, queue, values);
      case 3 -> names(run, values);
      case 4 -> requests(run, queue, values);
      default -> {
        if (values.oneIn(20)) {
          nulls(run, queue);
        }
      }
    }
  }

  private static void reading(HostileRun run, TaskQueue queue, HostileValues values) {
    UUID id = values.id();
    boolean empty =
        run.judge("find", true, false, () -> queue.find(id)).isEmpty()
            && run.judge("errors", true, false, () -> queue.errors(id)).isEmpty()
            && run.judge("cancel", true, false, () -> queue.cancel(id)).isEmpty();
    if (!empty) {
      run.found("there is a task of the id " + id);
    }
  }

  private static void durations(HostileRun run, HostileValues values) {
    Duration value = values.duration();
    Duration other = values.duration();
    int attempts = values.number();
    boolean delay = HostileRun.isWithin(value, Duration.ZERO, Duration.ofDays(3650));
    boolean first = HostileRun.isWithin(value, Duration.ofMillis(1), Duration.ofDays(3650));
    boolean max = HostileRun.isWithin(other, value, Duration.ofDays(3650));
    boolean timeout = HostileRun.isWithin(value, Duration.ofMillis(1), Duration.ofDays(30));
    boolean kept = HostileRun.isWithin(value, Duration.ZERO, Duration.ofDays(36_500));
    run.judge("fixed", delay, false, () -> RetryPolicy.fixed(value).toString());
    run.judge("exponential", first && max, false, () -> exponential(value, other, attempts));
    run.judge(
        "atMost",
        attempts >= 1 && attempts <= 1000,
        false,
        () -> RetryPolicy.never().atMost(attempts));
    run.judge("timeout", timeout, false, () -> HandlerOptions.standard().timeout(value));
    run.judge("completed", kept, false, () -> Retention.forever().completed(value).toString());
    run.judge("failed", kept, false, () -> Retention.forever().failed(value));
    run.judge("cancelled", kept, false, () -> Retention.forever().cancelled(value));
  }

  /** Whatever the attempt, the wait is one that the task takes. */
  private static RetryPolicy exponential(Duration first, Duration max, int attempt) {
    RetryPolicy policy = RetryPolicy.exponential(first, max);
    Duration wait = policy.delayAfter(Math.max(1, attempt), new Exception("x")).orElseThrow();
    NewTask.of("a", "1").delay(wait);
    if (wait.compareTo(max) > 0) {
      throw new AssertionError(wait + " is more than " + max);
    }
    return policy;
  }

  private static void worker(HostileRun run, TaskQueue queue, HostileValues values) {
    String name = values.name();
    int number = values.number();
    Duration value = values.duration();
    boolean named = HostileOracle.isName(name);
    boolean lease = HostileRun.isWithin(value, Duration.ofMillis(100), Duration.ofDays(30));
    boolean poll = HostileRun.isWithin(value, Duration.ofMillis(1), Duration.ofHours(1));
    boolean drain = HostileRun.isWithin(value, Duration.ZERO, Duration.ofDays(1));
    run.judge("worker name", named, false, () -> Worker.builder(queue).name(name).build());
    run.judge("queueName", named, false, () -> Worker.builder(queue).queueName(name).build());
    run.judge(
        "register", named, false, () -> Worker.builder(queue).build().register(name, task -> {}));
    run.judge("register", false, false, () -> Worker.builder(queue).build().register(name, null));
    run.judge(
        "register twice",
        false,
        false,
        () -> Worker.builder(queue).build().register(name, task -> {}).register(name, task -> {}));
    run.judge(
        "concurrency",
        number >= 1 && number <= 100_000,
        false,
        () -> Worker.builder(queue).concurrency(number).build());
    run.judge("lease", lease, false, () -> Worker.builder(queue).lease(value).build());
    run.judge("pollInterval", poll, false, () -> Worker.builder(queue).pollInterval(value).build());
    run.judge(
        "drainTimeout", drain, false, () -> Worker.builder(queue).drainTimeout(value).build());
  }

  private static void names(HostileRun run, HostileValues values) {
    String name = values.name();
    boolean named = HostileOracle.isName(name);
    int number = values.number();
    Instant instant = values.instant();
    boolean limit = number >= 1 && number <= 10_000;
    run.judge("pause", named, false, () -> Pause.queue(name).toString());
    run.judge("pause", named, false, () -> Pause.type(name));
    run.judge("filter queue", named, false, () -> FailedFilter.all().queue(name));
    run.judge("filter type", named, false, () -> FailedFilter.all().type(name));
    run.judge("filter error", named, false, () -> FailedFilter.all().errorContains(name));
    run.judge("filter limit", limit, false, () -> FailedFilter.all().limit(number));
    run.judge("filter before", true, true, () -> FailedFilter.all().before(instant));
    run.judge(
        "filter ids",
        true,
        true,
        () ->
            FailedFilter.all()
                .ids(Collections.nCopies(Math.max(0, Math.min(number, 100_001)), new UUID(0, 0))));
    run.judge(
        "filter ids",
        false,
        false,
        () -> FailedFilter.all().ids(Arrays.asList(new UUID(0, 0), null)));
    if (values.oneIn(10)) {
      schema(run, name);
    }
  }

  /** No schema has such a name, and nothing but that may come of it. */
  private static void schema(HostileRun run, String name) {
    boolean valid =
        HostileOracle.isText(name)
            && !name.isBlank()
            && name.getBytes(StandardCharsets.UTF_8).length <= 63
            && !name.startsWith("pg_");
    DataSource source = HostileInputIT.source();
    run.judge(
        "schema",
        valid,
        false,
        () -> {
          TaskQueue other = PostgresTaskQueue.create(source, name);
          try {
            throw new AssertionError("found " + other.find(new UUID(0, 0)));
          } catch (SetupException e) {
            return e.getMessage();
          }
        });
  }

  private static void requests(HostileRun run, TaskQueue queue, HostileValues values) {
    int count = values.of(List.of(0, 1, 999, 1000, 1001, 100_001));
    List<String> types = IntStream.range(0, count).mapToObj(i -> "none " + i).toList();
    run.judge(
        "claim", count >= 1 && count <= 1000, false, () -> queue.claim(ClaimRequest.of(types)));
    run.judge(
        "claim",
        true,
        false,
        () -> queue.claim(ClaimRequest.of(Collections.nCopies(100_001, "none"))));
    run.judge("claim", false, false, () -> ClaimRequest.of("none", null));
    run.judge("claim", true, false, () -> queue.claim(ClaimRequest.of("none").token(values.id())));
  }

  private static void nulls(HostileRun run, TaskQueue queue) {
    NewTask task = NewTask.of("a", "1");
    run.judge("enqueue", false, false, () -> queue.enqueue(null));
    run.judge("enqueue", false, false, () -> queue.enqueue(null, "1"));
    run.judge("enqueue", false, false, () -> queue.enqueue("a", null));
    run.judge("enqueueAll", false, false, () -> queue.enqueueAll(null));
    run.judge("enqueueAll", false, false, () -> queue.enqueueAll("a", null));
    run.judge("enqueueAll", false, false, () -> queue.enqueueAll("a", Arrays.asList("1", null)));
    run.judge("enqueueAll", false, false, () -> queue.enqueueAll(null, List.of("1")));
    run.judge("enqueueAll", false, false, () -> queue.enqueueAll(null, List.of()));
    run.judge("within", false, false, () -> queue.within(null));
    run.judge("claim", false, false, () -> queue.claim(null));
    run.judge("find", false, false, () -> queue.find(null));
    run.judge("cancel", false, false, () -> queue.cancel(null));
    run.judge("errors", false, false, () -> queue.errors(null));
    run.judge("queue", false, false, () -> task.queue(null));
    run.judge("uniqueKey", false, false, () -> task.uniqueKey(null));
    run.judge("uniqueKey", false, false, () -> task.uniqueKey("a", null));
    run.judge("delay", false, false, () -> task.delay(null));
    run.judge("runAt", false, false, () -> task.runAt(null));
    run.judge("worker", false, false, () -> Worker.builder(null));
    run.judge("worker name", false, false, () -> Worker.builder(queue).name(null).build());
    run.judge("lease", false, false, () -> Worker.builder(queue).lease(null).build());
    run.judge("retention", false, false, () -> Worker.builder(queue).retention(null).build());
    run.judge("retry", false, false, () -> Worker.builder(queue).retry(null).build());
    run.judge(
        "describeErrors", false, false, () -> Worker.builder(queue).describeErrors(null).build());
    run.judge("pause", false, false, () -> new Pause(null, "a"));
    run.judge("filter", false, false, () -> FailedFilter.id(null));
    run.judge(
        "schema", false, false, () -> PostgresTaskQueue.create(HostileInputIT.source(), null));
    run.judge("schema", false, false, () -> PostgresTaskQueue.create(null));
    PostgresTaskQueue.Builder builder = PostgresTaskQueue.builder(HostileInputIT.source());
    run.judge("listenOn", false, false, () -> builder.schema(null));
    run.judge("listenOn", false, false, () -> builder.listenOn(null));
  }
}
