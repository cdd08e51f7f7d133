package dev.dibs.testkit.storm;

import dev.dibs.NewTask;
import dev.dibs.TaskQueue;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A storm over processes. This one enqueues, kills, pauses and looks how many tasks are finished;
 * the claimers are in others, and what they saw is in files of their own until it is over. All
 * clocks are {@link System#nanoTime}, which the processes of a machine share; that is checked.
 */
final class ProcessRun {
  private static final Duration LOOK = Duration.ofMillis(250);

  private final Settings settings;
  private final Settings.Processes command;
  private final Faults faults;
  private final TaskQueue queue;
  private final Path directory;

  private ProcessRun(
      Settings settings, Settings.Processes command, TaskQueue queue, Path directory) {
    this.settings = settings;
    this.command = command;
    this.faults = new Faults(settings.faults, settings.claimers);
    this.queue = queue;
    this.directory = directory;
  }

  /** Runs until all tasks are finished or nothing is finished any more; the merged history. */
  static History run(
      Settings settings, Settings.Processes command, TaskQueue queue, History.Origin origin)
      throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory("dibs-storm-");
    try {
      return new ProcessRun(settings, command, queue, directory).run(origin);
    } finally {
      try (Stream<Path> files = Files.list(directory)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(directory);
    }
  }

  private History run(History.Origin origin) throws IOException, InterruptedException {
    Plan plan = new Plan(settings);
    Progress progress = new Progress(settings.tasks);
    Path own = directory.resolve("enqueuer.jsonl");
    List<Path> files = new ArrayList<>();
    files.add(own);
    try (Journal journal = new Journal(own);
        StormProcesses processes = new StormProcesses(settings, command, directory)) {
      History history = new History(plan.tasks(), 1, origin, System.nanoTime(), journal);
      long before = live();
      Enqueuer enqueuer = new Enqueuer(settings, queue, plan, history, progress);
      enqueuer.preload();
      StormProcess.describe(settings, history, directory);
      if (settings.mayLoseLeases()) {
        history.leasesMayExpire();
      }
      history.begin(history.now());
      journal.write(new HistoryEvents(history).begin());
      processes.start(command.count());
      Thread late = new Thread(enqueuer, "storm-enqueuer");
      late.setDaemon(true);
      late.start();
      watch(progress, enqueuer, processes, before);
      late.join(Duration.ofSeconds(30).toMillis());
      if (progress.failure() != null) {
        throw new IllegalStateException(
            "Storm" + settings + ": the enqueuer could not go on", progress.failure());
      }
      processes.stop();
      files.addAll(processes.journals());
      checkClocks(files, history.begunAt(), history.now());
    }
    History whole = HistoryReader.read(files);
    whole.injected(faults.counts());
    return whole;
  }

  private void watch(Progress progress, Enqueuer enqueuer, StormProcesses processes, long before)
      throws IOException, InterruptedException {
    List<Fault> plan = plan();
    int done = 0;
    long lastChange = System.nanoTime();
    while (!progress.isOver()) {
      // In this order: what is enqueued in between does not seem to be finished.
      long enqueued = enqueuer.enqueued();
      long finished = enqueued - (live() - before);
      if (progress.advance((int) finished)) {
        lastChange = System.nanoTime();
      } else if (System.nanoTime() - lastChange > settings.stuckAfter.toNanos()) {
        progress.giveUp();
      }
      processes.check();
      // The last fault comes when four fifths are finished: afterwards there is peace to drain.
      if (done < plan.size()
          && finished * 5L * (plan.size() + 1) >= settings.tasks * 4L * (done + 1)
          && inject(plan.get(done), processes)) {
        done++;
        lastChange = System.nanoTime();
      } else {
        progress.awaitOver(LOOK);
      }
    }
  }

  /** Each fault as often as there are processes, in the order of the seed. */
  private List<Fault> plan() {
    List<Fault> plan = new ArrayList<>();
    SplittableRandom random = new SplittableRandom(settings.seed);
    for (Fault fault : settings.faults) {
      for (int i = 0; i < command.count(); i++) {
        plan.add(random.nextInt(plan.size() + 1), fault);
      }
    }
    return plan;
  }

  /** Whether it has happened; a process without tasks is not stopped. */
  private boolean inject(Fault fault, StormProcesses processes)
      throws IOException, InterruptedException {
    if (fault == Fault.KILLED_PROCESS) {
      processes.kill();
    } else if (!processes.pause(settings.lease.plus(settings.lease.dividedBy(2)))) {
      return false;
    }
    faults.happened(fault);
    return true;
  }

  /** How many tasks of the storm's types are not finished; others are worked meanwhile, perhaps. */
  private long live() {
    return queue.admin().stats().stream()
        .filter(stats -> stats.queue().equals(NewTask.DEFAULT_QUEUE))
        .filter(stats -> settings.types.contains(stats.type()))
        .mapToLong(stats -> stats.ready() + stats.scheduled() + stats.processing())
        .sum();
  }

  private static void checkClocks(List<Path> files, long begun, long now) throws IOException {
    for (Path file : files.subList(1, files.size())) {
      try (BufferedReader lines = Files.newBufferedReader(file)) {
        @Nullable String first = lines.readLine();
        if (first != null && first.endsWith("}")) {
          long time = EventFormat.read(first).time();
          if (time < begun || time > now) {
            throw new IllegalStateException(
                "the processes of this machine do not share a monotonic clock: "
                    + file.getFileName()
                    + " began at "
                    + time
                    + ", which is not in "
                    + begun
                    + " to "
                    + now);
          }
        }
      }
    }
  }
}
