package dev.dibs.it.mutants;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.Outcome;
import dev.dibs.TaskQueue;
import dev.dibs.it.Db;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * An operator puts back by hand what claimants seem to have left; then these wake up and complete
 * it. Nobody has taken it since, and still it is not theirs any more.
 */
record RescueScene(StormScene.Subject subject) implements Scene {
  private static final int TASKS = 50;
  private static final String BY_HAND =
      "UPDATE tasks SET status = 'pending', started_at = NULL WHERE status = 'processing'";

  @Override
  public Sighting play(Ground ground, String rule, long seed) throws Exception {
    ground.clear();
    TaskQueue queue = subject.on(ground).apply(0);
    queue.enqueueAll("a", Collections.nCopies(TASKS, "1"));
    List<Claim> zombies =
        new ArrayList<>(queue.claim(ClaimRequest.of("a").limit(TASKS).lease(Duration.ofHours(1))));
    Db.execute(ground.dataSource(), BY_HAND);
    Collections.shuffle(zombies, new Random(seed));
    long writes = 0;
    for (Claim zombie : zombies) {
      writes++;
      Outcome outcome = queue.apply(new ClaimUpdate.Complete(zombie));
      if (outcome != Outcome.LEASE_LOST) {
        return Sighting.of(
            "STALE_WRITE_ACCEPTED", writes, zombie + " was put back, and completed: " + outcome);
      }
    }
    return Sighting.kept();
  }
}
