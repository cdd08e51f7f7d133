package dev.dibs.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.DibsException;
import dev.dibs.FailedFilter;
import dev.dibs.NewTask;
import dev.dibs.Outcome;
import dev.dibs.Redriven;
import dev.dibs.Status;
import dev.dibs.Task;
import dev.dibs.TaskAdmin;
import dev.dibs.TaskQueue;
import dev.dibs.TypeStats;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * Runs a sequence of steps on the model and on a queue under test, and compares each result and,
 * after each step, the whole table.
 */
final class ModelRun {
  private final QueueInMemory expected = new QueueInMemory();
  private final QueueWithTable actual;
  private final List<Twin<NewTask>> tasks = new ArrayList<>();
  private final List<Twin<Claim>> claims = new ArrayList<>();
  private long drafts;
  private boolean timeMoved;
  private boolean behind;
  private final Laws laws = new Laws();
  private Laws.Act act = new Laws.Act.Other();

  /** The same thing on either side. */
  private record Twin<T>(T expected, T actual) {}

  private ModelRun(QueueWithTable actual) {
    this.actual = actual;
  }

  /** Fails at the first step after which the two differ. */
  static void compare(List<Step> steps, QueueWithTable actual) {
    ModelRun run = new ModelRun(actual);
    Map<UUID, QueueWithTable.Row> before = Map.of();
    for (int i = 0; i < steps.size(); i++) {
      Step step = steps.get(i);
      try {
        run.expected.tick();
        actual.tick();
        run.act = new Laws.Act.Other();
        run.take(step);
        Map<UUID, QueueWithTable.Row> after = actual.table();
        if (!after.equals(run.expected.table())) {
          assertThat(after).as("table").isEqualTo(run.expected.table());
        }
        run.laws.check(run.act, before, after);
        before = after;
      } catch (AssertionError e) {
        throw new AssertionError("step " + i + ", " + step + ": " + e.getMessage(), e);
      }
    }
  }

  private void take(Step step) {
    if (step instanceof Step.Enqueue enqueue) {
      Twin<NewTask> task = draft(enqueue.draft());
      UUID id = (UUID) same(queue -> queue.enqueue(side(queue, task)));
      tasks.add(task);
      act = new Laws.Act.Enqueued(List.of(task.actual()), List.of(id));
    } else if (step instanceof Step.EnqueueAll enqueueAll) {
      enqueueAll(enqueueAll);
    } else if (step instanceof Step.Take take) {
      claim(take);
    } else if (step instanceof Step.Apply apply) {
      applyOne(apply.wish());
    } else if (step instanceof Step.ApplyAll applyAll) {
      applyAll(applyAll.wishes());
    } else if (step instanceof Step.Forward forward) {
      expected.forward(Duration.ofMinutes(forward.minutes()));
      actual.forward(Duration.ofMinutes(forward.minutes()));
      timeMoved = true;
      behind = true;
      act = new Laws.Act.Waited();
    } else if (step instanceof Step.PutBack putBack && !tasks.isEmpty()) {
      UUID id = tasks.get(putBack.task() % tasks.size()).expected().id();
      expected.putBack(id);
      actual.putBack(id);
      behind = true;
      act = new Laws.Act.PutBack(id);
    } else if (step instanceof Step.Restart) {
      restart();
    } else if (step instanceof Step.TakeAgain takeAgain && !claims.isEmpty()) {
      claimAgain(takeAgain);
    } else if (step instanceof Step.SetPause pause && pause.on()) {
      same(queue -> done(() -> queue.admin().pause(pause.pause())));
    } else if (step instanceof Step.SetPause pause) {
      same(queue -> done(() -> queue.admin().resume(pause.pause())));
      behind = true;
    } else {
      administer(step);
    }
  }

  /** What is done to one of the tasks from outside. */
  private void administer(Step step) {
    if (step instanceof Step.Cancel cancel) {
      onTask(cancel.task(), (queue, id) -> queue.cancel(id), this::cancelled);
    } else if (step instanceof Step.Redrive redrive) {
      // More than one at once would be due at one time, and their order is not promised.
      onTask(
          redrive.task(),
          (queue, id) ->
              queue
                  .admin()
                  .redrive(redrive.oldest() ? FailedFilter.all().limit(1) : FailedFilter.id(id)),
          (id, result) -> act = new Laws.Act.Redriven(((Redriven) result).tasks()));
    } else if (step instanceof Step.Prune prune) {
      onTask(
          prune.task(),
          (queue, id) -> queue.admin().prune(FailedFilter.id(id)),
          (id, result) -> act = new Laws.Act.Deleted(List.of(id)));
    } else if (step instanceof Step.Look look) {
      onTask(look.task(), ModelRun::looked, (id, result) -> {});
    }
  }

