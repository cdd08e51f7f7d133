package dev.dibs.testkit;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Which task has which unique key: what two unique indexes are to the table. */
final class UniqueKeys {
  private final Map<UniqueKey, UUID> holders = new HashMap<>();

  /** The other task that has this task's key, if it has a key and one has it. */
  Optional<UUID> otherHolder(ModelTask task) {
    return task.uniqueKey().map(holders::get).filter(holder -> !holder.equals(task.id()));
  }

  /** After a change of the task: it has its key while it is live, and its bucket's for good. */
  void update(ModelTask task) {
    task.uniqueKey()
        .ifPresent(
            key -> {
              if (task.isLive() || key.bucket().isPresent()) {
                holders.put(key, task.id());
              } else {
                holders.remove(key, task.id());
              }
            });
  }

  /** The task is gone, and with it whatever it held. */
  void forget(ModelTask task) {
    task.uniqueKey().ifPresent(key -> holders.remove(key, task.id()));
  }
}
