package dev.dibs.testkit.storm;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * The processes of a storm. They begin together. One that is killed is replaced by another, whose
 * claimers have new numbers; one that is paused goes on when its leases are over.
 */
final class StormProcesses implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration LOOK = Duration.ofMillis(10);

  private record Running(Process process, Path journal, Path output) {}

  private final Settings.Processes command;
  private final int claimersEach;
  private final Path directory;
  private final SplittableRandom random;
  private final List<Running> all = new ArrayList<>();
  private final List<Running> alive = new ArrayList<>();

  StormProcesses(Settings settings, Settings.Processes command, Path directory) {
    this.command = command;
    this.claimersEach = settings.claimers / command.count();
    this.directory = directory;
    this.random = new SplittableRandom(settings.seed);
  }

  /** How many claimers have a number so far. */
  int claimers() {
    return all.size() * claimersEach;
  }

  /** Starts so many, which begin when all are there: none of them has the tasks for itself. */
  void start(int count) throws IOException, InterruptedException {
    List<Running> started = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      started.add(start());
    }
    for (Running running : started) {
      long until = System.nanoTime() + PATIENCE.toNanos();
      while (!Files.exists(running.journal()) || Files.size(running.journal()) == 0) {
        check();
        if (running.process().waitFor(LOOK.toMillis(), TimeUnit.MILLISECONDS)
            || System.nanoTime() > until) {
          throw new IOException("a process of the storm did not start: " + tail(running));
        }
      }
    }
    for (Running running : started) {
      begin(running);
    }
  }

  private static void begin(Running running) throws IOException {
    OutputStream input = running.process().getOutputStream();
    input.write('\n');
    input.flush();
  }

  private Running start() throws IOException {
    int first = claimers();
    Path journal = directory.resolve("process-" + all.size() + ".jsonl");
    Path output = directory.resolve("process-" + all.size() + ".txt");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                StormProcess.class.getName(),
                directory.toString(),
                command.opener().getName(),
                command.argument(),
                journal.toString(),
                Integer.toString(first),
                Integer.toString(claimersEach))
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    Running running = new Running(process, journal, output);
    all.add(running);
    alive.add(running);
    return running;
  }

  /** Kills one, as {@code kill -9} does, and starts another in its place. */
  void kill() throws IOException, InterruptedException {
    Running victim = alive.remove(random.nextInt(alive.size()));
    victim.process().destroyForcibly().waitFor();
    begin(start());
  }

  /**
   * Stops one of them for so long, if that finds it with tasks in hand; it knows nothing of it.
   *
   * @return whether it had tasks; otherwise it went on at once
   */
  boolean pause(Duration time) throws IOException, InterruptedException {
    Running victim = alive.get(random.nextInt(alive.size()));
    signal("STOP", victim);
    try {
      boolean holds = holdsTasks(victim.journal());
      if (holds) {
        victim.process().waitFor(time.toMillis(), TimeUnit.MILLISECONDS);
      }
      return holds;
    } finally {
      signal("CONT", victim);
    }
  }

  /** Whether the last that one of its claimers noted is an answer with tasks. */
  private static boolean holdsTasks(Path journal) throws IOException {
    if (!Files.exists(journal)) {
      return false;
    }
    Map<Integer, Event> last = new HashMap<>();
    HistoryReader.each(List.of(journal), event -> last.put(event.process(), event));
    return last.values().stream().anyMatch(HistoryEvents::isTaken);
  }

  private static void signal(String name, Running running)
      throws IOException, InterruptedException {
    Process kill =
        new ProcessBuilder("kill", "-" + name, Long.toString(running.process().pid()))
            .inheritIO()
            .start();
    if (kill.waitFor() != 0 && running.process().isAlive()) {
      throw new IOException("kill -" + name + " failed; it needs a POSIX system");
    }
  }

  /** Throws if one has ended that should not have. */
  void check() throws IOException {
    for (Running running : alive) {
      if (!running.process().isAlive()) {
        throw new IOException("a process of the storm has ended: " + tail(running));
      }
    }
  }

  /** Lets all of them finish what they hold. */
  void stop() throws IOException, InterruptedException {
    for (Running running : alive) {
      running.process().getOutputStream().close();
    }
    for (Running running : alive) {
      if (!running.process().waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)
          || running.process().exitValue() != 0) {
        throw new IOException("a process of the storm did not end well: " + tail(running));
      }
    }
    alive.clear();
  }

  /** What they have written, of those that were killed too. */
  List<Path> journals() {
    return all.stream().map(Running::journal).filter(Files::exists).toList();
  }

  private static String tail(Running running) throws IOException {
    String text = Files.readString(running.output());
    return text.substring(Math.max(0, text.length() - 2000));
  }

  @Override
  public void close() {
    for (Running running : alive) {
      running.process().destroyForcibly();
    }
  }
}
