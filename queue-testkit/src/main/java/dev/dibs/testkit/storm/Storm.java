package dev.dibs.testkit.storm;

import dev.dibs.Priority;
import dev.dibs.TaskQueue;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import javax.sql.DataSource;

/**
 * Many claimers that work one queue empty at the same time, and a check of everything they saw
 * against the {@link Rule rules} of the queue. Part of the tasks is enqueued before, the rest while
 * it runs.
 *
 * <pre>{@code
 * Verdict verdict = Storm.on(queue).tasks(100_000).claimers(64).seed(42).run();
 * System.out.println(verdict);
 * }</pre>
 *
 * <p>The seed decides what each task is, how many tasks each claimer asks for each time and what it
 * does with them; how the claimers interleave is up to the machine. Nobody else may use the storm's
 * types in the same queue meanwhile, nor delete what was completed.
 *
 * <p>Not thread-safe: to be set up and run by one thread. The setters return this object and throw
 * {@link IllegalArgumentException} for a value outside its bound.
 */
public final class Storm {
  private final IntFunction<TaskQueue> queues;
  private final Settings settings = new Settings();

  private Storm(IntFunction<TaskQueue> queues) {
    this.queues = queues;
  }

  /** A storm whose claimers share one queue. */
  public static Storm on(TaskQueue queue) {
    return new Storm(claimer -> queue);
  }

  /**
   * A storm whose claimers have a queue each, as processes of their own would.
   *
   * @param queues makes the queue of a claimer from its index; all must work on the same tasks
   */
  public static Storm on(IntFunction<TaskQueue> queues) {
    return new Storm(queues);
  }

  /** How many tasks there are, 1 to 20,000,000. Defaults to 10,000. */
  public Storm tasks(int tasks) {
    settings.tasks = Settings.range("tasks", tasks, 1, 20_000_000);
    return this;
  }

  /** How many threads claim, 1 to 4000. Defaults to 64. */
  public Storm claimers(int claimers) {
    settings.claimers = Settings.range("claimers", claimers, 1, 4000);
    return this;
  }

  /**
   * Makes the plan of an earlier storm again. Defaults to a random seed, which the verdict names.
   */
  public Storm seed(long seed) {
    settings.seed = seed;
    return this;
  }

  /** The types of the tasks, 1 to 60 different ones. Defaults to three. */
  public Storm types(String... types) {
    settings.types = List.copyOf(new LinkedHashSet<>(List.of(types)));
    Settings.range("number of types", settings.types.size(), 1, 60);
    return this;
  }

  /** The priorities of the tasks, at least one. Defaults to HIGH and NORMAL. */
  public Storm priorities(Priority... priorities) {
    settings.priorities = List.copyOf(new LinkedHashSet<>(List.of(priorities)));
    Settings.range("number of priorities", settings.priorities.size(), 1, Priority.values().length);
    return this;
  }

  /**
   * Each claim asks for 1 to this many tasks; at most 10,000. Defaults to 50. A worker asks for up
   * to 2,000.
   */
  public Storm maxBatch(int maxBatch) {
    settings.maxBatch = Settings.range("maxBatch", maxBatch, 1, 10_000);
    return this;
  }

  /**
   * The share of tasks that is enqueued while the storm runs, in per cent, 0 to 90; every fourth of
   * them with a delay of up to 200 ms. Defaults to 10.
   */
  public Storm late(int percent) {
    settings.late = Settings.range("late", percent, 0, 90);
    return this;
  }

  /**
   * The share of the late tasks that have a unique key, of so few keys that many are taken when
   * they are enqueued, in per cent, 0 to 100. Those that are passed over never run. Defaults to 0.
   */
  public Storm unique(int percent) {
    settings.unique = Settings.range("unique", percent, 0, 100);
    return this;
  }

  /**
   * The share of the late enqueues that are made in a transaction, which is kept open for a moment
   * and then committed, or rolled back and made again with the same ids; in per cent, 0 to 100.
   * Needs a {@link #database}. Defaults to 0.
   */
  public Storm transactional(int percent) {
    settings.transactional = Settings.range("transactional", percent, 0, 100);
    return this;
  }

  /** The share of claims that ends with a retry, in per cent, 0 to 45. Defaults to 0. */
  public Storm retries(int percent) {
    settings.retries = Settings.range("retries", percent, 0, 45);
    return this;
  }

  /** The share of claims that ends with a release, in per cent, 0 to 45. Defaults to 0. */
  public Storm releases(int percent) {
    settings.releases = Settings.range("releases", percent, 0, 45);
    return this;
  }

  /**
   * How long a claimer keeps its tasks before it settles them: a random time up to this, zero to 1
   * day. More than the lease makes leases expire. Defaults to zero.
   */
  public Storm work(Duration work) {
    settings.work = Settings.range("work", work, Duration.ZERO);
    return this;
  }

  /** How long each claim holds, 1 ms to 1 day. Defaults to 30 s. */
  public Storm lease(Duration lease) {
    settings.lease = Settings.range("lease", lease, Duration.ofMillis(1));
    return this;
  }

