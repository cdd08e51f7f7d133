package dev.dibs.testkit;

import dev.dibs.AttemptError;
import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.InvalidInputException;
import dev.dibs.NewTask;
import dev.dibs.Outcome;
import dev.dibs.Status;
import dev.dibs.Task;
import dev.dibs.TaskAdmin;
import dev.dibs.TaskProducer;
import dev.dibs.TaskQueue;
import java.sql.Connection;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * A queue in memory that behaves as the one on PostgreSQL does, for tests of handlers and of code
 * that enqueues. Nothing outlives the object, and it never throws what only a database can cause.
 *
 * <pre>{@code
 * VirtualClock clock = VirtualClock.create();
 * TaskQueue queue = InMemoryTaskQueue.create(clock);
 * queue.enqueue(NewTask.of("send_email", "{}").delay(Duration.ofHours(1)));
 * clock.advance(Duration.ofHours(1));
 * queue.claim(ClaimRequest.of("send_email")).get(0).complete();
 * }</pre>
 *
 * <p>{@link TestWorker} runs the handlers of a worker on it.
 *
 * <p>Three things differ from PostgreSQL. There are no transactions: {@link #within} and {@link
 * #applyIn} write at once whatever becomes of the connection's. Nothing is late: a task that was
 * put back or whose lease expired is found by the very next claim. And {@link TaskAdmin#sweep} has
 * nobody to share the work with, and does all of it in one call.
 *
 * <p>Thread-safe, if its clock is.
 */
public final class InMemoryTaskQueue implements TaskQueue {
  private final InstantSource clock;
  private final Model model;
  private final List<Runnable> wakeUps = new CopyOnWriteArrayList<>();
  private volatile @Nullable Error refusal;

  private InMemoryTaskQueue(InstantSource clock, Model model) {
    this.clock = clock;
    this.model = model;
  }

  /** An empty queue on the clock of this machine. */
  public static InMemoryTaskQueue create() {
    return create(InstantSource.system());
  }

  /**
   * An empty queue whose time is this clock's: what is due and which lease has expired follows from
   * it alone, so a test moves time by moving the clock. Times are cut to microseconds.
   *
   * @throws InvalidInputException if {@code clock} is null
   */
  public static InMemoryTaskQueue create(InstantSource clock) {
    return over(present("clock", clock), new Model());
  }

  /** A queue whose state the caller can look into, from the same thread. */
  static InMemoryTaskQueue over(InstantSource clock, Model model) {
    return new InMemoryTaskQueue(clock, model);
  }

  @Override
  public List<UUID> enqueueAll(List<NewTask> tasks) {
    return write(NewTask.checkAll(tasks));
  }

  /**
   * A producer that enqueues at once, through this queue; the connection is not used and its
   * transaction has no effect on the tasks.
   *
   * @throws InvalidInputException if {@code connection} is null
   */
  @Override
  public TaskProducer within(Connection connection) {
    present("connection", connection);
    return this;
  }

  @Override
  public List<Claim> claim(ClaimRequest request) {
    present("request", request);
    UUID token = request.token().orElseGet(UUID::randomUUID);
    synchronized (model) {
      List<ModelTask> tasks =
          request.token().isPresent()
              ? model.claimAgain(now(), token, request)
              : model.claim(now(), token, request);
      return tasks.stream()
          .map(task -> new Claim(this, task.view(), token, task.alone(), request.deleteCompleted()))
          .toList();
    }
  }

  @Override
  public Outcome apply(ClaimUpdate update) {
    present("update", update);
    synchronized (model) {
      return model.apply(now(), update);
    }
  }

  @Override
  public List<Outcome> applyAll(List<ClaimUpdate> updates) {
    present("updates", updates);
    for (int i = 0; i < updates.size(); i++) {
      present("update at index " + i, updates.get(i));
    }
    synchronized (model) {
      return updates.stream().map(update -> model.apply(now(), update)).toList();
    }
  }

  /**
   * Applies the update at once, as {@link #apply} does; the connection is not used and its
   * transaction has no effect on the task.
   *
   * @throws InvalidInputException if an argument is null
   */
  @Override
  public Outcome applyIn(Connection connection, ClaimUpdate update) {
    present("connection", connection);
    return apply(update);
  }

  @Override
  public Optional<Status> cancel(UUID id) {
    present("id", id);
    synchronized (model) {
      return model.cancel(now(), id);
    }
  }

  @Override
  public List<AttemptError> errors(UUID id) {
    present("id", id);
    synchronized (model) {
      return model.find(id).map(ModelTask::errors).orElse(List.of());
    }
  }

  @Override
  public TaskAdmin admin() {
    return new InMemoryTaskAdmin(model, this::now);
  }

  @Override
  public Optional<Task> find(UUID id) {
    present("id", id);
    synchronized (model) {
      return model.find(id).map(ModelTask::view);
    }
  }

  @Override
  public Map<Status, Long> counts() {
    synchronized (model) {
      return model.counts();
    }
  }

  @Override
  public void addWakeUp(Runnable wakeUp) {
    wakeUps.add(present("wakeUp", wakeUp));
  }

  @Override
  public void removeWakeUp(Runnable wakeUp) {
    wakeUps.remove(wakeUp);
  }

  /** How many tasks there are of each status; never a payload. */
  @Override
  public String toString() {
    return "InMemoryTaskQueue" + counts();
  }

  private List<UUID> write(List<NewTask> tasks) {
    List<UUID> ids;
    synchronized (model) {
      ids = model.enqueue(now(), tasks);
    }
    // Outside the lock: whoever is woken claims at once.
    if (!tasks.isEmpty()) {
      wakeUps.forEach(Runnable::run);
    }
    return ids;
  }

  /** What no worker sees of it. */
  Backstage backstage() {
    return new Backstage(model, clock);
  }

  /** From now on every call that writes throws this. */
  void refuseWith(Error error) {
    refusal = error;
  }

  void refuseNothing() {
    refusal = null;
  }

  private Instant now() {
    Error error = refusal;
    if (error != null) {
      throw error;
    }
    return ModelTask.micros(clock.instant());
  }

  static <T> T present(String option, @Nullable T value) {
    if (value == null) {
      throw new InvalidInputException(option + ": must not be null");
    }
    return value;
  }
}
