package dev.dibs.examples.benchmark.workload;

import dev.dibs.examples.benchmark.contender.Payload;
import dev.dibs.examples.benchmark.measure.Offer;
import dev.dibs.examples.benchmark.measure.Stage;
import dev.dibs.examples.benchmark.report.Figure;
import java.util.List;
import java.util.Map;

/** Many tasks are enqueued with each call. */
final class EnqueueBulk implements Workload {
  private static final List<String> CONTENDERS =
      List.of(
          "dibs",
          "sql-limit",
          "db-scheduler",
          "db-scheduler:ascending=true",
          "db-scheduler:rewrite=false",
          "jobrunr");

  @Override
  public String name() {
    return "enqueue-bulk";
  }

  @Override
  public String about() {
    return "1,000 and 10,000 tasks with each call of the queue's API for many, from one thread (plain"
        + " insert: INSERT … SELECT FROM unnest into the table of Dibs). About 10 minutes for each"
        + " alternation.";
  }

  @Override
  public String base() {
    return "";
  }

  @Override
  public void run(Bench bench) {
    for (int i = 1; i <= bench.alternations(); i++) {
      for (int batch : new int[] {1_000, 10_000}) {
        for (String contender : CONTENDERS) {
          bench.run(
              name(),
              String.format("%s, %,d per call", name(contender), batch),
              i,
              contender,
              () -> enqueue(bench, contender, batch));
        }
      }
    }
  }

  private static String name(String contender) {
    return switch (contender) {
      case "sql-limit" -> "plain insert";
      case "db-scheduler:ascending=true" -> "db-scheduler with ascending ids";
      case "db-scheduler:rewrite=false" -> "db-scheduler with the driver's defaults";
      default -> contender;
    };
  }

  private static Map<Figure, Double> enqueue(Bench bench, String contender, int batch)
      throws Exception {
    int tasks = bench.scaled(contender.equals("jobrunr") ? 60_000 : 1_000_000);
    try (Stage stage = bench.open(bench.plan(contender))) {
      stage.expect(tasks, false);
      Offer offer = new Offer(0, tasks, 0, batch, Payload.STANDARD_BYTES);
      stage.enqueue(offer, 1);
      stage.clear();
      stage.settle();
      return EnqueueOne.rated(stage, stage.enqueue(offer, 1), tasks);
    }
  }
}
