package dev.dibs.it.mutants;

import dev.dibs.NewTask;
import dev.dibs.OutcomeUnknownException;
import dev.dibs.TaskQueue;
import dev.dibs.it.ForwardingTaskQueue;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

/** Producers that lose their connection between the server's commit and its answer. */
final class BlindRetry {
  private BlindRetry() {}

  /** The environment: every third enqueue is committed and not answered. */
  static TaskQueue unanswered(TaskQueue queue) {
    AtomicInteger enqueues = new AtomicInteger();
    return new ForwardingTaskQueue(queue) {
      @Override
      public List<UUID> enqueueAll(List<NewTask> tasks) {
        List<UUID> ids = super.enqueueAll(tasks);
        if (enqueues.getAndIncrement() % 3 == 0) {
          throw new OutcomeUnknownException("enqueue", new SQLException("cut"));
        }
        return ids;
      }
    };
  }

  /** The mistake: sends them again as new tasks. */
  static TaskQueue blind(TaskQueue queue) {
    return new ForwardingTaskQueue(queue) {
      @Override
      public List<UUID> enqueueAll(List<NewTask> tasks) {
        try {
          return super.enqueueAll(tasks);
        } catch (OutcomeUnknownException e) {
          return super.enqueueAll(tasks.stream().map(task -> task.id(UUID.randomUUID())).toList());
        }
      }
    };
  }
}
