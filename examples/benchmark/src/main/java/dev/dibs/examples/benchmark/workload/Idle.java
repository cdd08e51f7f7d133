package dev.dibs.examples.benchmark.workload;

import dev.dibs.examples.benchmark.measure.Stage;
import dev.dibs.examples.benchmark.report.Figure;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A worker that has nothing to do. */
final class Idle implements Workload {
  private record Variant(String name, String contender) {}

  private static final List<Variant> VARIANTS =
      List.of(
          new Variant("dibs, notify", "dibs:notify=true"),
          new Variant("dibs, polling", "dibs"),
          new Variant("db-scheduler, polling", "db-scheduler"),
          new Variant("jobrunr", "jobrunr"));

  @Override
  public String name() {
    return "idle";
  }

  @Override
  public String about() {
    return "What a worker with nothing to do sends, counted on the wire for 20 s. About 2 minutes; one"
        + " alternation only.";
  }

  @Override
  public String base() {
    return "";
  }

  @Override
  public void run(Bench bench) {
    for (Variant variant : VARIANTS) {
      bench.run(name(), variant.name(), 1, variant.contender(), () -> measure(bench, variant));
    }
  }

  private static Map<Figure, Double> measure(Bench bench, Variant variant) throws Exception {
    try (Stage stage = bench.open(bench.plan(variant.contender()).tapping())) {
      stage.expect(1, false);
      stage.start();
      pause(5);
      stage.statements();
      long begun = System.nanoTime();
      pause(20);
      double statements = stage.statements() / ((System.nanoTime() - begun) / 1e9);
      stage.stop();
      return new EnumMap<>(Map.of(Figure.STATEMENTS_PER_SECOND, statements));
    }
  }

  private static void pause(int seconds) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }
}
