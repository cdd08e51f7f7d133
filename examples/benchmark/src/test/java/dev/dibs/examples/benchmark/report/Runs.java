package dev.dibs.examples.benchmark.report;

import java.util.Map;

/** Results as they might be, for the tests of the report. */
final class Runs {
  private final Results results = new Results(result -> {});

  Runs add(String workload, String variant, Map<Figure, Double> figures) {
    return add(workload, variant, figures, "");
  }

  Runs add(String workload, String variant, Map<Figure, Double> figures, String problem) {
    int alternation = results.values(workload, variant, Figure.RATE).length + 1;
    results.add(new Result(workload, variant, alternation, "its settings", figures, problem));
    return this;
  }

  Runs drain(String variant, double rate) {
    return add("drain", variant, Map.of(Figure.RATE, rate));
  }

  /** Drains of opponents that are strong enough. */
  static Runs strong() {
    return new Runs()
        .drain("textbook", 1_000)
        .drain("sql-limit", 10_000)
        .drain("db-scheduler", 1_300)
        .drain("jobrunr", 350);
  }

  Results results() {
    return results;
  }
}
