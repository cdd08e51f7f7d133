package dev.dibs.testkit.storm;

import dev.dibs.DatabaseException;
import dev.dibs.NewTask;
import dev.dibs.OutcomeUnknownException;
import dev.dibs.TaskQueue;
import java.util.List;

/** Enqueues the tasks of a storm: most before it, the late ones in turns while it runs. */
final class Enqueuer implements Runnable {
  private static final int BATCH = 1000;
  private static final int LATE_TURNS = 20;

  private final TaskQueue queue;
  private final Plan plan;
  private final History history;
  private final Progress progress;

  Enqueuer(TaskQueue queue, Plan plan, History history, Progress progress) {
    this.queue = queue;
    this.plan = plan;
    this.history = history;
    this.progress = progress;
  }

  void preload() throws InterruptedException {
    for (int first = 0; first < plan.preloaded(); first += BATCH) {
      enqueue(first, Math.min(first + BATCH, plan.preloaded()));
    }
  }

  /** Each turn waits until a share of what was enqueued before is finished. */
  @Override
  public void run() {
    int preloaded = plan.preloaded();
    int late = plan.tasks().size() - preloaded;
    try {
      for (int turn = 0; turn < LATE_TURNS; turn++) {
        int first = preloaded + (int) ((long) late * turn / LATE_TURNS);
        int end = preloaded + (int) ((long) late * (turn + 1) / LATE_TURNS);
        int share = (int) ((long) preloaded * turn / LATE_TURNS);
        if (first < end && progress.awaitFinished(share)) {
          enqueue(first, end);
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

  private void enqueue(int first, int end) throws InterruptedException {
    List<NewTask> batch = plan.newTasks(first, end);
    Track track = history.enqueuer();
    while (!progress.isAborted()) {
      int op = track.invoke(Track.Op.ENQUEUE, history.now(), 0, 0, 0);
      for (int i = 0; i < batch.size(); i++) {
        track.enqueues(op, first + i, batch.get(i).delay().toMillis());
      }
      history.sending(history.claimers(), op);
      try {
        queue.enqueueAll(batch);
        track.returned(op, history.now(), Answer.OK);
        history.answered(history.claimers(), op);
        return;
      } catch (OutcomeUnknownException | DatabaseException e) {
        track.returned(op, history.now(), Claimer.answerTo(e));
        history.answered(history.claimers(), op);
        progress.awaitWork(10);
      }
    }
  }
}