  private void onTask(
      int task, BiFunction<TaskQueue, UUID, Object> operation, BiConsumer<UUID, Object> done) {
    if (!tasks.isEmpty()) {
      UUID id = tasks.get(task % tasks.size()).expected().id();
      done.accept(id, same(queue -> operation.apply(queue, id)));
    }
  }

  @SuppressWarnings("unchecked")
  private void cancelled(UUID id, Object answer) {
    act = new Laws.Act.Cancelled(id, (Optional<Status>) answer);
  }

  private static Object done(Runnable operation) {
    operation.run();
    return "done";
  }

  private static Object looked(TaskQueue queue, UUID id) {
    TaskAdmin admin = queue.admin();
    return List.of(
        queue.errors(id).stream()
            .map(error -> QueueWithTable.Row.error(error.attempt(), error.error()))
            .toList(),
        admin.failed(FailedFilter.all()).stream().map(Task::id).toList(),
        admin.stats().stream().map(ModelRun::inMinutes).toList(),
        Set.copyOf(admin.pauses()));
  }

  private static TypeStats inMinutes(TypeStats stats) {
    return new TypeStats(
        stats.queue(),
        stats.type(),
        stats.ready(),
        stats.scheduled(),
        stats.processing(),
        stats.expired(),
        stats.failed(),
        stats.oldestReady().map(age -> Duration.ofMinutes(Math.round(age.toMillis() / 60_000.0))),
        stats.paused());
  }

  private Twin<NewTask> draft(Step.Draft draft) {
    // The first bits decide the order of the ids, a number keeps them apart.
    UUID id = new UUID((long) draft.order() << 32, drafts++);
    behind |= draft.dueIn() < 0;
    return new Twin<>(newTask(draft, id, expected.now()), newTask(draft, id, actual.now()));
  }

  private static NewTask newTask(Step.Draft draft, UUID id, Instant now) {
    NewTask task =
        NewTask.of(draft.type(), "{\"n\":1}")
            .id(id)
            .queue(draft.queue())
            .priority(draft.priority())
            .maxAttempts(draft.maxAttempts());
    task =
        switch (draft.key()) {
          case NONE -> task;
          case ONE -> task.uniqueKey("one");
          case OTHER -> task.uniqueKey("other");
          case WINDOWED -> task.uniqueKey("one", Duration.ofDays(3650));
        };
    Duration dueIn = Duration.ofMinutes(draft.dueIn());
    return dueIn.isNegative() ? task.runAt(now.plus(dueIn)) : task.delay(dueIn);
  }

  private void enqueueAll(Step.EnqueueAll step) {
    List<Twin<NewTask>> batch = new ArrayList<>();
    Instant expectedNow = expected.now();
    Instant actualNow = actual.now();
    for (Step.Draft draft : step.drafts()) {
      UUID id = new UUID((long) draft.order() << 32, drafts++);
      behind |= draft.dueIn() < 0;
      batch.add(new Twin<>(newTask(draft, id, expectedNow), newTask(draft, id, actualNow)));
    }
    int fresh = batch.size();
    for (Step.Repeat repeat : step.repeats()) {
      if (!tasks.isEmpty()) {
        Twin<NewTask> known = tasks.get(repeat.task() % tasks.size());
        if (isMadeAnewElsewhere(known.expected())) {
          continue;
        }
        batch.add(
            repeat.spoiled()
                ? new Twin<>(spoiled(known.expected()), spoiled(known.actual()))
                : known);
      }
    }
    List<UUID> ids = new ArrayList<>();
    Object result =
        same(
            queue -> {
              ids.clear();
              ids.addAll(queue.enqueueAll(batch.stream().map(task -> side(queue, task)).toList()));
              return List.copyOf(ids);
            });
    if (result instanceof List) {
      tasks.addAll(batch.subList(0, fresh));
      act = new Laws.Act.Enqueued(batch.stream().map(Twin::actual).toList(), List.copyOf(ids));
    }
  }

  /**
   * Whether the task is not there and has an instant of its own: on one side time has passed since,
   * on the other its rows were moved, so it would be made with another distance from now.
   */
  private boolean isMadeAnewElsewhere(NewTask task) {
    return task.runAt().isPresent() && expected.queue().find(task.id()).isEmpty();
  }

  private static NewTask spoiled(NewTask task) {
    return NewTask.of(task.type(), "{\"n\":2}").id(task.id());
  }

  /**
   * Both must claim the same tasks in the same order. PostgreSQL may find what lies behind its
   * cursor a little later, so another process claims where something may: it has no cursor yet.
   */
  private void claim(Step.Take step) {
    if (behind || expected.hasSuspects()) {
      restart();
    }
    ClaimRequest request =
        new ClaimRequest(
            step.queue(),
            step.types(),
            step.limit(),
            Duration.ofMinutes(step.lease()),
            Optional.empty(),
            Map.of(),
            step.delete());
    List<Claim> wanted = expected.queue().claim(request);
    List<Claim> got = actual.queue().claim(request);
    got(request, wanted, got);
  }

