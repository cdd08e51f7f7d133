package dev.dibs.testkit.storm;

import dev.dibs.Priority;
import dev.dibs.TaskQueue;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;

/**
 * One process of a storm: its claimers begin with the first byte of standard input and work until
 * it ends, as it also does when the process that runs the storm is killed.
 */
final class StormProcess {
  static final String CLOCK = "clock";
  private static final String TASKS = "tasks";

  private StormProcess() {}

  /**
   * What the claimers are to do, and all tasks, for every process of the storm.
   *
   * @param directory gets two files
   */
  static void describe(Settings settings, History history, Path directory) throws IOException {
    Properties text = new Properties();
    text.setProperty("seed", Long.toString(settings.seed));
    text.setProperty("types", String.join("\n", settings.types));
    text.setProperty("maxBatch", Integer.toString(settings.maxBatch));
    text.setProperty("retries", Integer.toString(settings.retries));
    text.setProperty("releases", Integer.toString(settings.releases));
    text.setProperty("work", settings.work.toString());
    text.setProperty("lease", settings.lease.toString());
    text.setProperty("zero", Long.toString(history.zero()));
    text.setProperty(TASKS, Integer.toString(history.tasks().size()));
    try (Writer out = Files.newBufferedWriter(settingsIn(directory))) {
      text.store(out, null);
    }
    Tasks tasks = history.tasks();
    try (Writer out = Files.newBufferedWriter(tasksIn(directory))) {
      for (int task = 0; task < tasks.size(); task++) {
        int type = settings.types.indexOf(tasks.typeOf(task));
        out.write(tasks.id(task) + " " + type + " " + tasks.priorityOf(task) + "\n");
      }
    }
  }

  private static Path settingsIn(Path directory) {
    return directory.resolve("settings.properties");
  }

  private static Path tasksIn(Path directory) {
    return directory.resolve("tasks.txt");
  }

  /**
   * Arguments: directory, opener, its argument, journal, number of the first claimer, and how many.
   */
  public static void main(String[] arguments) throws Exception {
    Path directory = Path.of(arguments[0]);
    int first = Integer.parseInt(arguments[4]);
    int claimers = Integer.parseInt(arguments[5]);
    Properties text = new Properties();
    try (Reader in = Files.newBufferedReader(settingsIn(directory))) {
      text.load(in);
    }
    QueueOpener opener =
        Class.forName(arguments[1])
            .asSubclass(QueueOpener.class)
            .getDeclaredConstructor()
            .newInstance();
    TaskQueue queue = opener.open(arguments[2]);
    Settings settings = settings(text);
    Tasks tasks = tasks(directory, text, settings.types);
    try (Journal journal = new Journal(Path.of(arguments[3]))) {
      History.Origin origin =
          new History.Origin(
              "", settings.seed, Settings.MAX_ATTEMPTS, settings.lookBehind.toNanos());
      long zero = Long.parseLong(text.getProperty("zero"));
      History history = new History(tasks, first + claimers, origin, zero, journal);
      journal.write(
          new Event(Event.STORM, Event.INFO, CLOCK, history.now(), Map.of("process", first)));
      work(settings, queue, history, first);
    }
    System.exit(0);
  }

  private static void work(Settings settings, TaskQueue queue, History history, int first)
      throws Exception {
    Progress progress = new Progress(history.tasks().size());
    Faults none = new Faults(EnumSet.noneOf(Fault.class), history.claimers());
    if (System.in.read() < 0) {
      return;
    }
    List<Thread> threads = new ArrayList<>();
    for (int i = first; i < history.claimers(); i++) {
      Claimer claimer = new Claimer(settings, queue, history, progress, none, i);
      Thread thread = new Thread(claimer, "claimer-" + i);
      thread.setDaemon(true);
      thread.start();
      threads.add(thread);
    }
    while (System.in.read() >= 0) {
      // Nothing is ever sent; it only ends.
    }
    progress.stop();
    for (Thread thread : threads) {
      thread.join(Duration.ofSeconds(30).toMillis());
    }
    Throwable failure = progress.failure();
    if (failure != null) {
      throw new IllegalStateException("a claimer could not go on", failure);
    }
  }

  private static Settings settings(Properties text) {
    Settings settings = new Settings();
    settings.seed = Long.parseLong(text.getProperty("seed"));
    settings.types = List.of(text.getProperty("types").split("\n", -1));
    settings.maxBatch = number(text, "maxBatch");
    settings.retries = number(text, "retries");
    settings.releases = number(text, "releases");
    settings.work = Duration.parse(text.getProperty("work"));
    settings.lease = Duration.parse(text.getProperty("lease"));
    return settings;
  }

  private static int number(Properties text, String name) {
    return Integer.parseInt(text.getProperty(name));
  }

  private static Tasks tasks(Path directory, Properties text, List<String> types)
      throws IOException {
    Tasks tasks = new Tasks(number(text, TASKS), types);
    for (String line : Files.readAllLines(tasksIn(directory))) {
      String[] fields = line.split(" ", -1);
      tasks.add(
          UUID.fromString(fields[0]), Integer.parseInt(fields[1]), Priority.valueOf(fields[2]));
    }
    return tasks;
  }
}
