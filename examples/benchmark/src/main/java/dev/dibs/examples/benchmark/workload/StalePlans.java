package dev.dibs.examples.benchmark.workload;

import dev.dibs.examples.benchmark.contender.Payload;
import dev.dibs.examples.benchmark.measure.Offer;
import dev.dibs.examples.benchmark.measure.Stage;
import dev.dibs.examples.benchmark.report.Figure;
import java.util.List;
import java.util.Map;

/** The statistics and the plans are those of an empty table, and then a flood comes. */
final class StalePlans implements Workload {
  private static final int TRICKLE = 60;

  @Override
  public String name() {
    return "plans";
  }

  @Override
  public String about() {
    return "Statistics are taken on the empty table, autovacuum is off for it, the connections have done "
        + TRICKLE
        + " tasks on it so that their plans are cached; then a drain, as a ratio to the one with"
        + " statistics. About 2 minutes for each alternation.";
  }

  @Override
  public String base() {
    return "dibs, analysed";
  }

  @Override
  public void run(Bench bench) {
    for (int i = 1; i <= bench.alternations(); i++) {
      for (String contender : List.of("dibs", "db-scheduler")) {
        for (boolean analysed : new boolean[] {true, false}) {
          bench.run(
              name(),
              contender + (analysed ? ", analysed" : ", statistics of an empty table"),
              i,
              contender,
              () -> measure(bench, contender, analysed));
        }
      }
    }
  }

  private static Map<Figure, Double> measure(Bench bench, String contender, boolean analysed)
      throws Exception {
    try (Stage stage = bench.open(bench.plan(contender))) {
      String table = stage.contender().table();
      stage.warmUp(bench.scaled(stage.contender().warmUp()));
      stage.clear();
      stage.run("ALTER TABLE " + table + " SET (autovacuum_enabled = false)", "ANALYZE " + table);
      stage.expect(TRICKLE, false);
      stage.start();
      stage.enqueue(new Offer(0, TRICKLE, 20, 1, Payload.STANDARD_BYTES), 1);
      stage.awaitHandled(() -> false);
      stage.finish();
      stage.stop();
      int tasks = bench.scaled(stage.contender().tasks());
      stage.expect(tasks, false);
      stage.enqueue(10_000, Payload.STANDARD_BYTES);
      if (analysed) {
        stage.settle();
      }
      return Bench.figures(stage.drain(), tasks);
    }
  }
}
