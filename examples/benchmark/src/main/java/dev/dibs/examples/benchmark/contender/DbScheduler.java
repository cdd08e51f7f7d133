package dev.dibs.examples.benchmark.contender;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerBuilder;
import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.serializer.Serializer;
import com.github.kagkarlsson.scheduler.task.TaskInstance;
import com.github.kagkarlsson.scheduler.task.helper.CustomTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import javax.sql.DataSource;

/** db-scheduler, which deletes what is done. */
final class DbScheduler implements Contender {
  private static final String TASK = "bench";
  private static final AtomicLong LAST = new AtomicLong(System.currentTimeMillis() << 12);

  private final int threads;
  private final double lower;
  private final double upper;
  private final int connections;
  private final int pollMillis;
  private final boolean fetch;
  private final boolean immediate;
  private final boolean rewrites;
  private final boolean ascending;
  private final Supplier<UUID> ids;

  DbScheduler(Settings settings) {
    this.threads = settings.integer("threads", 50);
    this.lower = settings.fraction("lower", 10);
    this.upper = settings.fraction("upper", 50);
    this.connections = settings.integer("connections", threads + 5);
    this.pollMillis = settings.integer("poll", 100);
    this.fetch = settings.text("strategy", "lock-and-fetch").equals("fetch");
    this.immediate = settings.flag("immediate", false);
    this.rewrites = settings.flag("rewrite", true);
    this.ascending = settings.flag("ascending", false);
    this.ids = ascending ? DbScheduler::ascendingId : UUID::randomUUID;
  }

  @Override
  public String name() {
    return "db-scheduler";
  }

  @Override
  public String settings() {
    return String.format(
        "%d threads, %s(%s, %s), pool of %d, poll %d ms%s%s%s",
        threads,
        fetch ? "pollUsingFetch" : "pollUsingLockAndFetch",
        lower,
        upper,
        connections,
        pollMillis,
        immediate ? ", immediate execution" : "",
        rewrites ? ", reWriteBatchedInserts" : "",
        ascending ? ", ascending ids" : "");
  }

  @Override
  public int connections() {
    return connections;
  }

  @Override
  public boolean rewritesInserts() {
    return rewrites;
  }

  @Override
  public void install(DataSource database) throws SQLException {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      // Its documented table, without the index for priorities, which are off.
      statement.execute(
          "CREATE TABLE scheduled_tasks (task_name text NOT NULL, task_instance text NOT NULL,"
              + " task_data bytea, execution_time timestamptz, picked boolean NOT NULL,"
              + " picked_by text, last_success timestamptz, last_failure timestamptz,"
              + " consecutive_failures int, last_heartbeat timestamptz, version bigint NOT NULL,"
              + " priority smallint, state text, PRIMARY KEY (task_name, task_instance))");
      statement.execute("CREATE INDEX execution_time_idx ON scheduled_tasks (execution_time)");
      statement.execute("CREATE INDEX last_heartbeat_idx ON scheduled_tasks (last_heartbeat)");
    }
  }

  @Override
  public String table() {
    return "scheduled_tasks";
  }

  @Override
  public String unfinished() {
    return "true";
  }

  @Override
  public int tasks() {
    return 60_000;
  }

  @Override
  public Producer producer(DataSource pool) {
    return producer(
        SchedulerClient.Builder.create(pool, task(Work.none())).serializer(new Text()).build(),
        ids);
  }

  private static Producer producer(SchedulerClient client, Supplier<UUID> ids) {
    return new Producer() {
      @Override
      public void one(String payload) {
        client.scheduleIfNotExists(instance(ids.get(), payload), Instant.now());
      }

      @Override
      public void many(List<String> payloads) {
        List<TaskInstance<?>> instances = new ArrayList<>(payloads.size());
        payloads.forEach(payload -> instances.add(instance(ids.get(), payload)));
        client.scheduleBatch(instances, Instant.now());
      }
    };
  }

  private static TaskInstance<String> instance(UUID id, String payload) {
    return new TaskInstance<>(TASK, id.toString(), payload);
  }

  /** Its users choose the ids; in this order they cost its primary key less. */
  private static UUID ascendingId() {
    return new UUID(LAST.incrementAndGet(), ThreadLocalRandom.current().nextLong());
  }

  /** Removes itself when it is done, as its one-time task does, and says when that is so. */
  private static CustomTask<String> task(Work work) {
    return Tasks.custom(TASK, String.class)
        .execute(
            (instance, context) -> {
              work.handle(instance.getData());
              return (complete, operations) -> {
                operations.stop();
                work.tally().completed();
              };
            });
  }

  @Override
  public Running start(DataSource pool, Work work) {
    SchedulerBuilder builder =
        Scheduler.create(pool, task(work))
            .threads(threads)
            .serializer(new Text())
            .pollingInterval(Duration.ofMillis(pollMillis))
            .shutdownMaxWait(Duration.ofSeconds(5));
    if (fetch) {
      builder.pollUsingFetch(lower, upper);
    } else {
      builder.pollUsingLockAndFetch(lower, upper);
    }
    if (immediate) {
      builder.enableImmediateExecution();
    }
    Scheduler scheduler = builder.build();
    scheduler.start();
    return new RunningScheduler(scheduler, work, ids);
  }

  /** At work; what is enqueued through it may be executed at once. */
  private record RunningScheduler(Scheduler scheduler, Work work, Supplier<UUID> ids)
      implements ProducingRunning {
    @Override
    public Producer producer() {
      return DbScheduler.producer(scheduler, ids);
    }

    @Override
    public void finish() throws InterruptedException {
      work.awaitCompletions();
    }

    @Override
    public void close() {
      scheduler.stop();
    }
  }

  /** The payload as it is: Java's serialization would cost more. */
  private static final class Text implements Serializer {
    @Override
    public byte[] serialize(Object data) {
      return data.toString().getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public <T> T deserialize(Class<T> type, byte[] data) {
      return type.cast(new String(data, StandardCharsets.UTF_8));
    }
  }
}
