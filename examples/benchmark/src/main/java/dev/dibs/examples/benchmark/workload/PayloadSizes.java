package dev.dibs.examples.benchmark.workload;

import dev.dibs.examples.benchmark.measure.Stage;
import java.util.List;

/** Drains with larger payloads. */
final class PayloadSizes implements Workload {
  /** One of so many of the tasks that a contender drains otherwise. */
  private record Size(String name, int bytes, int oneOf) {}

  private static final List<Size> SIZES =
      List.of(
          new Size("200 B", 200, 2), new Size("4 KB", 4_096, 4), new Size("100 KB", 102_400, 20));

  @Override
  public String name() {
    return "payload";
  }

  @Override
  public String about() {
    return "A drain with payloads of 200 B, 4 KB and 100 KB. About 8 minutes for each alternation, and"
        + " longer where db-scheduler gets 100 KB.";
  }

  @Override
  public String base() {
    return "";
  }

  @Override
  public void run(Bench bench) {
    for (int i = 1; i <= bench.alternations(); i++) {
      for (Size size : SIZES) {
        for (String contender :
            List.of("dibs", "dibs:workers=2,concurrency=25", "sql-limit", "db-scheduler")) {
          bench.run(
              name(),
              contender + ", " + size.name(),
              i,
              contender,
              () -> {
                try (Stage stage = bench.open(bench.plan(contender))) {
                  int tasks = stage.contender().tasks() / size.oneOf();
                  return bench.drain(stage, bench.scaled(tasks), size.bytes());
                }
              });
        }
      }
    }
  }
}
