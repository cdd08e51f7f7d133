package dev.dibs.examples.benchmark.workload;

import dev.dibs.examples.benchmark.contender.Payload;
import dev.dibs.examples.benchmark.contender.Tally;
import dev.dibs.examples.benchmark.measure.Drain;
import dev.dibs.examples.benchmark.measure.Offer;
import dev.dibs.examples.benchmark.measure.Stage;
import dev.dibs.examples.benchmark.report.Figure;
import dev.dibs.examples.benchmark.report.Numbers;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Now and then a task comes to a worker that has nothing to do. */
final class Latency implements Workload {
  private static final int PER_SECOND = 50;

  // Without them the compiler of the JVM is a part of what is measured.
  private static final int AHEAD = 4_000;
  private static final int AHEAD_PER_SECOND = 400;

  private record Variant(String name, String contender, boolean sameJvm, int tasks) {}

  private static final List<Variant> VARIANTS =
      List.of(
          new Variant("dibs, notify", "dibs:notify=true", false, 1_500),
          new Variant("dibs, polling", "dibs", false, 1_500),
          new Variant("dibs, same JVM", "dibs", true, 1_500),
          new Variant("db-scheduler, polling", "db-scheduler", false, 1_500),
          new Variant("db-scheduler, same JVM", "db-scheduler:immediate=true", true, 1_500),
          new Variant("jobrunr", "jobrunr", false, 1_500));

  @Override
  public String name() {
    return "latency";
  }

  @Override
  public String about() {
    return "50 tasks/s come to an idle worker, one by one; from the return of the enqueue, which another"
        + " JVM calls unless it says otherwise, to the start of the handler. 4,000 that come faster go"
        + " before and do not count. About 5 minutes for each alternation.";
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
    int processes = variant.sameJvm() ? 1 : 2;
    try (Stage stage = bench.open(bench.plan(variant.contender()).processes(processes))) {
      stage.warmUp(bench.scaled(stage.contender().warmUp() / 4));
      stage.clear();
      int ahead = bench.scaled(AHEAD);
      int tasks = bench.scaled(variant.tasks()) + ahead;
      stage.expect(tasks, true);
      stage.settle();
      List<Offer> offers =
          List.of(
              new Offer(0, ahead, AHEAD_PER_SECOND, 1, Payload.STANDARD_BYTES),
              new Offer(ahead, tasks - ahead, PER_SECOND, 1, Payload.STANDARD_BYTES));
      if (variant.sameJvm()) {
        stage.start();
        for (Offer offer : offers) {
          stage.enqueue(offer, 1);
        }
        stage.awaitHandled(() -> false);
        stage.finish();
        stage.stop();
      } else {
        Drain drain = stage.beside(offers, () -> {});
        Bench.figures(drain, tasks);
      }
      Map<Figure, Double> figures = figures(stage.tally(), ahead);
      figures.put(Figure.HANDLED, (double) stage.tally().handled());
      figures.put(Figure.DUPLICATES, (double) stage.tally().duplicates());
      return figures;
    }
  }

  /** Of the tasks from this number on: those before it only warm up. */
  static Map<Figure, Double> figures(Tally tally, int from) {
    double[] millis =
        IntStream.range(from, tally.tasks())
            .mapToDouble(number -> tally.latencyMicros(number) / 1e3)
            .toArray();
    Map<Figure, Double> figures = new EnumMap<>(Figure.class);
    figures.put(Figure.P50, Numbers.percentile(50, millis));
    figures.put(Figure.P99, Numbers.percentile(99, millis));
    figures.put(Figure.MAX, Numbers.percentile(100, millis));
    return figures;
  }
}
