package dev.dibs.it.mutants;

import dev.dibs.NewTask;
import dev.dibs.OutcomeUnknownException;
import dev.dibs.TaskProducer;
import dev.dibs.TaskQueue;
import dev.dibs.it.ForwardingTaskQueue;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

/** Mistakes of those who enqueue, and a connection that is cut for them. */
public final class Producers {
  private Producers() {}

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

  /** Enqueues every task, whatever its key. */
  public static TaskQueue withoutKeys(TaskQueue queue) {
    return new ForwardingTaskQueue(queue) {
      @Override
      public List<UUID> enqueueAll(List<NewTask> tasks) {
        return super.enqueueAll(tasks.stream().map(Producers::withoutKey).toList());
      }
    };
  }

  private static NewTask withoutKey(NewTask task) {
    NewTask plain =
        NewTask.of(task.type(), task.payload())
            .id(task.id())
            .queue(task.queue())
            .priority(task.priority())
            .maxAttempts(task.maxAttempts());
    return task.runAt().map(plain::runAt).orElse(plain.delay(task.delay()));
  }

  /** Enqueues on a connection of its own, whatever transaction it is asked to join. */
  static TaskQueue ownConnection(TaskQueue queue) {
    return new ForwardingTaskQueue(queue) {
      @Override
      public TaskProducer within(Connection connection) {
        return queue;
      }
    };
  }

  /** Takes every tenth task for a repetition of the one before it, and says so. */
  static TaskQueue mistakingRepetitions(TaskQueue queue) {
    return new ForwardingTaskQueue(queue) {
      @Override
      public List<UUID> enqueueAll(List<NewTask> tasks) {
        List<NewTask> kept = new ArrayList<>();
        List<UUID> ids = new ArrayList<>();
        for (int i = 0; i < tasks.size(); i++) {
          if (i % 10 != 9) {
            kept.add(tasks.get(i));
          }
          ids.add(kept.get(kept.size() - 1).id());
        }
        super.enqueueAll(kept);
        return ids;
      }
    };
  }
}
