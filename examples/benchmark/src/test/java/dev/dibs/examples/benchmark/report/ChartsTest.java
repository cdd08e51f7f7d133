package dev.dibs.examples.benchmark.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChartsTest {
  @Test
  void draw_someWorkloads_drawsTheirChartsOnly(@TempDir Path directory) throws Exception {
    Runs runs =
        new Runs()
            .add(
                "drain",
                "dibs",
                Map.of(Figure.RATE, 9.0, Figure.SERVER_CPU, 20.0, Figure.CLIENT_CPU, 9.0))
            .add(
                "latency",
                "dibs, polling",
                Map.of(Figure.P50, 0.0, Figure.P99, 9.0, Figure.MAX, 99.0));

    Charts.draw(runs.results(), directory);

    assertThat(directory.toFile().list())
        .containsExactlyInAnyOrder("drain.png", "drain-cpu.png", "latency.png");
  }
}
