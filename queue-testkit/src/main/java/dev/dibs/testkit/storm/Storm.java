package dev.dibs.testkit.storm;

import dev.dibs.NewTask;
import dev.dibs.Priority;
import dev.dibs.Status;
import dev.dibs.TaskQueue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

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
 * types in the same queue meanwhile.
 *
 * <p>Not thread-safe: to be set up and run by one thread. The setters return this object and throw
 * {@link IllegalArgumentException} for a value outside its bound.
 */
public final class Storm {
  static final int MAX_ATTEMPTS = NewTask.DEFAULT_MAX_ATTEMPTS;

  private static final Duration PATIENCE_AT_END = Duration.ofSeconds(30);

  private final IntFunction<TaskQueue> queues;
  private int tasks = 10_000;
  private int claimers = 64;
  private long seed = ThreadLocalRandom.current().nextLong();
  private List<String> types = List.of("storm_a", "storm_b", "storm_c");
  private List<Priority> priorities = List.of(Priority.HIGH, Priority.NORMAL);
  private int maxBatch = 50;
  private int late = 10;
  private int retries;
  private int releases;
  private Duration work = Duration.ZERO;
  private Duration lease = Duration.ofSeconds(30);
  private Duration lookBehind = Duration.ofSeconds(11);
  private Duration stuckAfter = Duration.ofSeconds(60);

