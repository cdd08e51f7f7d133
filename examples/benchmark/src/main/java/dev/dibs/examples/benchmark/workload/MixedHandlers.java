package dev.dibs.examples.benchmark.workload;

import dev.dibs.examples.benchmark.contender.Payload;
import dev.dibs.examples.benchmark.measure.Stage;
import dev.dibs.examples.benchmark.report.Figure;
import java.util.List;
import java.util.Map;

/** Most handlers are short, some are long. */
final class MixedHandlers implements Workload {
  private static final int TASKS = 50_000;
  private static final int LONG_EVERY = 100;
  private static final int LONG_MILLIS = 100;

  private record Variant(String name, String contender, int longEvery) {}

  private static final List<Variant> VARIANTS =
      List.of(
          new Variant("dibs, all short", "dibs", 0),
          new Variant("dibs, 1 of 100 takes 100 ms", "dibs", LONG_EVERY),
          new Variant("db-scheduler, all short", "db-scheduler:threads=50", 0),
          new Variant(
              "db-scheduler, 1 of 100 takes 100 ms", "db-scheduler:threads=50", LONG_EVERY));

  @Override
  public String name() {
    return "mixed";
  }

  @Override
  public String about() {
    return "A drain of 50,000 tasks where one handler of a hundred takes 100 ms and the others return at"
        + " once, 50 at a time: the long ones alone would take a second. About 2 minutes for each"
        + " alternation.";
  }

  @Override
  public String base() {
    return "dibs, all short";
  }

  @Override
  public void run(Bench bench) {
    for (int i = 1; i <= bench.alternations(); i++) {
      for (Variant variant : VARIANTS) {
        bench.run(name(), variant.name(), i, variant.contender(), () -> measure(bench, variant));
      }
    }
  }

  private static Map<Figure, Double> measure(Bench bench, Variant variant) throws Exception {
    int tasks = bench.scaled(TASKS);
    try (Stage stage = bench.open(bench.plan(variant.contender()))) {
      stage.warmUp(bench.scaled(stage.contender().warmUp()));
      stage.clear();
      stage.expect(tasks, false, variant.longEvery(), LONG_MILLIS);
      stage.enqueue(10_000, Payload.STANDARD_BYTES);
      stage.settle();
      return Bench.figures(stage.drain(), tasks);
    }
  }
}
