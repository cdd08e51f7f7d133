package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.dibs.DatabaseException;
import dev.dibs.NewTask;
import dev.dibs.OutcomeUnknownException;
import dev.dibs.Worker;
import dev.dibs.jdbc.PostgresTaskQueue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Programs that work while their database has a bad day: some enqueue one task after the other and
 * repeat what was not acknowledged, one worker handles them. Nothing here is ever restarted.
 */
final class Load implements AutoCloseable {
  private static final int PRODUCERS = 3;
  private static final int HANDLERS = 10;

  private final HikariDataSource pool = new HikariDataSource();
  private final ExecutorService threads = Executors.newFixedThreadPool(PRODUCERS);
  private final List<Future<Integer>> producing = new ArrayList<>();
  private final CountDownLatch enough = new CountDownLatch(1);
  private final Acknowledgements queue;
  private final Worker worker;

  Load(PGSimpleDataSource database) {
    pool.setDataSource(database);
    pool.setMaximumPoolSize(PRODUCERS + 3);
    pool.setConnectionTimeout(2_000);
    pool.setInitializationFailTimeout(-1);
    queue = new Acknowledgements(PostgresTaskQueue.create(pool));
    worker = Worker.builder(queue).concurrency(HANDLERS).lease(Duration.ofSeconds(3)).build();
    worker.register("a", task -> {});
  }

  Acknowledgements queue() {
    return queue;
  }

  void startWorker() {
    worker.start();
  }

  void startProducers() {
    for (int i = 0; i < PRODUCERS; i++) {
      producing.add(threads.submit(this::produce));
    }
  }

  private int produce() throws InterruptedException {
    int tasks = 0;
    while (enough.getCount() > 0) {
      NewTask task = NewTask.of("a", "{\"to\": \"a@example.org\"}");
      while (!acknowledged(task)) {
        enough.await(10, TimeUnit.MILLISECONDS);
      }
      tasks++;
    }
    return tasks;
  }

  private boolean acknowledged(NewTask task) {
    try {
      queue.enqueue(task);
      return true;
    } catch (OutcomeUnknownException e) {
      return false;
    } catch (DatabaseException e) {
      if (!e.isTransient()) {
        throw e;
      }
      return false;
    }
  }

  /** Returns when so many more of both kinds of writes were acknowledged. */
  void awaitMore(int enqueues, int completions) throws Exception {
    int toEnqueue = queue.enqueued() + enqueues;
    int toComplete = queue.completed() + completions;
    Poll.until(
        enqueues + " enqueues and " + completions + " completions acknowledged",
        Duration.ofSeconds(60),
        () -> queue.enqueued() >= toEnqueue && queue.completed() >= toComplete);
  }

  /** Lets every producer have its last task acknowledged. */
  void stopProducers() throws Exception {
    enough.countDown();
    int tasks = 0;
    for (Future<Integer> producer : producing) {
      tasks += producer.get(60, TimeUnit.SECONDS);
    }
    assertThat(tasks).as("tasks that producers know of").isLessThanOrEqualTo(queue.enqueued());
  }

  /** Returns when the worker has completed all that there is. */
  void awaitDrained(PGSimpleDataSource database) throws Exception {
    Poll.until(
        "all tasks completed",
        Duration.ofSeconds(60),
        () ->
            Db.query(database, "SELECT count(*) FROM tasks WHERE status <> 'completed'")
                .equals("0"));
  }

  @Override
  public void close() {
    enough.countDown();
    worker.close();
    threads.shutdownNow();
    pool.close();
  }
}
