package dev.dibs.examples.benchmark.workload;

import dev.dibs.examples.benchmark.contender.Contender;
import dev.dibs.examples.benchmark.contender.Contenders;
import dev.dibs.examples.benchmark.contender.Payload;
import dev.dibs.examples.benchmark.measure.Cost;
import dev.dibs.examples.benchmark.measure.Drain;
import dev.dibs.examples.benchmark.measure.LocalServer;
import dev.dibs.examples.benchmark.measure.Stage;
import dev.dibs.examples.benchmark.report.Figure;
import dev.dibs.examples.benchmark.report.Result;
import dev.dibs.examples.benchmark.report.Results;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What the workloads share: the server, the sizes and where results go.
 *
 * @param contenders those that take part; empty for all
 * @param scale of all sizes; 1 for the real thing
 * @param jvmOptions of the child JVMs
 */
public record Bench(
    LocalServer server,
    Results results,
    List<String> contenders,
    int alternations,
    double scale,
    List<String> jvmOptions) {

  /** One run of one variant; what it throws is its problem, and the others go on. */
  public interface Run {
    /** Measures. */
    Map<Figure, Double> measure() throws Exception;
  }

  /** A size of full scale as it is here. */
  int scaled(int size) {
    return (int) Math.max(Math.min(size, 100), Math.round(size * scale));
  }

  Stage.Plan plan(String contender) {
    return Stage.Plan.of(contender, jvmOptions);
  }

  Stage open(Stage.Plan plan) throws Exception {
    return Stage.open(server, plan);
  }

  /**
   * Runs one variant and keeps what came of it.
   *
   * @return what was measured; empty if that counts for nothing or the contender takes no part
   */
  Map<Figure, Double> run(
      String workload, String variant, int alternation, String contender, Run run) {
    if (!contenders.isEmpty() && !contenders.contains(contender.split(":", -1)[0])) {
      return Map.of();
    }
    Map<Figure, Double> figures = Map.of();
    String settings = "";
    String problem;
    try {
      settings = Contenders.of(contender).settings();
      figures = run.measure();
      problem = problem(figures);
    } catch (Exception e) {
      problem = e.toString();
    }
    results.add(new Result(workload, variant, alternation, settings, figures, problem));
    return problem.isEmpty() ? figures : Map.of();
  }

  private static String problem(Map<Figure, Double> figures) {
    if (figures.getOrDefault(Figure.DUPLICATES, 0.0) > 0) {
      return "tasks were handled twice: " + figures.get(Figure.DUPLICATES);
    }
    return figures.getOrDefault(Figure.CHECKPOINTS, 0.0) > 0 ? "a checkpoint fell into it" : "";
  }

  /** A whole drain: warm-up, preload, drain and vacuum, each with its cost. */
  Map<Figure, Double> drain(Stage stage, int tasks, int bytes) throws Exception {
    Contender contender = stage.contender();
    stage.warmUp(scaled(contender.warmUp()));
    stage.clear();
    stage.expect(tasks, false);
    Cost enqueue = stage.enqueue(Math.min(10_000, 20_000_000 / bytes), bytes);
    stage.settle();
    Drain drain = stage.drain();
    Map<Figure, Double> figures = figures(drain, tasks);
    addAllCpu(figures, List.of(enqueue, drain.cost(), stage.vacuum()), tasks);
    return figures;
  }

  Map<Figure, Double> drain(String contender) throws Exception {
    try (Stage stage = open(plan(contender))) {
      return drain(stage, scaled(stage.contender().tasks()), Payload.STANDARD_BYTES);
    }
  }

  /** Of a drain; it counts for nothing unless each task was handled once and all are done. */
  static Map<Figure, Double> figures(Drain drain, long tasks) {
    if (drain.handled() != tasks || drain.unfinished() != 0) {
      throw new IllegalStateException(
          String.format(
              "of %d tasks %d were handled, %d more than once, and %d are not done",
              tasks, drain.handled(), drain.duplicates(), drain.unfinished()));
    }
    Map<Figure, Double> figures = costs(drain.cost(), tasks);
    figures.put(Figure.RATE, drain.rate());
    figures.put(Figure.HANDLED, (double) drain.handled());
    figures.put(Figure.DUPLICATES, (double) drain.duplicates());
    figures.put(Figure.STATEMENTS, drain.statements() / tasks);
    return figures;
  }

  static Map<Figure, Double> costs(Cost cost, long tasks) {
    Map<Figure, Double> figures = new EnumMap<>(Figure.class);
    cost.serverMicros().ifPresent(cpu -> figures.put(Figure.SERVER_CPU, (double) cpu / tasks));
    cost.clientMicros().ifPresent(cpu -> figures.put(Figure.CLIENT_CPU, (double) cpu / tasks));
    cost.bothPerTask(tasks).ifPresent(cpu -> figures.put(Figure.BOTH_CPU, cpu));
    figures.put(Figure.WAL, (double) cost.walBytes() / tasks);
    figures.put(Figure.CHECKPOINTS, cost.checkpointed() ? 1.0 : 0);
    return figures;
  }

  private static void addAllCpu(Map<Figure, Double> figures, List<Cost> costs, long tasks) {
    double sum = 0;
    for (Cost cost : costs) {
      if (cost.bothPerTask(tasks).isEmpty()) {
        return;
      }
      sum += cost.bothPerTask(tasks).getAsDouble();
    }
    figures.put(Figure.ALL_CPU, sum);
  }
}
