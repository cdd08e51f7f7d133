package dev.dibs.it.mutants;

import dev.dibs.ClaimRequest;
import dev.dibs.TaskQueue;
import dev.dibs.it.Db;
import dev.dibs.it.Plan;
import dev.dibs.it.PlanLog;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.BiFunction;
import javax.sql.DataSource;

/**
 * Claims on one connection, first while the table is empty and then after it was filled: none may
 * read the table from end to end.
 *
 * @param options of the connection
 * @param subject the queue that claims
 */
record PlanScene(String options, BiFunction<DataSource, TaskQueue, TaskQueue> subject)
    implements Scene {
  private static final int EMPTY_CLAIMS = 10;
  private static final int CLAIMS = 5;

  @Override
  public Sighting play(Ground ground, String rule, long seed) throws Exception {
    ground.clear();
    int rows = 20_000 + new SplittableRandom(seed).nextInt(10_000);
    PlanLog log = PlanLog.of(ground.postgres());
    try {
      DataSource pinned = ground.connections(1, PlanLog.OPTIONS + " " + options);
      TaskQueue queue = subject.apply(pinned, ground.queue(pinned));
      Db.execute(ground.dataSource(), "VACUUM ANALYZE tasks");
      ClaimRequest request = ClaimRequest.of("a").limit(10);
      for (int i = 0; i < EMPTY_CLAIMS; i++) {
        queue.claim(request);
      }
      Db.execute(
          ground.dataSource(),
          "INSERT INTO tasks(type, payload) SELECT 'a', '{}' FROM generate_series(1, "
              + rows
              + ")");
      log.read();
      for (int claim = 1; claim <= CLAIMS; claim++) {
        queue.claim(request);
        Optional<Plan> scan =
            log.read().stream()
                .filter(plan -> plan.find("Seq Scan", "tasks").isPresent())
                .findAny();
        if (scan.isPresent()) {
          return Sighting.of("PLAN", claim, scan.orElseThrow().json());
        }
      }
      return Sighting.kept();
    } finally {
      ground.endScene();
    }
  }
}
