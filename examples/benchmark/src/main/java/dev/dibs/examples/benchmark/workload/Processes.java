package dev.dibs.examples.benchmark.workload;

import dev.dibs.examples.benchmark.contender.Payload;
import dev.dibs.examples.benchmark.measure.Stage;
import dev.dibs.examples.benchmark.report.Figure;
import java.util.Map;

/** One, two, four and eight worker JVMs share the work. */
final class Processes implements Workload {
  private static final int CLAIMERS = 64;

  /** So many runs of one JVM are shared, or each of eight would end as it begins. */
  private static final int RUNS = 2;

  /** Of each JVM: eight that compile at the same time on two cores take longer than one. */
  private static final int WARM_UP = 600_000;

  /** Discarded runs: after one, half of what eight JVMs take is still their compilers'. */
  private static final int WARM_UPS = 3;

  @Override
  public String name() {
    return "jvms";
  }

  @Override
  public String about() {
    return "A drain by 1, 2, 4 and 8 worker JVMs on this one machine, "
        + CLAIMERS
        + " handlers at a time in all. About 12 minutes for each alternation.";
  }

  @Override
  public String base() {
    return "1 JVM × concurrency 64";
  }

  @Override
  public void run(Bench bench) {
    for (int i = 1; i <= bench.alternations(); i++) {
      for (int processes = 1; processes <= 8; processes *= 2) {
        int jvms = processes;
        String contender = "dibs:concurrency=" + CLAIMERS / jvms;
        bench.run(
            name(),
            jvms + (jvms == 1 ? " JVM" : " JVMs") + " × concurrency " + CLAIMERS / jvms,
            i,
            contender,
            () -> measure(bench, contender, jvms));
      }
    }
  }

  private static Map<Figure, Double> measure(Bench bench, String contender, int jvms)
      throws Exception {
    try (Stage stage = bench.open(bench.plan(contender).processes(jvms))) {
      int tasks = bench.scaled(RUNS * stage.contender().tasks());
      for (int i = 0; i < WARM_UPS; i++) {
        stage.warmUp(bench.scaled(jvms * WARM_UP));
        stage.clear();
      }
      stage.expect(tasks, false);
      stage.enqueue(10_000, Payload.STANDARD_BYTES);
      stage.settle();
      return Bench.figures(stage.drain(), tasks);
    }
  }
}
