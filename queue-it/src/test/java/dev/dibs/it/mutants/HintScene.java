package dev.dibs.it.mutants;

import dev.dibs.TaskQueue;
import dev.dibs.Worker;
import dev.dibs.it.Db;
import dev.dibs.it.Poll;
import dev.dibs.jdbc.PostgresTaskQueue;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collections;
import java.util.SplittableRandom;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A worker that hears of tasks by NOTIFY, and something goes wrong with that: every task is taken
 * all the same, and soon.
 *
 * @param trouble what goes wrong
 * @param poll how long the worker waits for a hint before it looks by itself
 * @param listening how often its listener connects at most
 */
record HintScene(Trouble trouble, Duration poll, int listening) implements Scene {
  /** What goes wrong. */
  enum Trouble {
    /** A program enqueues with plain SQL and says nothing. */
    HINTS_LOST,
    /** The listener's session is ended by an operator. */
    DISCONNECTED
  }

  static final int ALWAYS = Integer.MAX_VALUE;
  static final Duration NEVER = Duration.ofHours(1);

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration STUCK = Duration.ofSeconds(2);

  /** The worker looks once more when it begins to hear or ceases to. */
  private static final int ROUNDS = 3;

  private static final String EARS = "dibs hint scene";
  private static final String SESSIONS =
      "FROM pg_stat_activity WHERE application_name = '" + EARS + "'";

  @Override
  public Sighting play(Ground ground, String rule, long seed) throws Exception {
    ground.clear();
    int tasks = 1 + new SplittableRandom(seed).nextInt(10);
    TaskQueue queue =
        PostgresTaskQueue.builder(ground.dataSource())
            .schema(ground.schema())
            .listenOn(ears(ground))
            .build();
    Semaphore done = new Semaphore(0);
    try (Worker worker = Worker.builder(queue).pollInterval(poll).build();
        Connection operator = ground.dataSource().getConnection()) {
      worker.register("a", task -> done.release()).start();
      Poll.until("hears", PATIENCE, queue::hearsOthers);
      if (trouble == Trouble.DISCONNECTED) {
        disconnect(operator, queue);
      }
      for (long round = 1; round <= ROUNDS; round++) {
        enqueue(ground, tasks);
        if (!done.tryAcquire(tasks, STUCK.toMillis(), TimeUnit.MILLISECONDS)) {
          int left = tasks - done.availablePermits();
          return Sighting.of("STUCK", round * tasks, left + " of " + tasks + " were not taken");
        }
      }
      return Sighting.kept();
    }
  }

  private void enqueue(Ground ground, int tasks) throws SQLException {
    if (trouble == Trouble.DISCONNECTED) {
      ground.queue().enqueueAll("a", Collections.nCopies(tasks, "1"));
    } else {
      Db.execute(
          ground.dataSource(),
          "INSERT INTO tasks (type, payload) SELECT 'a', '1' FROM generate_series(1, "
              + tasks
              + ")");
    }
  }

  /** Until it listens again, or never will. */
  private void disconnect(Connection operator, TaskQueue queue) throws Exception {
    // That of the scene before may not have ended yet.
    Db.await(operator, "SELECT count(*) = 1 " + SESSIONS);
    String pid = Db.query(operator, "SELECT pid " + SESSIONS);
    Db.execute(operator, "SELECT pg_terminate_backend(" + pid + ")");
    Db.await(operator, "SELECT count(*) = 0 " + SESSIONS + " AND pid = " + pid);
    boolean again = listening > 1;
    Poll.until("hears: " + again, PATIENCE, () -> queue.hearsOthers() == again);
    if (again) {
      Db.await(operator, "SELECT count(*) = 1 " + SESSIONS);
      Poll.until("hears", PATIENCE, queue::hearsOthers);
    }
  }

  /** Connections for its listener, no more than it may have. */
  private PGSimpleDataSource ears(Ground ground) throws SQLException {
    int most = listening;
    PGSimpleDataSource real = ground.postgres().dataSource().unwrap(PGSimpleDataSource.class);
    PGSimpleDataSource ears =
        new PGSimpleDataSource() {
          private static final long serialVersionUID = 1L;
          private int given;

          @Override
          public Connection getConnection() throws SQLException {
            if (given++ >= most) {
              throw new SQLException("it does not listen anew");
            }
            return super.getConnection();
          }
        };
    ears.setUrl(real.getUrl());
    ears.setUser(real.getUser());
    ears.setPassword(real.getPassword());
    ears.setApplicationName(EARS);
    return ears;
  }
}
