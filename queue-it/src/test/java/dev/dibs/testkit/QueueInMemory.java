package dev.dibs.testkit;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.TaskQueue;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;

/** The queue in memory, or one built on top of it, with its model laid open. */
final class QueueInMemory implements QueueWithTable {
  private final Model model = new Model();
  private final TaskQueue queue;
  private final BiConsumer<Model, UUID> rescue;
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");

  QueueInMemory() {
    this(UnaryOperator.identity());
  }

  QueueInMemory(UnaryOperator<TaskQueue> wrapper) {
    this((queue, model) -> wrapper.apply(queue));
  }

  /** For a mistake that no queue can make through its methods. */
  QueueInMemory(BiFunction<TaskQueue, Model, TaskQueue> wrapper) {
    this(wrapper, QueueInMemory::putBack);
  }

  /** For a mistake of the operator too. */
  QueueInMemory(BiFunction<TaskQueue, Model, TaskQueue> wrapper, BiConsumer<Model, UUID> rescue) {
    this.queue = wrapper.apply(InMemoryTaskQueue.over(this::now, model), model);
    this.rescue = rescue;
  }

  /**
   * Under the lock of the queue in memory: as a statement is, so is this seen whole or not at all.
   */
  private static void putBack(Model model, UUID id) {
    synchronized (model) {
      model.putBack(id);
    }
  }

  @Override
  public TaskQueue queue() {
    return queue;
  }

  @Override
  public Instant now() {
    return now;
  }

  @Override
  public void tick() {
    now = now.plusNanos(1000);
  }

  @Override
  public void forward(Duration time) {
    now = now.plus(time);
  }

  @Override
  public void putBack(UUID id) {
    rescue.accept(model, id);
  }

  @Override
  public void restart() {
    model.restartTurns();
  }

  /** Whether the claim's token is its task's, whatever the task's status. */
  boolean isHeldUnder(Claim claim) {
    return model.find(claim.id()).filter(task -> task.isHeldUnder(claim.token())).isPresent();
  }

  /** A claim beside statements that have these tasks locked. */
  List<Claim> claimBeside(ClaimRequest request, Set<UUID> locked) {
    UUID token = UUID.randomUUID();
    return model.claim(now, token, request, locked).stream()
        .map(task -> new Claim(queue, task.view(), token, task.alone(), request.deleteCompleted()))
        .toList();
  }

  /** Whether a claim that meets the task ends it. */
  boolean endsWhenMet(UUID id) {
    return model.find(id).filter(task -> task.endsWhenMet(now)).isPresent();
  }

  /** Whether both are there and the one is due before the other. */
  boolean isFirstInLine(UUID one, UUID other) {
    return model
        .find(one)
        .flatMap(
            first -> model.find(other).map(next -> ModelTask.LANE_ORDER.compare(first, next) < 0))
        .orElse(false);
  }

  boolean hasSuspects() {
    return model.tasks().stream().anyMatch(task -> task.isLive() && task.isSuspect(now));
  }

  @Override
  public Map<UUID, Row> table() {
    Map<UUID, Row> rows = new HashMap<>();
    for (ModelTask task : model.tasks()) {
      rows.put(task.id(), Row.of(task.view(), hidden(task), now));
    }
    return rows;
  }

  private static Row.Hidden hidden(ModelTask task) {
    return new Row.Hidden(
        task.leaseUntil(),
        task.expiries(),
        task.alone(),
        task.uniqueKey().flatMap(UniqueKey::bucket).isPresent(),
        task.errors().stream().map(error -> Row.error(error.attempt(), error.error())).toList());
  }
}
