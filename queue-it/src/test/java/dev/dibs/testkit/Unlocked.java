package dev.dibs.testkit;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.Status;
import dev.dibs.TaskQueue;
import dev.dibs.it.ForwardingTaskQueue;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Claims from the model without the lock of the queue in memory. */
final class Unlocked extends ForwardingTaskQueue {
  private final Model model;
  private final boolean selectingFirst;

  Unlocked(TaskQueue right, Model model) {
    this(right, model, false);
  }

  private Unlocked(TaskQueue right, Model model, boolean selectingFirst) {
    super(right);
    this.model = model;
    this.selectingFirst = selectingFirst;
  }

  /** Has a lock while it looks and while it takes, but not in between. */
  static Unlocked selectingFirst(TaskQueue right, Model model) {
    return new Unlocked(right, model, true);
  }

  @Override
  @SuppressWarnings("ThreadPriorityCheck") // A hint, so that others come in between more often.
  public List<Claim> claim(ClaimRequest request) {
    Instant now = Instant.parse("2026-01-01T00:00:01Z");
    UUID token = UUID.randomUUID();
    if (!selectingFirst) {
      return claims(model.claim(now, token, request), token);
    }
    List<ModelTask> seen = new ArrayList<>();
    synchronized (model) {
      model.tasks().stream()
          .filter(task -> task.status() == Status.PENDING && request.types().contains(task.type()))
          .sorted(ModelTask.LANE_ORDER)
          .limit(request.limit())
          .forEach(seen::add);
    }
    Thread.yield();
    synchronized (model) {
      seen.forEach(task -> task.claim(now, token, request.lease()));
      return claims(seen, token);
    }
  }

  private List<Claim> claims(List<ModelTask> tasks, UUID token) {
    return tasks.stream().map(task -> new Claim(this, task.view(), token, task.alone())).toList();
  }
}
