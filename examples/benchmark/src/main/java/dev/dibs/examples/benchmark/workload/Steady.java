package dev.dibs.examples.benchmark.workload;

import dev.dibs.examples.benchmark.contender.Payload;
import dev.dibs.examples.benchmark.measure.Drain;
import dev.dibs.examples.benchmark.measure.Offer;
import dev.dibs.examples.benchmark.measure.Stage;
import dev.dibs.examples.benchmark.report.Figure;
import java.util.List;
import java.util.Map;

/** Tasks come at a high rate while they are worked on. */
final class Steady implements Workload {
  private record Variant(String contender, int perSecond, int batch, int tasks) {
    String name() {
      return perSecond == 0
          ? contender + ", as fast as it goes"
          : String.format("%s, %,d/s offered", contender, perSecond);
    }
  }

  private static final List<Variant> VARIANTS =
      List.of(
          new Variant("dibs", 5_000, 50, 150_000),
          new Variant("db-scheduler", 5_000, 50, 150_000),
          new Variant("jobrunr", 500, 50, 15_000),
          new Variant("dibs", 0, 1_000, 300_000),
          new Variant("db-scheduler", 0, 1_000, 60_000),
          new Variant("jobrunr", 0, 1_000, 15_000));

  @Override
  public String name() {
    return "steady";
  }

  @Override
  public String about() {
    return "One JVM enqueues, 50 tasks with each call at a steady rate or 1,000 as fast as it goes, while"
        + " another works; the CPU is that of both, enqueues included; latency from commit to handler"
        + " start. About 4 minutes for each alternation.";
  }

  @Override
  public String base() {
    return "";
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
    try (Stage stage = bench.open(bench.plan(variant.contender()).processes(2))) {
      stage.warmUp(bench.scaled(stage.contender().warmUp()));
      stage.clear();
      int tasks = bench.scaled(variant.tasks());
      stage.expect(tasks, true);
      stage.settle();
      Offer offer =
          new Offer(0, tasks, variant.perSecond(), variant.batch(), Payload.STANDARD_BYTES);
      Drain drain = stage.beside(List.of(offer), () -> {});
      Map<Figure, Double> figures = Bench.figures(drain, tasks);
      figures.putAll(Latency.figures(stage.tally(), 0));
      return figures;
    }
  }
}
