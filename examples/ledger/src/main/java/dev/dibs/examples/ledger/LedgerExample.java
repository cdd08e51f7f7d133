package dev.dibs.examples.ledger;

import dev.dibs.TaskQueue;
import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.jdbc.Schema;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.SQLException;
import java.util.Collections;
import java.util.concurrent.TimeUnit;

/** Books the same tasks in two ways, on a PostgreSQL that it starts, and kills the workers. */
public final class LedgerExample {
  private static final int TASKS = 100;

  private final String jdbcUrl;
  private final TaskQueue queue;
  private final Ledger ledger;

  private LedgerExample(String jdbcUrl, TaskQueue queue, Ledger ledger) {
    this.jdbcUrl = jdbcUrl;
    this.queue = queue;
    this.ledger = ledger;
  }

  /** Exits with 0 if one way booked some tasks again and the other each of them once. */
  public static void main(String[] args) throws Exception {
    System.out.printf(
        "%d tasks, a credit each; each worker is killed in its %dth run, after the commit.%n%n",
        TASKS, LedgerWorker.RUNS);
    LedgerVerdict verdict;
    try (EmbeddedPostgres postgres = LocalPostgres.start()) {
      Schema.install(postgres.getPostgresDatabase());
      LedgerExample example =
          new LedgerExample(
              postgres.getJdbcUrl("postgres", "postgres"),
              PostgresTaskQueue.create(postgres.getPostgresDatabase()),
              Ledger.create(postgres.getPostgresDatabase()));
      verdict = new LedgerVerdict(example.run(Way.THEN_COMPLETE), example.run(Way.AND_COMPLETE));
    }
    verdict.lines().forEach(System.out::println);
    System.exit(verdict.isShown() ? 0 : 1);
  }

  /** One worker after the other; what was not done after two minutes shows in the result. */
  private Round run(Way way) throws IOException, SQLException, InterruptedException {
    queue.enqueueAll(way.type(), Collections.nCopies(TASKS, Integer.toString(way.account())));
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
    int kills = 0;
    while (isToDo(way, end)) {
      Process worker = LedgerWorker.start(jdbcUrl, way);
      while (!worker.waitFor(20, TimeUnit.MILLISECONDS) && isToDo(way, end)) {
        // It works.
      }
      worker.getOutputStream().close();
      int exit = worker.waitFor();
      if (exit == LedgerWorker.KILLED) {
        kills++;
      } else if (exit != 0) {
        throw new IllegalStateException("a worker ended with exit code " + exit);
      }
    }
    return ledger.read(way, TASKS, kills);
  }

  private boolean isToDo(Way way, long end) throws SQLException {
    return ledger.completed(way) < TASKS && System.nanoTime() - end < 0;
  }
}