  private @Nullable Path historyFile;
  private ProcessRun.@Nullable ProcessFaults processes;

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
    this.tasks = range("tasks", tasks, 1, 20_000_000);
    return this;
  }

  /** How many threads claim, 1 to 4000. Defaults to 64. */
  public Storm claimers(int claimers) {
    this.claimers = range("claimers", claimers, 1, 4000);
    return this;
  }

  /**
   * Makes the plan of an earlier storm again. Defaults to a random seed, which the verdict names.
   */
  public Storm seed(long seed) {
    this.seed = seed;
    return this;
  }

  /** The types of the tasks, 1 to 60 different ones. Defaults to three. */
  public Storm types(String... types) {
    this.types = List.copyOf(new LinkedHashSet<>(List.of(types)));
    range("number of types", this.types.size(), 1, 60);
    return this;
  }

  /** The priorities of the tasks, at least one. Defaults to HIGH and NORMAL. */
  public Storm priorities(Priority... priorities) {
    this.priorities = List.copyOf(new LinkedHashSet<>(List.of(priorities)));
    range("number of priorities", this.priorities.size(), 1, Priority.values().length);
    return this;
  }

  /** Each claim asks for 1 to this many tasks; at most 10,000. Defaults to 50. */
  public Storm maxBatch(int maxBatch) {
    this.maxBatch = range("maxBatch", maxBatch, 1, 10_000);
    return this;
  }

  /**
   * The share of tasks that is enqueued while the storm runs, in per cent, 0 to 90; every fourth of
   * them with a delay of up to 200 ms. Defaults to 10.
   */
  public Storm late(int percent) {
    this.late = range("late", percent, 0, 90);
    return this;
  }

  /** The share of claims that ends with a retry, in per cent, 0 to 45. Defaults to 0. */
  public Storm retries(int percent) {
    this.retries = range("retries", percent, 0, 45);
    return this;
  }

  /** The share of claims that ends with a release, in per cent, 0 to 45. Defaults to 0. */
  public Storm releases(int percent) {
    this.releases = range("releases", percent, 0, 45);
    return this;
  }

  /**
   * How long a claimer keeps its tasks before it settles them: a random time up to this, zero to 1
   * day. More than the lease makes leases expire. Defaults to zero.
   */
  public Storm work(Duration work) {
    this.work = range("work", work, Duration.ZERO);
    return this;
  }

  /** How long each claim holds, 1 ms to 1 day. Defaults to 30 s. */
  public Storm lease(Duration lease) {
    this.lease = range("lease", lease, Duration.ofMillis(1));
    return this;
  }

  /**
   * Within which time the queue must find tasks that were not enqueued before the storm; {@link
   * Rule#ORDER} and {@link Rule#SPURIOUS_EMPTY} do not count them before. Defaults to 11 s: the
   * queue's promise of 10 s and a margin.
   */
  public Storm lookBehind(Duration lookBehind) {
    this.lookBehind = range("lookBehind", lookBehind, Duration.ofMillis(1));
    return this;
  }

  /** After how long without a finished task the storm is ended as stuck. Defaults to 60 s. */
  public Storm stuckAfter(Duration stuckAfter) {
    this.stuckAfter = range("stuckAfter", stuckAfter, Duration.ofMillis(1));
    return this;
  }

  /**
   * Keeps the history in this file, for {@link Verdict#recheck} and for other tools: as EDN if its
   * name ends in {@code .edn}, else as lines of JSON. Without this it is kept only if a rule was
   * broken, in a temporary file that the verdict names.
   */
  public Storm history(Path file) {
    this.historyFile = file;
    return this;
  }

  /**
   * Lets the claimers work in processes of their own, which share them evenly. This process
   * enqueues and judges; it uses the queue that {@link #on} was given. Claimers of a process that
   * ends are replaced by others. Defaults to threads of this process.
   *
   * @param count 1 to 64 processes, not more than claimers
   * @param opener how each opens the queue
   * @param argument handed to it
   */
  public Storm processes(int count, Class<? extends QueueOpener> opener, String argument) {
    range("processes", count, 1, Math.min(64, claimers));
    StormProcesses.Command command = new StormProcesses.Command(opener, argument, claimers / count);
    this.processes = new ProcessRun.ProcessFaults(command, count, 0, 0);
    return this;
  }

  /**
   * How often a process is killed, as {@code kill -9} does, and replaced; and how often one is
   * stopped for longer than its leases last and then goes on. Each 0 to 1000, both for {@link
   * #processes} only. Default to 0.
   */
  public Storm processFaults(int kills, int pauses) {
    range("kills", kills, 0, 1000);
    range("pauses", pauses, 0, 1000);
    if (processes == null) {
      throw new IllegalStateException("processFaults: needs processes(...) before");
    }
    this.processes =
        new ProcessRun.ProcessFaults(processes.command(), processes.count(), kills, pauses);
    return this;
  }

  private static int range(String option, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          option + ": must be " + min + " to " + max + ", was " + value);
    }
    return value;
  }

  private static Duration range(String option, Duration value, Duration min) {
    if (value.compareTo(min) < 0 || value.compareTo(Duration.ofDays(1)) > 0) {
      throw new IllegalArgumentException(
          option + ": must be " + min.toMillis() + " ms to 1 day, was " + value);
    }
    return value;
  }

  /**
   * Enqueues, lets the claimers loose, waits until all tasks are finished or nothing is finished
   * any more, and judges.
   *
   * @throws IllegalStateException if a call to the queue failed for a reason that does not pass, or
   *     the calling thread was interrupted
   */
  public Verdict run() {
    if (processes != null) {
      return runProcesses(processes);
    }
    Plan plan = new Plan(this);
    History history = new History(plan.tasks(), claimers, origin());
    Progress progress = new Progress(tasks);
    TaskQueue first = queues.apply(0);
    long liveBefore = live(first);
    try {
      Enqueuer enqueuer = new Enqueuer(first, plan, history, progress);
      enqueuer.preload();
      List<Thread> threads = new ArrayList<>();
      threads.add(new Thread(enqueuer, "storm-enqueuer"));
      for (int i = 0; i < claimers; i++) {
        TaskQueue queue = i == 0 ? first : queues.apply(i);
        Claimer claimer = new Claimer(this, queue, history, progress, i);
        threads.add(new Thread(claimer, "storm-claimer-" + i));
      }
      if (work.compareTo(lease) >= 0) {
        history.leasesMayExpire();
      }
      history.begin(history.now());
      for (Thread thread : threads) {
        thread.setDaemon(true);
        thread.start();
      }
      progress.awaitEnd(stuckAfter);
      Duration elapsed = Duration.ofNanos(history.now() - history.begunAt());
      join(threads);
      if (progress.failure() != null) {
        throw new IllegalStateException(this + ": a client could not go on", progress.failure());
      }
      if (progress.isAborted() || live(first) != liveBefore) {
        readEnds(first, history);
      }
      return Verdict.of(history, elapsed, historyFile);
    } catch (InterruptedException e) {
      progress.abort(e);
      Thread.currentThread().interrupt();
      throw new IllegalStateException(this + ": interrupted", e);
    }
  }

  private Verdict runProcesses(ProcessRun.ProcessFaults faults) {
    TaskQueue queue = queues.apply(0);
    long liveBefore = live(queue);
    try {
      History history = ProcessRun.run(this, faults, queue, origin());
      if (live(queue) != liveBefore) {
        readEnds(queue, history);
      }
      Duration elapsed = Duration.ofNanos(history.lastAt() - history.begunAt());
      return Verdict.of(history, elapsed, historyFile);
    } catch (IOException e) {
      throw new UncheckedIOException(this + ": failed", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(this + ": interrupted", e);
    }
  }

  private History.Origin origin() {
    return new History.Origin(toString(), seed, MAX_ATTEMPTS, lookBehind.toNanos());
  }

  /** A claimer that hangs in a call keeps it open in its track; the verdict does without. */
  private static void join(List<Thread> threads) throws InterruptedException {
    long end = System.nanoTime() + PATIENCE_AT_END.toNanos();
    for (Thread thread : threads) {
      thread.join(Math.max(1, (end - System.nanoTime()) / 1_000_000));
    }
  }

  private static long live(TaskQueue queue) {
    Map<Status, Long> counts = queue.counts();
    return counts.getOrDefault(Status.PENDING, 0L) + counts.getOrDefault(Status.PROCESSING, 0L);
  }

  /** Only read when something is left over: it takes a call for each task. */
  private static void readEnds(TaskQueue queue, History history) {
    for (int task = 0; task < history.tasks().size(); task++) {
      history.ended(task, queue.find(history.tasks().id(task)).map(found -> found.status()));
    }
  }

  int tasks() {
    return tasks;
  }

  long seed() {
    return seed;
  }

  List<String> types() {
    return types;
  }

  List<Priority> priorities() {
    return priorities;
  }

  int maxBatch() {
    return maxBatch;
  }

  int late() {
    return late;
  }

  int retries() {
    return retries;
  }

  int releases() {
    return releases;
  }

  Duration work() {
    return work;
  }

  Duration lease() {
    return lease;
  }

  Duration stuckAfter() {
    return stuckAfter;
  }

  Duration lookBehind() {
    return lookBehind;
  }

  /** The calls that make this storm again. */
  @Override
  public String toString() {
    return "Storm.on(queue).tasks("
        + tasks
        + ").claimers("
        + claimers
        + ").seed("
        + seed
        + (seed == (int) seed ? "" : "L")
        + ").types("
        + types.stream().map(type -> '"' + type + '"').collect(Collectors.joining(", "))
        + ").priorities("
        + priorities.stream().map(Priority::name).collect(Collectors.joining(", "))
        + ").maxBatch("
        + maxBatch
        + ").late("
        + late
        + ").retries("
        + retries
        + ").releases("
        + releases
        + ").work(Duration.parse(\""
        + work
        + "\")).lease(Duration.parse(\""
        + lease
        + "\"))";
  }
}
