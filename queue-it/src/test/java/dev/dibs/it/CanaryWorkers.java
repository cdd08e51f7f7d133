package dev.dibs.it;

import dev.dibs.Claim;
import dev.dibs.DibsException;
import dev.dibs.Handler;
import dev.dibs.HandlerOptions;
import dev.dibs.NewTask;
import dev.dibs.RetryPolicy;
import dev.dibs.Worker;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;

/** The scenes of {@link CanaryScenes} in which a worker works. */
final class CanaryWorkers {
  private static final Duration LEASE = Duration.ofSeconds(1);

  private CanaryWorkers() {}

  /** Handlers that tell the secret, with and without redaction; and one that prints it. */
  static void control(CanaryScenes scenes) throws Exception {
    Handler tells =
        task -> {
          throw new IllegalStateException("cannot charge " + task.payload());
        };
    Worker plain = Worker.builder(scenes.queue).retry(RetryPolicy.never()).build();
    Worker redacting = redacting(scenes);
    try (plain;
        redacting) {
      plain.register("control-plain", tells).start();
      redacting.register("control-redacted", tells).start();
      scenes.queue.enqueue("control-plain", scenes.payload());
      scenes.queue.enqueue("control-redacted", scenes.payload());
      scenes.await("SELECT count(*) = 2 FROM tasks WHERE status = 'failed'");
    }
    System.out.println("printed " + scenes.payload());
  }

  private static Worker redacting(CanaryScenes scenes) {
    return Worker.builder(scenes.queue)
        .name("redacting")
        .describeErrors(error -> error.getClass().getName())
        .retry(RetryPolicy.never())
        .build();
  }

  static void run(CanaryScenes scenes) throws Exception {
    ends(scenes);
    redacted(scenes);
    clumsy(scenes);
    unspeakable(scenes);
    poison(scenes);
    outage(scenes);
  }

