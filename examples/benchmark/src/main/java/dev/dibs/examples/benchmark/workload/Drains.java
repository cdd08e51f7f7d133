package dev.dibs.examples.benchmark.workload;

import dev.dibs.examples.benchmark.measure.Stage;
import dev.dibs.examples.benchmark.report.Figure;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** A full queue is drained by one worker process. */
public final class Drains implements Workload {
  private final String name;
  private final List<String> contenders;

  /** Of these contenders, in alternation. */
  public Drains(String name, List<String> contenders) {
    this.name = name;
    this.contenders = contenders;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String about() {
    return "Preloaded tasks with handlers that return at once, one worker process; CPU and WAL from the"
        + " first claim to the last completion. About "
        + contenders.size() / 2
        + " minutes for each alternation.";
  }

  @Override
  public String base() {
    return "db-scheduler";
  }

  @Override
  public void run(Bench bench) {
    for (int i = 1; i <= bench.alternations(); i++) {
      for (String contender : contenders) {
        bench.run(name, contender, i, contender, () -> bench.drain(contender));
      }
    }
    for (String contender : contenders) {
      bench.run(name, contender, 0, contender, () -> statements(bench, contender));
    }
  }

  /** In a run of its own, because the tap costs CPU. */
  private static Map<Figure, Double> statements(Bench bench, String contender) throws Exception {
    try (Stage stage = bench.open(bench.plan(contender).tapping())) {
      int tasks = Math.max(stage.contender().tasks() / 4, 100);
      Map<Figure, Double> figures = bench.drain(stage, bench.scaled(tasks), 200);
      return new EnumMap<>(Map.of(Figure.STATEMENTS, figures.get(Figure.STATEMENTS)));
    }
  }
}
