package dev.dibs.examples.benchmark.workload;

import dev.dibs.examples.benchmark.contender.Payload;
import dev.dibs.examples.benchmark.measure.Cost;
import dev.dibs.examples.benchmark.measure.Offer;
import dev.dibs.examples.benchmark.measure.Stage;
import dev.dibs.examples.benchmark.report.Figure;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;

/** Tasks are enqueued one by one, each durable before the next. */
final class EnqueueOne implements Workload {
  private static final List<String> CONTENDERS =
      List.of("dibs", "sql-limit", "db-scheduler", "jobrunr");

  @Override
  public String name() {
    return "enqueue-one";
  }

  @Override
  public String about() {
    return "One task with each call and commit, from 1 thread and from 8 (plain insert: the same row by"
        + " plain SQL). About 2 minutes for each alternation.";
  }

  @Override
  public String base() {
    return "";
  }

  @Override
  public void run(Bench bench) {
    for (int i = 1; i <= bench.alternations(); i++) {
      for (String contender : CONTENDERS) {
        for (int threads : new int[] {1, 8}) {
          String who = contender.equals("sql-limit") ? "plain insert" : contender;
          String variant = who + ", " + threads + (threads == 1 ? " thread" : " threads");
          bench.run(name(), variant, i, contender, () -> enqueue(bench, contender, threads));
        }
      }
    }
  }

  private static Map<Figure, Double> enqueue(Bench bench, String contender, int threads)
      throws Exception {
    int tasks = bench.scaled(threads == 1 ? 4_000 : 16_000) / 8 * 8;
    try (Stage stage = bench.open(bench.plan(contender))) {
      stage.expect(tasks, false);
      Offer offer = new Offer(0, tasks, 0, 1, Payload.STANDARD_BYTES);
      stage.enqueue(offer, 8);
      stage.clear();
      stage.settle();
      return rated(stage, stage.enqueue(offer, threads), tasks);
    }
  }

  /** What an enqueue of so many tasks cost; it counts for nothing unless all of them are there. */
  static Map<Figure, Double> rated(Stage stage, Cost cost, int tasks) throws SQLException {
    long there = stage.unfinished();
    if (there != tasks) {
      throw new IllegalStateException("of " + tasks + " tasks " + there + " are there");
    }
    Map<Figure, Double> figures = Bench.costs(cost, tasks);
    figures.put(Figure.RATE, tasks / cost.seconds());
    return figures;
  }
}
