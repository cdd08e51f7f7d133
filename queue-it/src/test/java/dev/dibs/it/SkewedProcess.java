package dev.dibs.it;

import com.zaxxer.hikari.HikariDataSource;
import dev.dibs.NewTask;
import dev.dibs.TaskQueue;
import dev.dibs.Worker;
import dev.dibs.jdbc.PostgresTaskQueue;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** A process with a wrong clock that enqueues tasks for later and works, until its input ends. */
final class SkewedProcess {
  /** How the process makes its due times. */
  enum Due {
    /** As Dibs does. */
    DATABASE,
    /** By this JVM's clock. */
    JVM
  }

  /** The payload of a task that is due at once and outlives its lease. */
  static final String LONG = "{\"after\": \"PT0S\"}";

  private static final Duration DELAY = Duration.ofSeconds(2);
  private static final Duration LEASE = Duration.ofSeconds(5);

  private SkewedProcess() {}

  /** Arguments: JDBC URL, schema, one of {@link Due}, number of tasks. */
  public static void main(String[] arguments) throws Exception {
    try (HikariDataSource pool = new HikariDataSource()) {
      pool.setJdbcUrl(arguments[0]);
      pool.setMinimumIdle(0);
      TaskQueue queue = PostgresTaskQueue.create(pool, arguments[1]);
      if (Due.valueOf(arguments[2]) == Due.JVM) {
        queue = dueByJvmClock(queue);
      }
      try (Worker worker = worker(queue, pool)) {
        worker.start();
        queue.enqueueAll(tasks(Integer.parseInt(arguments[3]), pool));
        if (Due.valueOf(arguments[2]) == Due.DATABASE) {
          queue.enqueue("long", LONG);
        }
        while (System.in.read() >= 0) {
          // The parent holds it open while this is to work.
        }
      }
    }
  }

  /** Each says in its payload when it is due, for a witness that knows no JVM's clock. */
  private static List<NewTask> tasks(int count, HikariDataSource pool) throws SQLException {
    String now = Db.query(pool, "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::int8");
    Instant due = Instant.ofEpochMilli(Long.parseLong(now)).plus(DELAY);
    List<NewTask> tasks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      tasks.add(NewTask.of("later", "{\"after\": \"" + DELAY + "\"}").delay(DELAY));
      tasks.add(NewTask.of("later", "{\"at\": \"" + due + "\"}").runAt(due));
    }
    return tasks;
  }

  /** The mutant: makes the due times of delays itself, as many queues do. */
  private static TaskQueue dueByJvmClock(TaskQueue queue) {
    return new ForwardingTaskQueue(queue) {
      @Override
      public List<UUID> enqueueAll(List<NewTask> tasks) {
        return super.enqueueAll(tasks.stream().map(this::dated).toList());
      }

      private NewTask dated(NewTask task) {
        return task.runAt().isPresent() ? task : task.runAt(Instant.now().plus(task.delay()));
      }
    };
  }

  /** A worker for both types; the long one outlives its lease by the database's clock. */
  static Worker worker(TaskQueue queue, HikariDataSource pool) {
    String run = "SELECT pg_sleep(" + LEASE.plusSeconds(1).toSeconds() + ")";
    return Worker.builder(queue)
        .concurrency(4)
        .lease(LEASE)
        .build()
        .register("later", task -> {})
        .register("long", task -> Db.query(pool, run));
  }

  static Process start(
      Path directory, Duration skew, String jdbcUrl, String schema, Due due, int tasks)
      throws IOException {
    return ChildJvm.program(
            SkewedProcess.class,
            List.of(
                SkewedClock.option(directory, skew),
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"),
            jdbcUrl,
            schema,
            due.name(),
            Integer.toString(tasks))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }
}
