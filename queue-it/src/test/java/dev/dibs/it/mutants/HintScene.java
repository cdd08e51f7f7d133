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
import java.util.concurrent.CountDownLatch;
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
    CountDownLatch first = new CountDownLatch(1);
    CountDownLatch others = new CountDownLatch(tasks);
    try (Worker worker = Worker.builder(queue).pollInterval(poll).build();
        Connection operator = ground.dataSource().getConnection()) {
      worker.register("a", task -> first.countDown());
      worker.register("b", task -> others.countDown()).start();
      Poll.until("hears", PATIENCE, queue::hearsOthers);
      ground.queue().enqueue("a", "1");
      if (!first.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        throw new IllegalStateException("did not hear at all");
      }
      if (trouble == Trouble.DISCONNECTED) {
        disconnect(operator, queue);
        ground.queue().enqueueAll("b", Collections.nCopies(tasks, "1"));
      } else {
        Db.execute(
            operator,
            "INSERT INTO tasks (type, payload) SELECT 'b', '1' FROM generate_series(1, "
                + tasks
                + ")");
      }
      return others.await(STUCK.toMillis(), TimeUnit.MILLISECONDS)
          ? Sighting.kept()
          : Sighting.of("STUCK", tasks, others.getCount() + " of " + tasks + " were not taken");
    }
  }

  /** Until it listens again, or never will. */
  private void disconnect(Connection operator, TaskQueue queue) throws Exception {
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
            if (given++ == most) {
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
