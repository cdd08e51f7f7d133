package dev.dibs.examples.benchmark.workload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.examples.benchmark.measure.LocalServer;
import dev.dibs.examples.benchmark.measure.Stage;
import dev.dibs.examples.benchmark.report.Figure;
import dev.dibs.examples.benchmark.report.Result;
import dev.dibs.examples.benchmark.report.Results;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A drain of a few hundred tasks by every contender, through all of the harness. */
class SmokeTest {
  private static final int TASKS = 300;
  private static final List<String> QUICK =
      List.of("-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");
  private static LocalServer server;

  @BeforeAll
  static void start() throws Exception {
    server = LocalServer.start("64MB");
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
  }

  @Test
  void drain_everyContender_handlesEachTaskOnce() {
    List<Result> runs = new ArrayList<>();
    Bench bench = new Bench(server, new Results(runs::add), List.of(), 1, 0.001, QUICK);
    List<String> contenders = List.of("dibs", "sql-limit", "textbook", "db-scheduler", "jobrunr");

    for (String contender : contenders) {
      bench.run(
          "smoke",
          contender,
          1,
          contender,
          () -> {
            try (Stage stage = bench.open(bench.plan(contender).tapping())) {
              return bench.drain(stage, TASKS, 200);
            }
          });
    }

    assertThat(runs)
        .hasSameSizeAs(contenders)
        .allSatisfy(
            run -> {
              assertThat(run.problem()).isEmpty();
              assertThat(run.figures().get(Figure.HANDLED)).isEqualTo(TASKS);
              assertThat(run.figures().get(Figure.RATE)).isPositive();
              assertThat(run.figures().get(Figure.WAL)).isPositive();
              assertThat(run.figures().get(Figure.STATEMENTS)).isPositive();
            });
  }

  /** The control: a task that nobody did is noticed. */
  @Test
  void unfinished_aTaskThatNobodyDid_isCounted() throws Exception {
    Bench bench = new Bench(server, new Results(run -> {}), List.of(), 1, 1, QUICK);
    try (Stage stage = bench.open(bench.plan("dibs").processes(0))) {
      stage.expect(1, false);
      assertThat(stage.unfinished()).isZero();

      stage.run(Rows.insert("", "", 1));

      assertThat(stage.unfinished()).isEqualTo(1);
    }
  }
}
