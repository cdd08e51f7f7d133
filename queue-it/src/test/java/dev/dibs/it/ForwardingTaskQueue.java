package dev.dibs.it;

import dev.dibs.AttemptError;
import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.NewTask;
import dev.dibs.Outcome;
import dev.dibs.Status;
import dev.dibs.Task;
import dev.dibs.TaskAdmin;
import dev.dibs.TaskProducer;
import dev.dibs.TaskQueue;
import java.sql.Connection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Passes every call on to another queue; mutants spoil one of them. */
public abstract class ForwardingTaskQueue implements TaskQueue {
  private final TaskQueue queue;

  protected ForwardingTaskQueue(TaskQueue queue) {
    this.queue = queue;
  }

  @Override
  public List<UUID> enqueueAll(List<NewTask> tasks) {
    return queue.enqueueAll(tasks);
  }

  @Override
  public TaskProducer within(Connection connection) {
    return queue.within(connection);
  }

  @Override
  public List<Claim> claim(ClaimRequest request) {
    return queue.claim(request);
  }

  /** As a batch of one, so that a mutant has one method to spoil. */
  @Override
  public Outcome apply(ClaimUpdate update) {
    return applyAll(List.of(update)).get(0);
  }

  @Override
  public List<Outcome> applyAll(List<ClaimUpdate> updates) {
    return queue.applyAll(updates);
  }

  @Override
  public Outcome applyIn(Connection connection, ClaimUpdate update) {
    return queue.applyIn(connection, update);
  }

  @Override
  public Optional<Status> cancel(UUID id) {
    return queue.cancel(id);
  }

  @Override
  public List<AttemptError> errors(UUID id) {
    return queue.errors(id);
  }

  @Override
  public TaskAdmin admin() {
    return queue.admin();
  }

  @Override
  public Optional<Task> find(UUID id) {
    return queue.find(id);
  }

  @Override
  public Map<Status, Long> counts() {
    return queue.counts();
  }

  @Override
  public void addWakeUp(Runnable wakeUp) {
    queue.addWakeUp(wakeUp);
  }

  @Override
  public void removeWakeUp(Runnable wakeUp) {
    queue.removeWakeUp(wakeUp);
  }

  @Override
  public boolean hearsOthers() {
    return queue.hearsOthers();
  }
}
