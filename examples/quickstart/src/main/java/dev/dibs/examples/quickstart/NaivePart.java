package dev.dibs.examples.quickstart;

import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** The first part: the load on the naive queue, with nothing going wrong. */
final class NaivePart {
  private static final long POLL_NANOS = 50_000_000;

  private final Terminal terminal;
  private final Server server;
  private final Database database;
  private final RunLog runs;
  private final int tasks;

  NaivePart(Terminal terminal, Server server, Database database, RunLog runs, int tasks) {
    this.terminal = terminal;
    this.server = server;
    this.database = database;
    this.runs = runs;
    this.tasks = tasks;
  }

  Repeats run() throws SQLException, InterruptedException {
    terminal.say("");
    terminal.say("Part 1, the textbook queue: SELECT the pending, then UPDATE them to processing.");
    terminal.say(
        "  %,d tasks, %d workers (%d processes of %d threads); nobody crashes, nothing fails.",
        tasks, Workers.PROCESSES * Workers.CONCURRENCY, Workers.PROCESSES, Workers.CONCURRENCY);
    NaiveQueue queue = NaiveQueue.create(database);
    queue.fill(tasks);

    List<ChildProcess> workers =
        Workers.start(NaiveWorkerProcess.class, "naive", server, terminal, Integer.MAX_VALUE);
    ProgressBar bar = new ProgressBar(terminal, "naive", tasks);
    while (workers.stream().anyMatch(ChildProcess::isAlive)) {
      bar.show(queue.completed(), "");
      LockSupport.parkNanos(POLL_NANOS);
    }
    for (ChildProcess worker : workers) {
      worker.stop();
    }
    bar.end(queue.completed());

    Repeats repeats = Repeats.of(runs.of("naive"));
    terminal.say(
        "  %,d tasks were run %,d times: %,d runs too many.",
        tasks, repeats.runs(), repeats.duplicates());
    terminal.say(
        "  %,d customers would have had their mail twice or more often; the mailer",
        repeats.duplicatedTasks());
    terminal.say(
        "  refused %,d mails because it had seen their idempotency key.",
        Mailer.refused(database, "naive"));
    return repeats;
  }
}
