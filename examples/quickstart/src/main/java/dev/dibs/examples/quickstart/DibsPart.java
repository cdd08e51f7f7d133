package dev.dibs.examples.quickstart;

import dev.dibs.Status;
import dev.dibs.TaskQueue;
import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.jdbc.Schema;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * The second part: the same load on Dibs, with handlers that throw and a process that is killed.
 */
final class DibsPart {
  private static final int THROWING = 25;
  private static final int KILL_AT_PERCENT = 40;
  private static final int KILL_AT_LATEST_PERCENT = 60;
  private static final long POLL_NANOS = 20_000_000;
  private static final long STALL_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final Terminal terminal;
  private final Server server;
  private final Database database;
  private final RunLog runs;
  private final int tasks;
  private final TaskQueue queue;

  DibsPart(Terminal terminal, Server server, Database database, RunLog runs, int tasks) {
    this.terminal = terminal;
    this.server = server;
    this.database = database;
    this.runs = runs;
    this.tasks = tasks;
    this.queue = PostgresTaskQueue.create(database.dataSource(), Database.SCHEMA);
  }

  Repeats run() throws SQLException, InterruptedException {
    terminal.say("");
    terminal.say("Part 2, Dibs: the same load, and things go wrong.");
    terminal.say(
        "  %,d tasks, %d workers (%d processes of %d), leases of %d s; the first attempt",
        tasks,
        Workers.PROCESSES * Workers.CONCURRENCY,
        Workers.PROCESSES,
        Workers.CONCURRENCY,
        WorkerProcess.LEASE.toSeconds());
    terminal.say(
        "  of %d tasks throws, and one process is killed after %d %%, amid its work.",
        tasks / throwEvery(), KILL_AT_PERCENT);
    Schema.install(database.dataSource(), Database.SCHEMA);
    queue.enqueueAll(
        CarePlan.TYPE, IntStream.rangeClosed(1, tasks).mapToObj(CarePlan::payload).toList());

    List<ChildProcess> workers =
        new ArrayList<>(Workers.start(WorkerProcess.class, "dibs", server, terminal, throwEvery()));
    work(workers);
    for (ChildProcess worker : workers) {
      worker.stop();
    }

    Repeats repeats = Repeats.of(runs.of("dibs"));
    terminal.say(
        "  When its leases ended, the others took over, at most %.1f s after the kill:",
        repeats.slowestTakeover().toMillis() / 1e3);
    terminal.say(
        "  tasks that it had begun: %,d; tasks that it had only claimed: %,d.",
        repeats.afterKill(), runs.firstRunsLate());
    terminal.say(
        "  %,d runs were repeated because the handler had thrown, %,d without a reason.",
        repeats.afterThrow(), repeats.duplicates());
    terminal.say("");
    terminal.say("SELECT status, count(*) FROM tasks GROUP BY status;");
    List<List<String>> rows = new ArrayList<>(List.of(List.of("status", "count")));
    rows.addAll(
        database.list(
            "SELECT status, count(*) FROM tasks GROUP BY status ORDER BY status",
            row -> List.of(row.getString(1), row.getString(2))));
    TextTable.format(rows).forEach(line -> terminal.say("  %s", line));
    return repeats;
  }

  /** Until all tasks are completed, or nothing has moved for a minute. */
  private void work(List<ChildProcess> workers) throws SQLException, InterruptedException {
    ProgressBar bar = new ProgressBar(terminal, "Dibs ", tasks);
    String note = "";
    long done = 0;
    long movedAt = System.nanoTime();
    while (done < tasks && System.nanoTime() - movedAt < STALL_NANOS) {
      LockSupport.parkNanos(POLL_NANOS);
      long before = done;
      done = queue.counts().getOrDefault(Status.COMPLETED, 0L);
      movedAt = done > before ? System.nanoTime() : movedAt;
      bar.show(done, note);
      if (workers.size() == Workers.PROCESSES && isTimeToKill(workers.get(1), done)) {
        kill(workers.remove(1), 100 * done / tasks);
        note = "2 processes left";
      }
    }
    bar.end(done);
  }

  /** At the percentage, as soon as it hurts: with half of the victim's handlers at work. */
  private boolean isTimeToKill(ChildProcess victim, long done) throws SQLException {
    long percent = 100 * done / tasks;
    return percent >= KILL_AT_PERCENT
        && (percent >= KILL_AT_LATEST_PERCENT
            || runs.goingOn(victim.name()) >= Workers.CONCURRENCY / 2);
  }

  private void kill(ChildProcess victim, long percent) throws SQLException, InterruptedException {
    int exit = victim.kill();
    // The server may still be at work on what it had sent.
    while (database.isConnected(victim.name())) {
      LockSupport.parkNanos(POLL_NANOS);
    }
    List<Boolean> ended = runs.killed(victim.name());
    long unwritten = ended.stream().filter(e -> e).count();
    terminal.say(
        "  worker process 2 (pid %d) was killed with SIGKILL at %d %% (exit code %d);",
        victim.pid(), percent, exit);
    terminal.say(
        "  runs in its hands: %d (%d going on, %d ended but not yet written as completed).",
        ended.size(), ended.size() - unwritten, unwritten);
  }

  private int throwEvery() {
    return Math.max(1, tasks / THROWING);
  }

  long completed() throws SQLException {
    return database.number("SELECT count(*) FROM tasks WHERE status = 'completed'");
  }

  /** Tasks that are not both completed and run to a good end. */
  long lost() throws SQLException {
    return tasks
        - database.number(
            "SELECT count(*) FROM tasks t WHERE status = 'completed' AND EXISTS"
                + " (SELECT FROM runs r WHERE r.task = t.id AND r.outcome = 'ok')");
  }
}
