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
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;

/**
 * One process of a storm: its claimers work until standard input ends, as it also does when the
 * process that runs the storm is killed.
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
  static void describe(Storm storm, History history, Path directory) throws IOException {
    Properties settings = new Properties();
    settings.setProperty("seed", Long.toString(storm.seed()));
    settings.setProperty("types", String.join("\n", storm.types()));
    settings.setProperty("maxBatch", Integer.toString(storm.maxBatch()));
    settings.setProperty("retries", Integer.toString(storm.retries()));
    settings.setProperty("releases", Integer.toString(storm.releases()));
    settings.setProperty("work", storm.work().toString());
    settings.setProperty("lease", storm.lease().toString());
    settings.setProperty("zero", Long.toString(history.zero()));
    settings.setProperty(TASKS, Integer.toString(history.tasks().size()));
    try (Writer out = Files.newBufferedWriter(settingsIn(directory))) {
      settings.store(out, null);
    }
    Tasks tasks = history.tasks();
    try (Writer out = Files.newBufferedWriter(tasksIn(directory))) {
      for (int task = 0; task < tasks.size(); task++) {
        int type = storm.types().indexOf(tasks.typeOf(task));
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
    Properties settings = new Properties();
    try (Reader in = Files.newBufferedReader(settingsIn(directory))) {
      settings.load(in);
    }
    QueueOpener opener =
        Class.forName(arguments[1])
            .asSubclass(QueueOpener.class)
            .getDeclaredConstructor()
            .newInstance();
    TaskQueue queue = opener.open(arguments[2]);
    Storm storm = storm(queue, settings);
    Tasks tasks = tasks(directory, settings, storm);
    try (Journal journal = new Journal(Path.of(arguments[3]))) {
      History.Origin origin =
          new History.Origin("", storm.seed(), Storm.MAX_ATTEMPTS, storm.lookBehind().toNanos());
      long zero = Long.parseLong(settings.getProperty("zero"));
      History history = new History(tasks, first + claimers, origin, zero, journal);
      journal.write(
          new Event(Event.STORM, Event.INFO, CLOCK, history.now(), Map.of("process", first)));
      work(storm, queue, history, first, claimers);
    }
    System.exit(0);
  }

  private static void work(Storm storm, TaskQueue queue, History history, int first, int claimers)
      throws Exception {
    Progress progress = new Progress(history.tasks().size());
    List<Thread> threads = new ArrayList<>();
    for (int i = first; i < first + claimers; i++) {
      Thread thread = new Thread(new Claimer(storm, queue, history, progress, i), "claimer-" + i);
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

  private static Storm storm(TaskQueue queue, Properties settings) {
    return Storm.on(queue)
        .seed(Long.parseLong(settings.getProperty("seed")))
        .types(settings.getProperty("types").split("\n", -1))
        .maxBatch(number(settings, "maxBatch"))
        .retries(number(settings, "retries"))
        .releases(number(settings, "releases"))
        .work(Duration.parse(settings.getProperty("work")))
        .lease(Duration.parse(settings.getProperty("lease")));
  }

  private static int number(Properties settings, String name) {
    return Integer.parseInt(settings.getProperty(name));
  }

  private static Tasks tasks(Path directory, Properties settings, Storm storm) throws IOException {
    Tasks tasks = new Tasks(number(settings, TASKS), storm.types());
    for (String line : Files.readAllLines(tasksIn(directory))) {
      String[] fields = line.split(" ", -1);
      tasks.add(
          UUID.fromString(fields[0]), Integer.parseInt(fields[1]), Priority.valueOf(fields[2]));
    }
    return tasks;
  }
}