  /**
   * Within which time the queue must find tasks that were not enqueued before the storm; {@link
   * Rule#ORDER} and {@link Rule#SPURIOUS_EMPTY} do not count them before. With {@link #faults}, or
   * {@link #work} as long as the lease, that is so for all tasks: a storm that is over sooner does
   * not judge the two, except for the order within one claim, and its summary says so. Defaults to
   * 11 s: the queue's promise of 10 s and a margin.
   */
  public Storm lookBehind(Duration lookBehind) {
    settings.lookBehind = Settings.range("lookBehind", lookBehind, Duration.ofMillis(1));
    return this;
  }

  /**
   * After how long without a finished task the storm is ended as stuck; and for how long the queue
   * may refuse to count and to enqueue before it. Defaults to 60 s.
   */
  public Storm stuckAfter(Duration stuckAfter) {
    settings.stuckAfter = Settings.range("stuckAfter", stuckAfter, Duration.ofMillis(1));
    return this;
  }

  /**
   * A side door into the database that the queue's tasks are in. The storm watches its clients'
   * sessions through it, for {@link Rule#IDLE_IN_TX}, and needs it for {@link #transactional},
   * {@link #faults} and {@link #audit}.
   *
   * @param dataSource gives up to five connections at a time, with the role that the queue has or
   *     one that may see and end its sessions; better none that the claimers need
   * @param schema the schema of the table {@code tasks}, as PostgreSQL holds its name
   */
  public Storm database(DataSource dataSource, String schema) {
    settings.sideDoor = Optional.of(new SideDoor(dataSource, schema));
    return this;
  }

  /**
   * What to do to the clients once a tenth of the tasks is finished, until seven tenths are or the
   * time of {@link #faultsFor} is over; then the storm goes on without. The seed decides what
   * happens when and to whom. Needs a {@link #database}. Defaults to none.
   *
   * <p>What a terminated session had claimed is claimed again when its lease is over, so leases
   * should be short. Every session counts as a client's whose last statement named the table or
   * something of its schema.
   */
  public Storm faults(Fault... faults) {
    settings.faults = EnumSet.noneOf(Fault.class);
    settings.faults.addAll(List.of(faults));
    return this;
  }

  /**
   * Whether an {@link AuditTrigger} watches the table from inside while the storm runs, so that
   * what was not answered is known nevertheless. Needs a {@link #database} whose role owns the
   * table, and that nobody else audits it; it is dropped again. Defaults to false.
   */
  public Storm audit(boolean audit) {
    settings.audit = audit;
    return this;
  }

  /** After how long the faults end at the latest, 1 ms to 1 day. Defaults to 10 s. */
  public Storm faultsFor(Duration faultsFor) {
    settings.faultsFor = Settings.range("faultsFor", faultsFor, Duration.ofMillis(1));
    return this;
  }

  /**
   * Lets the claimers work in processes of their own, which share them evenly and begin when all
   * are there. This process enqueues and judges; it uses the queue that {@link #on} was given.
   * Defaults to threads of this process.
   *
   * <p>{@link Fault#KILLED_PROCESS} and {@link Fault#STOPPED_PROCESS} come as often as there are
   * processes, unless the tasks are finished before; the other faults, and what else needs a {@link
   * #database}, are for threads only.
   *
   * @param count 1 to 64, not more than claimers
   * @param opener how each opens the queue
   * @param argument handed to it
   */
  public Storm processes(int count, Class<? extends QueueOpener> opener, String argument) {
    Settings.range("processes", count, 1, 64);
    settings.processes = Optional.of(new Settings.Processes(count, opener, argument));
    return this;
  }

  /**
   * Keeps the history in this file, for {@link Verdict#recheck} and for other tools: as EDN if its
   * name ends in {@code .edn}, else as lines of JSON. Without this it is kept only if a rule was
   * broken, in a temporary file that the verdict names.
   */
  public Storm history(Path file) {
    settings.historyFile = Optional.of(file);
    return this;
  }

  /**
   * Enqueues, lets the claimers loose, waits until all tasks are finished or nothing is finished
   * any more, and judges.
   *
   * @throws IllegalStateException if a call to the queue failed for a reason that does not pass, or
   *     before the storm for {@link #stuckAfter}, the calling thread was interrupted, an option
   *     lacks another one that it needs, or the {@link #database} cannot be read or, for {@link
   *     #audit}, not be changed
   */
  public Verdict run() {
    settings.check();
    settings.sideDoor.ifPresent(SideDoor::check);
    TaskQueue queue = queues.apply(0);
    Ends ends = new Ends(queue, settings.stuckAfter);
    History.Origin origin =
        new History.Origin(
            toString(), settings.seed, Settings.MAX_ATTEMPTS, settings.lookBehind.toNanos());
    try {
      History history =
          settings.processes.isPresent()
              ? ProcessRun.run(settings, settings.processes.get(), queue, origin)
              : ThreadRun.run(settings, i -> i == 0 ? queue : queues.apply(i), origin, ends);
      ends.readIfDifferent(history);
      return Verdict.of(history, settings.historyFile);
    } catch (IOException e) {
      throw new IllegalStateException(this + ": its processes cannot go on", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(this + ": interrupted", e);
    }
  }

  Settings settings() {
    return settings;
  }

  /** The calls that make this storm again. */
  @Override
  public String toString() {
    return "Storm.on(queue)" + settings;
  }
}
