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
  private final Storm storm;
  private final Tasks tasks;

  Plan(Storm storm) {
    this.storm = storm;
    this.tasks = new Tasks(storm.tasks(), storm.types());
    for (int task = 0; task < storm.tasks(); task++) {
      SplittableRandom random = random(task);
      int type = random.nextInt(storm.types().size());
      int priority = random.nextInt(storm.priorities().size());
      // A NewTask is the only public source of ids that ascend as those of an application do.
      tasks.add(
          NewTask.of(storm.types().get(type), "{}").id(), type, storm.priorities().get(priority));
    }
  }

  private SplittableRandom random(int task) {
    return new SplittableRandom(storm.seed() * 31 + task);
  }

  Tasks tasks() {
    return tasks;
  }

  /** Tasks below this are enqueued before the storm, the others while it runs. */
  int preloaded() {
    return storm.tasks() - (int) ((long) storm.tasks() * storm.late() / 100);
  }

  /** The tasks from {@code first} up to {@code end}, about 200 bytes of payload each. */
  List<NewTask> newTasks(int first, int end) {
    List<NewTask> batch = new ArrayList<>(end - first);
    for (int task = first; task < end; task++) {
      SplittableRandom random = random(task);
      String type = storm.types().get(random.nextInt(storm.types().size()));
      int priority = random.nextInt(storm.priorities().size());
      StringBuilder text = new StringBuilder(200).append("{\"n\": ").append(task);
      text.append(", \"text\": \"");
      while (text.length() < 190) {
        text.append(Long.toHexString(random.nextLong()));
      }
      boolean delayed = task >= preloaded() && random.nextInt(4) == 0;
      batch.add(
          NewTask.of(type, text.append("\"}").toString())
              .id(tasks.id(task))
              .priority(storm.priorities().get(priority))
              .maxAttempts(Storm.MAX_ATTEMPTS)
              .delay(Duration.ofMillis(delayed ? 1 + random.nextInt(200) : 0)));
    }
    return batch;
  }
}
