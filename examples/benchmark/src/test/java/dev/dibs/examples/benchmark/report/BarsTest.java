package dev.dibs.examples.benchmark.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class BarsTest {
  private static Bar bar(Runs runs, String what) {
    return Bars.of(runs.results()).stream()
        .filter(bar -> bar.what().equals(what))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void of_ratiosOfMedians_areComparedWithTheirBounds() {
    Runs runs = Runs.strong().drain("dibs", 5_000).drain("dibs", 7_900).drain("dibs", 7_800);

    assertThat(bar(runs, "drain, history kept: × db-scheduler").isMet()).isTrue();
    assertThat(bar(runs, "drain, history kept: × db-scheduler").line())
        .isEqualTo("| drain, history kept: × db-scheduler | ≥ 6 | 6 | met |");
    assertThat(bar(runs, "drain, history kept: of the SQL limit").isMet()).isTrue();
    assertThat(
            bar(Runs.strong().drain("dibs", 7_700), "drain, history kept: × db-scheduler").line())
        .isEqualTo("| drain, history kept: × db-scheduler | ≥ 6 | 5.923 | **not met** |");
  }

  @Test
  void of_whatWasNotMeasured_isNotMet() {
    Bar bar = bar(new Runs(), "idle: statements/s with NOTIFY");

    assertThat(bar.isMet()).isFalse();
    assertThat(bar.line()).contains("not measured");
  }

  @Test
  void of_aRunWithAProblem_countsForNothing() {
    Runs runs = Runs.strong();
    runs.add("drain", "dibs", Map.of(Figure.RATE, 1e6), "tasks were handled twice: 1.0");

    assertThat(bar(runs, "drain, history kept: × db-scheduler").value()).isEmpty();
    assertThat(runs.results().problems())
        .containsExactly("drain, dibs: tasks were handled twice: 1.0");
  }

  @Test
  void of_eachFlatCase_goesByTheEmptyTableBesideIt() {
    Runs runs =
        new Runs()
            .add("flat", "empty table", Map.of(Figure.RATE, 100.0))
            .add("flat", "1 M pending", Map.of(Figure.RATE, 84.0, Figure.OF_EMPTY, 0.9))
            .add("flat", "empty table", Map.of(Figure.RATE, 120.0))
            .add("flat", "50,000 in flight", Map.of(Figure.RATE, 100.0, Figure.OF_EMPTY, 0.84))
            .add("flat", "1 M of tomorrow", Map.of(), "the server was lost");

    assertThat(bar(runs, "flat: 1 M pending").isMet()).isTrue();
    assertThat(bar(runs, "flat: 50,000 in flight").isMet()).isFalse();
    assertThat(bar(runs, "flat: 1 M of tomorrow").value()).isEmpty();
  }

  @Test
  void of_eightProcesses_areComparedWithTheBestTotal() {
    Runs runs =
        new Runs()
            .add("jvms", "1 JVM × concurrency 64", Map.of(Figure.RATE, 80.0))
            .add("jvms", "2 JVMs × concurrency 32", Map.of(Figure.RATE, 100.0))
            .add(
                "jvms",
                "8 JVMs × concurrency 8",
                Map.of(Figure.RATE, 89.0, Figure.DUPLICATES, 0.0));

    assertThat(bar(runs, "8 JVMs, 64 claimers: of the best total").value()).hasValue(0.89);
    assertThat(bar(runs, "8 JVMs, 64 claimers: of the best total").isMet()).isFalse();
    assertThat(bar(runs, "8 JVMs, 64 claimers: duplicates").isMet()).isTrue();
  }

  @Test
  void of_weakOpponents_makeEveryBarVoid() {
    Runs runs = new Runs().drain("textbook", 1_000).drain("db-scheduler", 100).drain("dibs", 9_000);

    assertThat(bar(runs, "drain, history kept: × db-scheduler").isMet()).isFalse();
    assertThat(bar(runs, "drain, history kept: × db-scheduler").line()).endsWith("| **void** |");
  }
}
