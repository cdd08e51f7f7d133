package dev.dibs.it.mutants;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.NewTask;
import dev.dibs.Status;
import dev.dibs.TaskQueue;
import dev.dibs.it.Db;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.IntFunction;
import java.util.stream.Stream;

/**
 * One task among good ones kills whatever process works on it, and with it what that process runs
 * beside it: only the killer may end as failed.
 */
record KillerScene(StormScene.Subject subject) implements Scene {
  private static final int TASKS = 40;
  private static final int BATCH = 10;
  private static final int ATTEMPTS = 3;
  private static final int PROCESSES = 100;
  private static final Duration LEASE = Duration.ofMillis(1);
  private static final String NOBODY_HOLDS_ANY =
      "SELECT NOT EXISTS (SELECT FROM tasks WHERE status = 'processing'"
          + " AND lease_until >= clock_timestamp())";

  @Override
  public Sighting play(Ground ground, String rule, long seed) throws Exception {
    ground.clear();
    List<NewTask> tasks =
        Stream.generate(() -> NewTask.of("a", "1").maxAttempts(ATTEMPTS)).limit(TASKS).toList();
    UUID killer = tasks.get(new SplittableRandom(seed).nextInt(TASKS)).id();
    TaskQueue queue = ground.queue();
    queue.enqueueAll(tasks);
    long claimed = work(ground, subject.on(ground), killer);
    List<UUID> failed =
        tasks.stream()
            .map(NewTask::id)
            .filter(id -> queue.find(id).orElseThrow().status() == Status.FAILED)
            .toList();
    if (failed.stream().anyMatch(id -> !id.equals(killer))) {
      return Sighting.of(
          "ATTEMPTS_BURNT", claimed, failed.size() + " failed for " + killer + ": " + failed);
    }
    return queue.counts().get(Status.COMPLETED) == TASKS - 1 && failed.contains(killer)
        ? Sighting.kept()
        : Sighting.of("STUCK", claimed, queue.counts() + ", failed: " + failed);
  }

  /** Each batch is a process of its own, which knows nothing of those that died. */
  private static long work(Ground ground, IntFunction<TaskQueue> processes, UUID killer)
      throws SQLException {
    long claimed = 0;
    try (Connection connection = ground.dataSource().getConnection()) {
      for (int process = 0; process < PROCESSES; process++) {
        TaskQueue queue = processes.apply(process);
        List<Claim> batch = queue.claim(ClaimRequest.of("a").limit(BATCH).lease(LEASE));
        claimed += batch.size();
        if (batch.stream().noneMatch(claim -> claim.id().equals(killer))) {
          queue.applyAll(batch.stream().<ClaimUpdate>map(ClaimUpdate.Complete::new).toList());
        }
        if ("f".equals(Db.query(connection, "SELECT EXISTS (SELECT FROM tasks WHERE live)"))) {
          return claimed;
        }
        Db.await(connection, NOBODY_HOLDS_ANY);
      }
    }
    return claimed;
  }
}
