package dev.dibs.testkit.storm;

import dev.dibs.DatabaseException;
import dev.dibs.NewTask;
import dev.dibs.OutcomeUnknownException;
import dev.dibs.TaskQueue;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

/** Enqueues the tasks of a storm: most before it, the late ones in turns while it runs. */
final class Enqueuer implements Runnable {
  private static final int BATCH = 1000;
  private static final int LATE_TURNS = 20;

  private final Settings settings;
  private final TaskQueue queue;
  private final Plan plan;
  private final History history;
  private final Progress progress;
  private final AtomicInteger enqueued = new AtomicInteger();

  Enqueuer(Settings settings, TaskQueue queue, Plan plan, History history, Progress progress) {
    this.settings = settings;
    this.queue = queue;
    this.plan = plan;
    this.history = history;
    this.progress = progress;
  }

  /** How many tasks are certainly there, or were; not those that were passed over. */
  int enqueued() {
    return enqueued.get();
  }

  void preload() throws InterruptedException {
    int preloaded = settings.preloaded();
    for (int first = 0; first < preloaded; first += BATCH) {
      List<NewTask> batch = plan.newTasks(first, Math.min(first + BATCH, preloaded));
      long begun = System.nanoTime();
      Optional<RuntimeException> failure = enqueue(first, batch);
      while (failure.isPresent()) {
        if (System.nanoTime() - begun > settings.stuckAfter.toNanos()) {
          throw new IllegalStateException(
              "the tasks of a storm cannot be enqueued: " + failure.get().getMessage(),
              failure.get());
        }
        progress.awaitWork(10);
        failure = enqueue(first, batch);
      }
    }
  }

  /** Each turn waits until a share of what was enqueued before is finished. */
  @Override
  public void run() {
    int preloaded = settings.preloaded();
    int late = plan.tasks().size() - preloaded;
    try {
      for (int turn = 0; turn < LATE_TURNS; turn++) {
        int first = preloaded + (int) ((long) late * turn / LATE_TURNS);
        int end = preloaded + (int) ((long) late * (turn + 1) / LATE_TURNS);
        int share = (int) ((long) preloaded * turn / LATE_TURNS);
        if (first < end && progress.awaitFinished(share)) {
          enqueueLate(turn, first, plan.newTasks(first, end));
          progress.workArrived();
        }
      }
    } catch (InterruptedException e) {
      progress.abort(e);
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      progress.abort(e);
    }
  }

  private void enqueueLate(int turn, int first, List<NewTask> batch) throws InterruptedException {
    SplittableRandom random = new SplittableRandom(settings.seed * 31 - 3 - turn);
    if (random.nextInt(100) >= settings.transactional) {
      while (!progress.isAborted() && enqueue(first, batch).isPresent()) {
        progress.awaitWork(10);
      }
      return;
    }
    boolean commit = random.nextInt(3) > 0;
    while (!progress.isAborted()) {
      Duration open = Duration.ofMillis(1 + random.nextInt(40));
      if (enqueueInTransaction(first, batch, open, commit)) {
        return;
      }
      commit = true;
      progress.awaitWork(10);
    }
  }

  /** What passing failure it met; if none, the tasks are there. */
  private Optional<RuntimeException> enqueue(int first, List<NewTask> batch) {
    int op = invoke(first, batch, false);
    try {
      List<UUID> ids = queue.enqueueAll(batch);
      long now = history.now();
      answer(op, batch, ids);
      returned(op, now, Answer.OK);
      entered(op);
      return Optional.empty();
    } catch (OutcomeUnknownException | DatabaseException e) {
      returned(op, history.now(), Claimer.answerTo(e));
      return Optional.of(e);
    }
  }

  /** Whether the tasks are certainly there. */
  private boolean enqueueInTransaction(
      int first, List<NewTask> batch, Duration open, boolean commit) throws InterruptedException {
    try (SideDoor.Session session = settings.sideDoor.orElseThrow().open()) {
      Connection connection = session.connection();
      connection.setAutoCommit(false);
      int op = invoke(first, batch, true);
      try {
        List<UUID> ids = queue.within(connection).enqueueAll(batch);
        long now = history.now();
        answer(op, batch, ids);
        returned(op, now, Answer.OK);
      } catch (OutcomeUnknownException | DatabaseException e) {
        returned(op, history.now(), Claimer.answerTo(e));
        return false;
      }
      progress.awaitOver(open);
      return end(connection, op, commit);
    } catch (SQLException e) {
      return false;
    }
  }

  private boolean end(Connection connection, int enqueue, boolean commit) {
    int op = history.enqueuer().invokeEnd(enqueue, commit, history.now());
    history.sending(history.claimers(), op);
    try {
      if (commit) {
        connection.commit();
      } else {
        connection.rollback();
      }
    } catch (SQLException e) {
      returned(op, history.now(), Answer.UNKNOWN);
      return false;
    }
    returned(op, history.now(), Answer.OK);
    if (commit) {
      entered(enqueue);
    }
    return commit;
  }

  private int invoke(int first, List<NewTask> batch, boolean inTransaction) {
    Track track = history.enqueuer();
    int op = track.invokeEnqueue(history.now(), inTransaction);
    for (int i = 0; i < batch.size(); i++) {
      track.enqueues(op, first + i, batch.get(i).delay().toMillis());
    }
    history.sending(history.claimers(), op);
    return op;
  }

  private void returned(int op, long now, Answer answer) {
    history.enqueuer().returned(op, now, answer);
    history.answered(history.claimers(), op);
  }

  /** What has no unique key cannot be passed over, whatever the answer says: it is waited for. */
  private void answer(int op, List<NewTask> batch, List<UUID> ids) {
    for (int i = 0; i < batch.size(); i++) {
      NewTask task = batch.get(i);
      if (task.uniqueKey().isPresent() && !ids.get(i).equals(task.id())) {
        history.enqueuer().skipped(op, i);
      }
    }
  }

  /** The tasks of an enqueue are there; one that was passed over for its unique key is over. */
  private void entered(int op) {
    Track track = history.enqueuer();
    int there = 0;
    for (int item = 0; item < track.count(op); item++) {
      if (track.isSkipped(op, item)) {
        progress.passedOver(track.task(op, item));
      } else {
        there++;
      }
    }
    enqueued.addAndGet(there);
  }
}
