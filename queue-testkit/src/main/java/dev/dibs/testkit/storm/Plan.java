package dev.dibs.testkit.storm;

import dev.dibs.NewTask;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The tasks of a storm, as its seed has them: only the ids differ from run to run, so that a storm
 * can be repeated on a table that still holds the tasks of the last.
 */
final class Plan {
  private final Settings settings;
  private final Tasks tasks;

  Plan(Settings settings) {
    this.settings = settings;
    this.tasks = new Tasks(settings.tasks, settings.types);
    for (int task = 0; task < settings.tasks; task++) {
      SplittableRandom random = random(task);
      int type = random.nextInt(settings.types.size());
      int priority = random.nextInt(settings.priorities.size());
      // A NewTask is the only public source of ids that ascend as those of an application do.
      tasks.add(
          NewTask.of(settings.types.get(type), "{}").id(), type, settings.priorities.get(priority));
    }
    addKeys();
  }

  private SplittableRandom random(int task) {
    return new SplittableRandom(settings.seed * 31 + task);
  }

  Tasks tasks() {
    return tasks;
  }

  /** Few keys for many tasks, about one for each time that late tasks are enqueued. */
  private void addKeys() {
    int late = settings.tasks - settings.preloaded();
    int keys = Math.max(2, (int) ((long) late * settings.unique / 100 / 20));
    SplittableRandom random = new SplittableRandom(settings.seed * 31 - 4);
    for (int task = settings.preloaded(); task < settings.tasks; task++) {
      if (random.nextInt(100) < settings.unique) {
        tasks.keyed(task, random.nextInt(keys));
      }
    }
  }

  /** The tasks from {@code first} up to {@code end}, about 200 bytes of payload each. */
  List<NewTask> newTasks(int first, int end) {
    List<NewTask> batch = new ArrayList<>(end - first);
    for (int task = first; task < end; task++) {
      SplittableRandom random = random(task);
      String type = settings.types.get(random.nextInt(settings.types.size()));
      int priority = random.nextInt(settings.priorities.size());
      StringBuilder text = new StringBuilder(200).append("{\"n\": ").append(task);
      text.append(", \"text\": \"");
      while (text.length() < 190) {
        text.append(Long.toHexString(random.nextLong()));
      }
      boolean delayed = task >= settings.preloaded() && random.nextInt(4) == 0;
      NewTask newTask =
          NewTask.of(type, text.append("\"}").toString())
              .id(tasks.id(task))
              .priority(settings.priorities.get(priority))
              .maxAttempts(Settings.MAX_ATTEMPTS)
              .delay(Duration.ofMillis(delayed ? 1 + random.nextInt(200) : 0));
      // Not the keys of other storms on the same table.
      batch.add(
          tasks.hasKey(task) ? newTask.uniqueKey(tasks.id(0) + " " + tasks.key(task)) : newTask);
    }
    return batch;
  }
}
