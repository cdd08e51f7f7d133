package dev.dibs.examples.benchmark.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dibs.examples.benchmark.measure.Cost;
import dev.dibs.examples.benchmark.measure.Drain;
import dev.dibs.examples.benchmark.report.Figure;
import dev.dibs.examples.benchmark.report.Result;
import dev.dibs.examples.benchmark.report.Results;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class BenchTest {
  private final List<Result> runs = new ArrayList<>();
  private final Bench bench =
      new Bench(null, new Results(runs::add), List.of(), 1, 0.01, List.of());

  private String problem(Map<Figure, Double> figures) {
    bench.run("drain", "dibs", 1, "dibs", () -> figures);
    return runs.get(runs.size() - 1).problem();
  }

  private static Drain drain(long handled, long duplicates, long unfinished) {
    Cost cost = new Cost(OptionalLong.of(300), OptionalLong.of(100), 6_000, false, 2);
    return new Drain(cost, 2, handled, duplicates, 5, unfinished);
  }

  @Test
  void run_duplicatesOrACheckpoint_areProblems() {
    assertThat(problem(Map.of(Figure.RATE, 1.0, Figure.DUPLICATES, 0.0))).isEmpty();
    assertThat(problem(Map.of(Figure.DUPLICATES, 1.0))).contains("twice");
    assertThat(problem(Map.of(Figure.CHECKPOINTS, 1.0))).contains("checkpoint");
  }

  @Test
  void run_aFailure_isTheProblemOfItsVariantOnly() {
    bench.run(
        "drain",
        "dibs",
        1,
        "dibs",
        () -> {
          throw new IllegalStateException("lost");
        });
    bench.run("drain", "typo", 1, "typo", Map::of);

    assertThat(runs).extracting(Result::problem).allMatch(problem -> !problem.isEmpty());
  }

  @Test
  void run_figures_areReturnedOnlyIfTheyCount() {
    Map<Figure, Double> figures = Map.of(Figure.RATE, 1.0, Figure.DUPLICATES, 0.0);

    assertThat(bench.run("flat", "empty table", 1, "dibs", () -> figures)).isEqualTo(figures);
    assertThat(bench.run("flat", "empty table", 1, "dibs", () -> Map.of(Figure.DUPLICATES, 1.0)))
        .isEmpty();
  }

  @Test
  void run_aContenderThatWasNotAskedFor_isLeftOut() {
    Map<Figure, Double> figures =
        new Bench(null, new Results(runs::add), List.of("jobrunr"), 1, 1, List.of())
            .run("drain", "dibs", 1, "dibs", () -> Map.of(Figure.RATE, 1.0));

    assertThat(figures).isEmpty();
    assertThat(runs).isEmpty();
  }

  @Test
  void figures_aWholeDrain_areForEachTask() {
    assertThat(Bench.figures(drain(100, 0, 0), 100))
        .containsEntry(Figure.RATE, 50.0)
        .containsEntry(Figure.SERVER_CPU, 3.0)
        .containsEntry(Figure.CLIENT_CPU, 1.0)
        .containsEntry(Figure.BOTH_CPU, 4.0)
        .containsEntry(Figure.WAL, 60.0)
        .containsEntry(Figure.STATEMENTS, 0.05);
  }

  @Test
  void figures_tasksLeft_areRefused() {
    assertThatThrownBy(() -> Bench.figures(drain(99, 0, 0), 100)).hasMessageContaining("99");
    assertThatThrownBy(() -> Bench.figures(drain(100, 0, 1), 100))
        .hasMessageContaining("1 are not done");
  }

  @Test
  void scaled_smallSizes_stayUsable() {
    assertThat(bench.scaled(200_000)).isEqualTo(2_000);
    assertThat(bench.scaled(1_000)).isEqualTo(100);
    assertThat(bench.scaled(50)).isEqualTo(50);
  }

  @Test
  void named_allWorkloads_areFoundAndOthersRefused() {
    assertThat(Workloads.named("")).hasSize(14);
    assertThat(Workloads.named("sweep, drain"))
        .extracting(Workload::name)
        .containsExactly("sweep", "drain");
    assertThatThrownBy(() -> Workloads.named("drian")).hasMessageContaining("drian");
  }
}
