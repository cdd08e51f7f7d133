package dev.dibs.testkit.storm;

import dev.dibs.Status;
import dev.dibs.TaskQueue;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A storm over processes. This one enqueues, kills, pauses and looks how many tasks are finished;
 * the claimers are in others, and what they saw is in files of their own until it is over. All
 * clocks are {@link System#nanoTime}, which the processes of a machine share; that is checked.
 */
final class ProcessRun {
  private static final Duration LOOK = Duration.ofMillis(250);

  private final Storm storm;
  private final ProcessFaults faults;
  private final TaskQueue queue;
  private final Path directory;

  private ProcessRun(Storm storm, ProcessFaults faults, TaskQueue queue, Path directory) {
    this.storm = storm;
    this.faults = faults;
    this.queue = queue;
    this.directory = directory;
  }

  /**
   * What the processes are and what is done to them.
   *
   * @param count how many there are at a time
   * @param kills how often one is killed and replaced
   * @param pauses how often one is stopped until its leases are over
   */
  record ProcessFaults(StormProcesses.Command command, int count, int kills, int pauses) {}

  /** Runs until all tasks are finished or nothing is finished any more; the merged history. */
  static History run(Storm storm, ProcessFaults faults, TaskQueue queue, History.Origin origin)
      throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory("dibs-storm-");
    try {
      return new ProcessRun(storm, faults, queue, directory).run(origin);
    } finally {
      try (var files = Files.list(directory)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(directory);
    }
  }

  private History run(History.Origin origin) throws IOException, InterruptedException {
    Plan plan = new Plan(storm);
    Progress progress = new Progress(storm.tasks());
    Path own = directory.resolve("enqueuer.jsonl");
    List<Path> files = new ArrayList<>();
    files.add(own);
    try (Journal journal = new Journal(own);
        StormProcesses processes = new StormProcesses(faults.command(), directory, storm.seed())) {
      History history = new History(plan.tasks(), 1, origin, System.nanoTime(), journal);
      long before = ended(queue);
      Enqueuer enqueuer = new Enqueuer(queue, plan, history, progress);
      enqueuer.preload();
      StormProcess.describe(storm, history, directory);
      if (faults.kills() + faults.pauses() > 0 || storm.work().compareTo(storm.lease()) >= 0) {
        history.leasesMayExpire();
      }
      history.begin(history.now());
      journal.write(new HistoryEvents(history).begin());
      for (int i = 0; i < faults.count(); i++) {
        processes.start();
      }
      Thread late = new Thread(enqueuer, "storm-enqueuer");
      late.setDaemon(true);
      late.start();
      watch(progress, processes, before);
      late.join(Duration.ofSeconds(30).toMillis());
      if (progress.failure() != null) {
        throw new IllegalStateException(
            storm + ": the enqueuer could not go on", progress.failure());
      }
      processes.stop();
      files.addAll(processes.journals());
      checkClocks(files, history.begunAt(), history.now());
    }
    return HistoryReader.read(files);
  }

  private void watch(Progress progress, StormProcesses processes, long before)
      throws IOException, InterruptedException {
    List<Boolean> kills = new ArrayList<>();
    SplittableRandom random = new SplittableRandom(storm.seed());
    for (int i = 0; i < faults.kills() + faults.pauses(); i++) {
      kills.add(random.nextInt(kills.size() + 1), i < faults.kills());
    }
    int done = 0;
    long lastChange = System.nanoTime();
    while (!progress.isOver()) {
      long finished = ended(queue) - before;
      if (progress.advance((int) finished)) {
        lastChange = System.nanoTime();
      } else if (System.nanoTime() - lastChange > storm.stuckAfter().toNanos()) {
        progress.giveUp();
      }
      processes.check();
      // The last fault comes when four fifths are finished: afterwards there is peace to drain.
      if (done < kills.size()
          && finished * 5L * (kills.size() + 1) >= storm.tasks() * 4L * (done + 1)) {
        if (kills.get(done++)) {
          processes.kill();
        } else {
          processes.pause(storm.lease().plus(storm.lease().dividedBy(5)));
          lastChange = System.nanoTime();
        }
      } else {
        progress.awaitOver(LOOK);
      }
    }
  }

  private static long ended(TaskQueue queue) {
    Map<Status, Long> counts = queue.counts();
    return counts.getOrDefault(Status.COMPLETED, 0L)
        + counts.getOrDefault(Status.FAILED, 0L)
        + counts.getOrDefault(Status.CANCELLED, 0L);
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
