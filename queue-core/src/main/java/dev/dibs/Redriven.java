package dev.dibs;

import java.util.List;
import java.util.UUID;

/**
 * What became of the failed tasks that were to be run again.
 *
 * <p>Thread-safe: immutable.
 *
 * @param tasks those that are {@link Status#PENDING} now
 * @param keyTaken those that stay failed, because another live task has their unique key
 */
public record Redriven(List<UUID> tasks, List<UUID> keyTaken) {
  /** Copies the lists. */
  public Redriven {
    tasks = List.copyOf(Check.present("tasks", tasks));
    keyTaken = List.copyOf(Check.present("keyTaken", keyTaken));
  }
}