  private static void ends(CanaryScenes scenes) throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    CountDownLatch runs = new CountDownLatch(1);
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    try (Worker worker = Worker.builder(scenes.queue).name("ends").lease(LEASE).build()) {
      worker.register(
          "ok",
          task -> {
            task.progress(scenes.json());
            Thread.getAllStackTraces().keySet().forEach(t -> CanaryScenes.show("thread", t));
            task.complete(scenes.json());
          });
      HandlerOptions once = HandlerOptions.standard().retry(RetryPolicy.never());
      worker.register("fails", task -> Integer.parseInt("x"), once);
      worker.register("late", task -> never.await(), once.timeout(Duration.ofMillis(50)));
      worker.register(
          "cancelled",
          task -> {
            runs.countDown();
            never.await();
          });
      worker.register(
          "lost",
          task -> {
            begun.countDown();
            try {
              never.await();
            } finally {
              interrupted.countDown();
            }
          });
      worker.register("rolled-back", task -> rolledBack(scenes, task));
      worker.start();
      UUID cancelled = scenes.queue.enqueue("cancelled", scenes.payload());
      for (String type : new String[] {"ok", "fails", "late", "rolled-back"}) {
        scenes.queue.enqueue(NewTask.of(type, scenes.payload()).maxAttempts(1));
      }
      runs.await();
      scenes.queue.cancel(cancelled);
      scenes.await("SELECT count(*) = 1 FROM tasks WHERE status = 'completed'");
      scenes.await("SELECT count(*) = 3 FROM tasks WHERE status = 'failed'");
      scenes.await("SELECT count(*) = 1 FROM tasks WHERE status = 'cancelled'");
      scenes.queue.enqueue("lost", scenes.payload());
      begun.await();
      // Its next renewal is refused, and its handler interrupted.
      scenes.operator(
          "UPDATE tasks SET token = gen_random_uuid(), status = 'completed' WHERE type = 'lost'");
      interrupted.await();
    }
  }

  private static void rolledBack(CanaryScenes scenes, Claim task) throws SQLException {
    try (Connection connection = scenes.connect()) {
      connection.setAutoCommit(false);
      task.completeIn(connection);
      connection.rollback();
    }
  }

  /** The handler's own statement is refused, and the server's detail quotes its row. */
  private static void redacted(CanaryScenes scenes) throws Exception {
    scenes.operator("CREATE TABLE cards (number text CHECK (number = ''))");
    try (Worker worker = redacting(scenes)) {
      worker.register("sql-redacted", task -> insert(scenes)).start();
      UUID id = scenes.queue.enqueue("sql-redacted", scenes.payload());
      scenes.await("SELECT status = 'failed' FROM tasks WHERE id = '" + id + "'");
      CanaryScenes.show("errors", scenes.queue.errors(id));
    }
  }

  private static void insert(CanaryScenes scenes) throws SQLException {
    try (Connection connection = scenes.connect();
        PreparedStatement insert =
            connection.prepareStatement("INSERT INTO " + scenes.table("cards") + " VALUES (?)")) {
      insert.setString(1, scenes.secret);
      insert.execute();
    }
  }

  /** Functions of the user's that fail and say why. */
  private static void clumsy(CanaryScenes scenes) throws Exception {
    Worker worker =
        Worker.builder(scenes.queue)
            .name("clumsy")
            .describeErrors(
                error -> {
                  throw new IllegalStateException(scenes.secret);
                })
            .retry(
                (attempt, error) -> {
                  throw new IllegalStateException(scenes.secret);
                })
            .build();
    try (worker) {
      worker.register("clumsy", task -> Integer.parseInt("x")).start();
      scenes.queue.enqueue(NewTask.of("clumsy", scenes.payload()).maxAttempts(1));
      scenes.await("SELECT count(*) = 1 FROM tasks WHERE type = 'clumsy' AND status = 'failed'");
    }
  }

  /** With every log line written, one of which is about an exception that cannot be printed. */
  private static void unspeakable(CanaryScenes scenes) throws Exception {
    HandlerOptions once = HandlerOptions.standard().retry(RetryPolicy.never());
    Worker worker =
        Worker.builder(scenes.queue)
            .name("unspeakable")
            .concurrency(1)
            .drainTimeout(Duration.ZERO)
            .build();
    try (worker) {
      worker.register(
          "unspeakable",
          task -> {
            throw new HostileValues.Speaker(
                () -> {
                  throw new IllegalStateException("no words");
                });
          },
          once);
      worker.start();
      scenes.queue.enqueue("unspeakable", scenes.payload());
      scenes.await("SELECT status = 'failed' FROM tasks WHERE type = 'unspeakable'");
    } catch (AssertionError e) {
      System.out.println("STUCK: " + e.getMessage());
    }
  }

  /** The server refuses to write an end; the detail of its refusal quotes the whole task. */
  private static void poison(CanaryScenes scenes) throws Exception {
    scenes.operator(
        "ALTER TABLE tasks ADD CONSTRAINT canary CHECK (type <> 'poison' OR status <> 'completed')"
            + " NOT VALID");
    try (Worker worker = Worker.builder(scenes.queue).name("poison").lease(LEASE).build()) {
      worker.register("poison", task -> {}).register("neighbour", task -> {}).start();
      for (int i = 0; i < 20; i++) {
        scenes.queue.enqueue(i == 7 ? "poison" : "neighbour", scenes.payload());
      }
      scenes.await(
          "SELECT count(*) = 19 FROM tasks WHERE type = 'neighbour' AND status = 'completed'");
      // Its lease expires and it is claimed again: by then the refusal is in the log.
      scenes.await("SELECT attempt > 1 FROM tasks WHERE type = 'poison'");
    }
    scenes.operator(
        "ALTER TABLE tasks DROP CONSTRAINT canary",
        "UPDATE tasks SET status = 'completed' WHERE type = 'poison'");
  }

  private static void outage(CanaryScenes scenes) throws Exception {
    try (Worker worker = Worker.builder(scenes.queue).name("outage").lease(LEASE).build()) {
      worker.register("outage", task -> task.complete(scenes.json())).start();
      for (int cut = 0; cut < 10; cut++) {
        NewTask task = NewTask.of("outage", scenes.payload());
        scenes.cutAll();
        while (!enqueued(scenes, task)) {
          CanaryScenes.show("again", task);
        }
      }
      scenes.await(
          "SELECT count(*) = 10 FROM tasks WHERE type = 'outage' AND status = 'completed'");
    }
  }

  private static boolean enqueued(CanaryScenes scenes, NewTask task) {
    try {
      scenes.queue.enqueue(task);
      return true;
    } catch (DibsException e) {
      e.printStackTrace(System.out);
      return false;
    }
  }
}
