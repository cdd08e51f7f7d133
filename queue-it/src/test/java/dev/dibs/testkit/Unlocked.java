package dev.dibs.testkit;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.Status;
import dev.dibs.TaskQueue;
import dev.dibs.it.ForwardingTaskQueue;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Works on the model without the lock of the queue in memory: claims, and rescues by hand. */
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

  /** A rescue by hand that has the lock while it looks and while it writes, not in between. */
  @SuppressWarnings("ThreadPriorityCheck") // A hint, as below.
  static void putBack(Model model, UUID id) {
    Optional<ModelTask> running;
    synchronized (model) {
      running = model.find(id).filter(task -> task.status() == Status.PROCESSING);
    }
    Thread.yield();
    synchronized (model) {
      running.ifPresent(ModelTask::putBack);
    }
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