  private void claimAgain(Step.TakeAgain step) {
    Twin<Claim> lost = claims.get(step.claim() % claims.size());
    ClaimRequest request =
        ClaimRequest.of(step.types())
            .queue(lost.expected().task().queue())
            .lease(Duration.ofMinutes(step.lease()))
            .deleteCompleted(step.delete());
    got(
        request.token(lost.actual().token()),
        expected.queue().claim(request.token(lost.expected().token())),
        actual.queue().claim(request.token(lost.actual().token())));
  }

  private void got(ClaimRequest request, List<Claim> wanted, List<Claim> got) {
    assertThat(got.stream().map(ModelRun::shown).toList())
        .isEqualTo(wanted.stream().map(ModelRun::shown).toList());
    act = new Laws.Act.Claimed(request, got);
    for (int i = 0; i < wanted.size(); i++) {
      claims.add(new Twin<>(wanted.get(i), got.get(i)));
    }
  }

  private static String shown(Claim claim) {
    return claim.id()
        + " attempt "
        + claim.attempt()
        + (claim.alone() ? " alone" : "")
        + (claim.deletedOnCompletion() ? " deleted on completion" : "");
  }

  private void applyOne(Step.Wish wish) {
    if (!claims.isEmpty()) {
      Twin<ClaimUpdate> update = update(wish);
      Outcome outcome = (Outcome) same(queue -> queue.apply(side(queue, update)));
      act = new Laws.Act.Wrote(List.of(update.actual()), List.of(outcome));
    }
  }

  private void applyAll(List<Step.Wish> wishes) {
    // Two claims may be one, repeated by its token.
    Map<List<UUID>, Twin<ClaimUpdate>> updates = new LinkedHashMap<>();
    if (!claims.isEmpty()) {
      wishes.forEach(wish -> updates.put(fence(wish), update(wish)));
    }
    List<Outcome> outcomes = new ArrayList<>();
    same(
        queue -> {
          outcomes.clear();
          outcomes.addAll(
              queue.applyAll(updates.values().stream().map(u -> side(queue, u)).toList()));
          return List.copyOf(outcomes);
        });
    act = new Laws.Act.Wrote(updates.values().stream().map(Twin::actual).toList(), outcomes);
  }

  private List<UUID> fence(Step.Wish wish) {
    Claim claim = claims.get(wish.claim() % claims.size()).expected();
    return List.of(claim.id(), claim.token());
  }

  private Twin<ClaimUpdate> update(Step.Wish wish) {
    Twin<Claim> claim = claims.get(wish.claim() % claims.size());
    // Since time was moved, the place that a released claim remembers is not its task's any more.
    behind |= timeMoved && wish.kind() == Step.Kind.RELEASE && wish.minutes() == 0;
    return new Twin<>(update(wish, claim.expected()), update(wish, claim.actual()));
  }

  private static ClaimUpdate update(Step.Wish wish, Claim claim) {
    Duration minutes = Duration.ofMinutes(wish.minutes());
    return switch (wish.kind()) {
      case COMPLETE -> new ClaimUpdate.Complete(claim, result(wish));
      case FAIL -> new ClaimUpdate.Fail(claim, "failed");
      case RETRY -> new ClaimUpdate.Retry(claim, "retried", minutes);
      case RELEASE -> new ClaimUpdate.Release(claim, minutes);
      case EXTEND -> new ClaimUpdate.Extend(claim, minutes.plusMinutes(1));
      case PROGRESS -> new ClaimUpdate.Progress(claim, "[" + wish.minutes() + "]");
    };
  }

  private static Optional<String> result(Step.Wish wish) {
    return wish.minutes() == 0 ? Optional.empty() : Optional.of("{\"n\":" + wish.minutes() + "}");
  }

  private void restart() {
    expected.restart();
    actual.restart();
    behind = false;
  }

  private <T> T side(TaskQueue queue, Twin<T> twin) {
    return queue == expected.queue() ? twin.expected() : twin.actual();
  }

  /** Does the same on both sides; the results are equal, or the exceptions are of one type. */
  private Object same(Function<TaskQueue, Object> operation) {
    Object wanted = resultOf(operation, expected.queue());
    assertThat(resultOf(operation, actual.queue())).as("result").isEqualTo(wanted);
    return wanted;
  }

  private static Object resultOf(Function<TaskQueue, Object> operation, TaskQueue queue) {
    try {
      return operation.apply(queue);
    } catch (DibsException e) {
      return e.getClass();
    }
  }
}
