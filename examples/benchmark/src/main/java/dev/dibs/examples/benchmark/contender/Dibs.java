package dev.dibs.examples.benchmark.contender;

import dev.dibs.Retention;
import dev.dibs.TaskQueue;
import dev.dibs.Worker;
import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.jdbc.Schema;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Workers with their defaults, but for the concurrency. */
final class Dibs implements Contender {
  static final String TYPE = "bench";

  private final String name;
  private final int concurrency;
  private final int workers;
  private final boolean notify;
  private @Nullable TaskQueue queue;

  Dibs(Settings settings) {
    this.name = settings.name();
    this.concurrency = settings.integer("concurrency", 50);
    this.workers = settings.integer("workers", 1);
    this.notify = settings.flag("notify", false);
  }

  private boolean deletes() {
    return name.equals("dibs-delete");
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String settings() {
    return (workers > 1 ? workers + " workers, each with " : "")
        + "concurrency "
        + concurrency
        + (deletes() ? ", retention 0" : "")
        + (notify ? ", listenOn" : "");
  }

  @Override
  public int connections() {
    return Math.max(10, workers);
  }

  @Override
  public void install(DataSource database) {
    Schema.install(database);
  }

  @Override
  public String table() {
    return "tasks";
  }

  @Override
  public String unfinished() {
    return "status <> 'completed' AND type = '" + TYPE + "'";
  }

  @Override
  public int tasks() {
    return 400_000;
  }

  @Override
  public Producer producer(DataSource pool) {
    return producer(queue(pool));
  }

  private static Producer producer(TaskQueue queue) {
    return new Producer() {
      @Override
      public void one(String payload) {
        queue.enqueue(TYPE, payload);
      }

      @Override
      public void many(List<String> payloads) {
        queue.enqueueAll(TYPE, payloads);
      }
    };
  }

  @Override
  public Running start(DataSource pool, Work work) {
    TaskQueue queue = queue(pool);
    List<Worker> started = new ArrayList<>();
    IntStream.range(0, workers).forEach(i -> started.add(worker(queue, work)));
    return new ProducingRunning() {
      @Override
      public Producer producer() {
        return Dibs.producer(queue);
      }

      /** A worker that is closed has written what its handlers did. */
      @Override
      public void finish() {
        started.forEach(Worker::close);
      }

      @Override
      public void close() {
        started.forEach(Worker::close);
      }
    };
  }

  /** One for as long as the process lives, as a program has. */
  private TaskQueue queue(DataSource pool) {
    if (queue == null) {
      PostgresTaskQueue.Builder builder = PostgresTaskQueue.builder(pool);
      if (notify) {
        builder.listenOn(pool);
      }
      queue = builder.build();
    }
    return queue;
  }

  private Worker worker(TaskQueue queue, Work work) {
    Worker.Builder builder = Worker.builder(queue).concurrency(concurrency);
    if (deletes()) {
      builder.retention(Retention.forever().completed(Duration.ZERO));
    }
    Worker worker = builder.build();
    worker.register(TYPE, task -> work.handle(task.payload()));
    return worker.start();
  }
}
