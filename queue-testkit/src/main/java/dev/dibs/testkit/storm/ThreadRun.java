package dev.dibs.testkit.storm;

import dev.dibs.TaskQueue;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.IntFunction;

/** A storm over threads of this process, with its bystanders if it has a side door. */
final class ThreadRun {
  private static final Duration PATIENCE_AT_END = Duration.ofSeconds(30);

  private final Settings settings;
  private final IntFunction<TaskQueue> queues;
  private final Ends ends;
  private final History history;
  private final Plan plan;
  private final Progress progress;
  private final Faults faults;

  private ThreadRun(
      Settings settings, IntFunction<TaskQueue> queues, History.Origin origin, Ends ends) {
    this.settings = settings;
    this.queues = queues;
    this.ends = ends;
    this.plan = new Plan(settings);
    this.history = new History(plan.tasks(), settings.claimers, origin);
    this.progress = new Progress(settings.tasks);
    this.faults = new Faults(settings.faults, settings.claimers);
  }

  /** Runs until all tasks are finished or nothing is finished any more. */
  static History run(
      Settings settings, IntFunction<TaskQueue> queues, History.Origin origin, Ends ends)
      throws InterruptedException {
    ThreadRun run = new ThreadRun(settings, queues, origin, ends);
    Optional<AuditTrigger> audit =
        settings.audit
            ? Optional.of(AuditTrigger.create(settings.sideDoor.orElseThrow()))
            : Optional.empty();
    try {
      run.run();
    } catch (InterruptedException e) {
      run.progress.abort(e);
      throw e;
    } finally {
      audit.ifPresent(run::drop);
    }
    return run.history;
  }

  private void run() throws InterruptedException {
    Enqueuer enqueuer = new Enqueuer(settings, queues.apply(0), plan, history, progress);
    enqueuer.preload();
    List<Thread> threads = threads(enqueuer);
    if (settings.mayLoseLeases()) {
      history.leasesMayExpire();
    }
    history.begin(history.now());
    for (Thread thread : threads) {
      thread.setDaemon(true);
      thread.start();
    }
    progress.awaitEnd(settings.stuckAfter);
    join(threads);
    if (progress.failure() != null) {
      throw new IllegalStateException(
          history.origin().call() + ": a client could not go on", progress.failure());
    }
    if (progress.isAborted()) {
      ends.read(history);
    }
    if (settings.audit) {
      settle(settings.sideDoor.orElseThrow());
    }
    history.injected(faults.counts());
  }

  private List<Thread> threads(Enqueuer enqueuer) {
    List<Thread> threads = new ArrayList<>();
    threads.add(new Thread(enqueuer, "storm-enqueuer"));
    for (int i = 0; i < settings.claimers; i++) {
      Claimer claimer = new Claimer(settings, queues.apply(i), history, progress, faults, i);
      threads.add(new Thread(claimer, "storm-claimer-" + i));
    }
    settings.sideDoor.ifPresent(door -> addBystanders(threads, door));
    return threads;
  }

  private void addBystanders(List<Thread> threads, SideDoor door) {
    threads.add(new Thread(new Watcher(door, history, progress), "storm-watcher"));
    if (!settings.faults.isEmpty()) {
      Injector injector = new Injector(door, settings, faults, progress);
      threads.add(new Thread(injector, "storm-injector"));
    }
    if (faults.has(Fault.HELD_ROW)) {
      Holder holder = new Holder(door, settings, history, faults, progress);
      threads.add(new Thread(holder, "storm-holder"));
    }
  }

  /** A claimer that hangs in a call keeps it open in its track; the verdict does without. */
  private static void join(List<Thread> threads) throws InterruptedException {
    long end = System.nanoTime() + PATIENCE_AT_END.toNanos();
    for (Thread thread : threads) {
      thread.join(Math.max(1, (end - System.nanoTime()) / 1_000_000));
    }
  }

  /** What is in its way may be the very breach that was sighted: the verdict has both then. */
  private void drop(AuditTrigger audit) {
    try {
      audit.close();
    } catch (IllegalStateException e) {
      if (history.sightings().stream().noneMatch(seen -> seen.rule() == Rule.IDLE_IN_TX)) {
        throw e;
      }
      String why = Objects.requireNonNull(e.getMessage());
      history.sighted(new History.Sighting(Rule.IDLE_IN_TX, history.now(), Tasks.NONE, why));
    }
  }

  private void settle(SideDoor door) {
    try (SideDoor.Session session = door.open()) {
      Settlement.of(history, new AuditChanges(door, session.connection(), history));
    } catch (SQLException e) {
      throw new IllegalStateException("audit: what it wrote cannot be read", e);
    }
  }
}
