package dev.dibs.it.mutants;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.Outcome;
import dev.dibs.TaskQueue;
import dev.dibs.Worker;
import dev.dibs.it.Db;
import dev.dibs.it.ForwardingTaskQueue;
import java.sql.Connection;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;

/**
 * A worker in trouble, whose handlers run for three leases, beside another claimer that takes what
 * it can get: nothing, while handlers run.
 *
 * @param trouble what the worker goes through
 * @param mistake what is wrong with its queue
 */
record WorkerScene(Trouble trouble, UnaryOperator<TaskQueue> mistake) implements Scene {
  private static final Duration LEASE = Duration.ofMillis(300);

  /** What a worker goes through. */
  enum Trouble {
    /** It is told to close while its handlers run. */
    CLOSES,
    /** One handler holds the transaction open that completes its task. */
    HOLDS_COMPLETION
  }

  /** Renews no more once the worker closes: {@code removeWakeUp} is how a queue learns of it. */
  static TaskQueue renewingUntilClosed(TaskQueue queue) {
    AtomicBoolean closing = new AtomicBoolean();
    return new ForwardingTaskQueue(queue) {
      @Override
      public void removeWakeUp(Runnable wakeUp) {
        closing.set(true);
        super.removeWakeUp(wakeUp);
      }

      @Override
      public List<Outcome> applyAll(List<ClaimUpdate> updates) {
        boolean renewal = updates.stream().allMatch(ClaimUpdate.Extend.class::isInstance);
        return closing.get() && renewal
            ? Collections.nCopies(updates.size(), Outcome.APPLIED)
            : super.applyAll(updates);
      }
    };
  }

  /** Renews one by one and waits for each row. */
  static TaskQueue renewingWithWaits(TaskQueue queue) {
    return new ForwardingTaskQueue(queue) {
      @Override
      public List<Outcome> applyAll(List<ClaimUpdate> updates) {
        return updates.stream().map(queue::apply).toList();
      }
    };
  }

  @Override
  public Sighting play(Ground ground, String rule, long seed) throws Exception {
    ground.clear();
    TaskQueue queue = ground.queue();
    int tasks = 3 + new SplittableRandom(seed).nextInt(5);
    CountDownLatch begun = new CountDownLatch(tasks);
    CountDownLatch closing = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    TaskQueue watched =
        new ForwardingTaskQueue(mistake.apply(queue)) {
          @Override
          public void removeWakeUp(Runnable wakeUp) {
            super.removeWakeUp(wakeUp);
            closing.countDown();
          }
        };
    AtomicBoolean first = new AtomicBoolean(true);
    queue.enqueueAll("a", Collections.nCopies(tasks, "1"));
    Worker worker = Worker.builder(watched).concurrency(tasks).lease(LEASE).build();
    worker.register(
        "a",
        task -> {
          if (trouble == Trouble.HOLDS_COMPLETION && first.getAndSet(false)) {
            completeSlowly(ground, task, begun, end);
          } else {
            begun.countDown();
            await(end);
          }
        });
    Thread closer = new Thread(worker::close, "closer");
    try {
      worker.start();
      await(begun);
      if (trouble == Trouble.CLOSES) {
        closer.start();
        await(closing);
      }
      return watch(ground);
    } finally {
      end.countDown();
      worker.close();
      closer.join(TimeUnit.SECONDS.toMillis(20));
      ground.endScene();
    }
  }

  private static void completeSlowly(
      Ground ground, Claim task, CountDownLatch begun, CountDownLatch end) throws Exception {
    try (Connection connection = ground.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      task.completeIn(connection);
      begun.countDown();
      await(end);
      connection.commit();
    }
  }

  /** Claims for three leases, by the database's clock. */
  private static Sighting watch(Ground ground) throws Exception {
    try (Connection connection = ground.dataSource().getConnection()) {
      String now = Db.query(connection, "SELECT clock_timestamp()");
      String over = "SELECT clock_timestamp() > '%s'::timestamptz + interval '%d ms'";
      TaskQueue thief = ground.queue();
      long claims = 0;
      while ("f".equals(Db.query(connection, over.formatted(now, 3 * LEASE.toMillis())))) {
        claims++;
        List<Claim> stolen = thief.claim(ClaimRequest.of("a").limit(10));
        if (!stolen.isEmpty()) {
          return Sighting.of(
              "LEASE_OVERLAP", claims, stolen + " were claimed while their handlers ran");
        }
        Db.query(connection, "SELECT pg_sleep(0.01)");
      }
    }
    return Sighting.kept();
  }

  private static void await(CountDownLatch latch) throws InterruptedException {
    if (!latch.await(20, TimeUnit.SECONDS)) {
      throw new IllegalStateException("waited 20 s in vain");
    }
  }
}
