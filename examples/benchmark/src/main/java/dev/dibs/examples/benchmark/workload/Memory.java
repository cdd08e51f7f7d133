package dev.dibs.examples.benchmark.workload;

import dev.dibs.examples.benchmark.contender.Tally;
import dev.dibs.examples.benchmark.measure.Stage;
import dev.dibs.examples.benchmark.report.Figure;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** A million tasks in a small heap, and 50,000 handlers at a time. */
final class Memory implements Workload {
  private static final int SLEEP_MILLIS = 30_000;

  @Override
  public String name() {
    return "memory";
  }

  @Override
  public String about() {
    return "A drain of 1,000,000 tasks with -Xmx64m; 50,000 handlers that sleep for 30 s, all in flight at"
        + " a time, with -Xmx512m, on virtual threads (JDK 21 and later only). About 3 minutes; one"
        + " alternation only.";
  }

  @Override
  public String base() {
    return "";
  }

  @Override
  public void run(Bench bench) {
    bench.run(name(), "drain, -Xmx64m", 1, "dibs", () -> drain(bench));
    if (Runtime.version().feature() >= 21) {
      String contender = "dibs:concurrency=50000";
      bench.run(
          name(), "sleeping handlers, -Xmx512m", 1, contender, () -> sleepers(bench, contender));
    } else {
      System.out.println("Without virtual threads no 50,000 handlers: needs JDK 21 or later.");
    }
  }

  private static Map<Figure, Double> drain(Bench bench) throws Exception {
    int tasks = bench.scaled(1_000_000);
    try (Stage stage = bench.open(Stage.Plan.of("dibs", List.of("-Xmx64m")))) {
      stage.expect(tasks, false);
      stage.run(Rows.insert("", "", tasks));
      stage.settle();
      return Bench.figures(stage.drain(), tasks);
    }
  }

  private static Map<Figure, Double> sleepers(Bench bench, String contender) throws Exception {
    int tasks = bench.scaled(50_000);
    try (Stage stage = bench.open(Stage.Plan.of(contender, List.of("-Xmx512m")))) {
      stage.expect(tasks, true, 1, SLEEP_MILLIS);
      stage.run(Rows.insert("", "", tasks));
      stage.settle();
      Map<Figure, Double> figures = Bench.figures(stage.drain(), tasks);
      figures.put(Figure.IN_FLIGHT, (double) inFlight(stage.tally()));
      return figures;
    }
  }

  /** How many had begun and could not yet have ended when the last of them began. */
  private static long inFlight(Tally tally) {
    long last = starts(tally).max().orElseThrow();
    return starts(tally).filter(start -> last - start < SLEEP_MILLIS * 1_000L).count();
  }

  private static LongStream starts(Tally tally) {
    return IntStream.range(0, tally.tasks()).mapToLong(tally::started);
  }
}
