package dev.dibs.it.mutants;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.DatabaseException;
import dev.dibs.TaskQueue;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Two batches about the same claims at a time, as a renewal and a flush, in an order that each has
 * for itself: neither may become the victim of a deadlock.
 */
record DeadlockScene(BiFunction<DataSource, TaskQueue, TaskQueue> subject) implements Scene {
  private static final int CLAIMS = 100;
  private static final int ROUNDS = 50;

  @Override
  public Sighting play(Ground ground, String rule, long seed) throws Exception {
    ground.clear();
    try {
      DataSource impatient = ground.connections(3, "-c deadlock_timeout=20ms");
      TaskQueue queue = subject.apply(impatient, ground.queue(impatient));
      queue.enqueueAll("a", Collections.nCopies(CLAIMS, "1"));
      List<Claim> claims = queue.claim(ClaimRequest.of("a").limit(CLAIMS));
      AtomicReference<@Nullable DatabaseException> victim = new AtomicReference<>();
      for (int round = 0; round < ROUNDS; round++) {
        together(queue, claims, seed * ROUNDS + round, victim);
        DatabaseException deadlock = victim.get();
        if (deadlock != null) {
          return Sighting.of("DEADLOCK", 2L * (round + 1), deadlock.getMessage());
        }
      }
      return Sighting.kept();
    } finally {
      ground.endScene();
    }
  }

  private static void together(
      TaskQueue queue,
      List<Claim> claims,
      long seed,
      AtomicReference<@Nullable DatabaseException> victim)
      throws InterruptedException {
    CyclicBarrier start = new CyclicBarrier(2);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      List<ClaimUpdate> batch = new ArrayList<>();
      claims.forEach(claim -> batch.add(new ClaimUpdate.Extend(claim, Duration.ofMinutes(1))));
      Collections.shuffle(batch, new Random(2 * seed + i));
      Thread thread =
          new Thread(
              () -> {
                try {
                  start.await(20, TimeUnit.SECONDS);
                  queue.applyAll(batch);
                } catch (DatabaseException e) {
                  if (e.getCause() instanceof SQLException sql
                      && "40P01".equals(sql.getSQLState())) {
                    victim.set(e);
                  }
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              });
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) {
      thread.join(TimeUnit.SECONDS.toMillis(20));
    }
  }
}
