package dev.dibs.testkit;

import static dev.dibs.testkit.InMemoryTaskQueue.present;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.dibs.FailedFilter;
import dev.dibs.Pause;
import dev.dibs.Redriven;
import dev.dibs.Retention;
import dev.dibs.Status;
import dev.dibs.Task;
import dev.dibs.TaskAdmin;
import dev.dibs.TypeStats;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/** What operators do, on the model of an {@link InMemoryTaskQueue} and under its lock. */
final class InMemoryTaskAdmin implements TaskAdmin {
  /** The order of failures: the oldest first. */
  private static final Comparator<ModelTask> FAILURE_ORDER =
      Comparator.<ModelTask, Instant>comparing(task -> task.completedAt().orElseThrow())
          .thenComparing(ModelTask::id, ModelTask.ID_ORDER);

  /** Text as the collation "C" orders it: by its bytes. */
  private static final Comparator<String> C_ORDER =
      (one, other) -> Arrays.compareUnsigned(one.getBytes(UTF_8), other.getBytes(UTF_8));

  private final Model model;
  private final InstantSource clock;

  InMemoryTaskAdmin(Model model, InstantSource clock) {
    this.model = model;
    this.clock = clock;
  }

  private record Group(String queue, String type) {
    static final Comparator<Group> ORDER =
        Comparator.comparing(Group::queue, C_ORDER).thenComparing(Group::type, C_ORDER);
  }

  @Override
  public List<TypeStats> stats() {
    synchronized (model) {
      Instant now = clock.instant();
      Map<Group, List<ModelTask>> groups = new TreeMap<>(Group.ORDER);
      for (ModelTask task : model.tasks()) {
        if (task.isLive() || task.status() == Status.FAILED) {
          groups
              .computeIfAbsent(new Group(task.queue(), task.type()), group -> new ArrayList<>())
              .add(task);
        }
      }
      return groups.entrySet().stream()
          .map(group -> stats(now, group.getKey(), group.getValue()))
          .toList();
    }
  }

  private TypeStats stats(Instant now, Group group, List<ModelTask> tasks) {
    List<ModelTask> pending = withStatus(tasks, Status.PENDING);
    List<ModelTask> ready = pending.stream().filter(task -> !task.isScheduled(now)).toList();
    List<ModelTask> processing = withStatus(tasks, Status.PROCESSING);
    return new TypeStats(
        group.queue(),
        group.type(),
        ready.size(),
        pending.size() - ready.size(),
        processing.size(),
        processing.stream().filter(task -> task.isExpired(now)).count(),
        withStatus(tasks, Status.FAILED).size(),
        ready.stream()
            .map(ModelTask::runAt)
            .min(Comparator.naturalOrder())
            .map(due -> Duration.between(due, now)),
        model.isPaused(group.queue(), group.type()));
  }

  private static List<ModelTask> withStatus(List<ModelTask> tasks, Status status) {
    return tasks.stream().filter(task -> task.status() == status).toList();
  }

  @Override
  public List<Task> failed(FailedFilter filter) {
    present("filter", filter);
    synchronized (model) {
      return select(filter).stream().map(ModelTask::view).toList();
    }
  }

  @Override
  public Redriven redrive(FailedFilter filter) {
    present("filter", filter);
    synchronized (model) {
      Instant now = clock.instant();
      List<UUID> redriven = new ArrayList<>();
      List<UUID> keyTaken = new ArrayList<>();
      for (ModelTask task : select(filter)) {
        (model.redrive(now, task) ? redriven : keyTaken).add(task.id());
      }
      return new Redriven(redriven, keyTaken);
    }
  }

  @Override
  public List<UUID> prune(FailedFilter filter) {
    present("filter", filter);
    synchronized (model) {
      List<ModelTask> pruned = select(filter);
      pruned.forEach(model::delete);
      return pruned.stream().map(ModelTask::id).toList();
    }
  }

  private List<ModelTask> select(FailedFilter filter) {
    return model.tasks().stream()
        .filter(task -> task.status() == Status.FAILED && isMeant(filter, task))
        .sorted(FAILURE_ORDER)
        .limit(filter.limit())
        .toList();
  }

  private static boolean isMeant(FailedFilter filter, ModelTask task) {
    return (filter.ids().isEmpty() || filter.ids().contains(task.id()))
        && filter.queue().map(task.queue()::equals).orElse(true)
        && filter.type().map(task.type()::equals).orElse(true)
        && filter.errorContains().map(task.error().orElse("")::contains).orElse(true)
        && filter.before().map(task.completedAt().orElseThrow()::isBefore).orElse(true);
  }

  @Override
  public void pause(Pause pause) {
    present("pause", pause);
    synchronized (model) {
      model.pauses().add(pause);
    }
  }

  @Override
  public void resume(Pause pause) {
    present("pause", pause);
    synchronized (model) {
      model.pauses().remove(pause);
    }
  }

  @Override
  public List<Pause> pauses() {
    synchronized (model) {
      return List.copyOf(model.pauses());
    }
  }

  @Override
  public boolean sweep(Retention retention, UUID keeper) {
    present("retention", retention);
    present("keeper", keeper);
    synchronized (model) {
      Instant now = clock.instant();
      model.tasks().stream()
          .filter(task -> isPast(now, retention, task))
          .toList()
          .forEach(model::delete);
    }
    return false;
  }

  private static Optional<Duration> kept(Retention retention, Status status) {
    if (status == Status.COMPLETED) {
      return retention.completed();
    } else if (status == Status.FAILED) {
      return retention.failed();
    }
    return status == Status.CANCELLED ? retention.cancelled() : Optional.empty();
  }

  private static boolean isPast(Instant now, Retention retention, ModelTask task) {
    Optional<Duration> kept = kept(retention, task.status());
    return task.isWindowOver(now)
        && kept.isPresent()
        && !task.completedAt().orElseThrow().plus(kept.get()).isAfter(now);
  }
}
