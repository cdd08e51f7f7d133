package dev.dibs.it.mutants;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.NewTask;
import dev.dibs.TaskQueue;
import dev.dibs.it.ForwardingTaskQueue;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Looks for work only when it is told that some came, as one that LISTENs and never polls. A model
 * of it: who tells is the same process, and it does so for every enqueue.
 */
final class Told extends ForwardingTaskQueue {
  private final int heard;
  private final AtomicInteger told = new AtomicInteger();
  private final AtomicBoolean awake = new AtomicBoolean(true);

  private Told(TaskQueue queue, int heard) {
    super(queue);
    this.heard = heard;
  }

  /** What falls due later, or is put back, is not told of. */
  static TaskQueue withoutPolling(TaskQueue queue) {
    return new Told(queue, Integer.MAX_VALUE);
  }

  /** Hears nothing more once its connection was lost: after so many enqueues. */
  static TaskQueue untilDisconnected(TaskQueue queue, int heard) {
    return new Told(queue, heard);
  }

  @Override
  public List<UUID> enqueueAll(List<NewTask> tasks) {
    List<UUID> ids = super.enqueueAll(tasks);
    if (told.incrementAndGet() <= heard) {
      awake.set(true);
    }
    return ids;
  }

  @Override
  public List<Claim> claim(ClaimRequest request) {
    if (!awake.getAndSet(false)) {
      return List.of();
    }
    List<Claim> claims = super.claim(request);
    if (!claims.isEmpty()) {
      awake.set(true);
    }
    return claims;
  }
}
