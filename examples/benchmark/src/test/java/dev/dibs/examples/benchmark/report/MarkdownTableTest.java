package dev.dibs.examples.benchmark.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class MarkdownTableTest {
  @Test
  void lines_severalRuns_showMediansWithLeastAndMost() {
    Runs runs =
        new Runs()
            .add(
                "drain",
                "dibs",
                Map.of(Figure.RATE, 30_000.0, Figure.WAL, 650.4, Figure.SERVER_CPU, 12.0))
            .add("drain", "dibs", Map.of(Figure.RATE, 10_000.0))
            .add("drain", "dibs", Map.of(Figure.RATE, 20_000.0))
            .add("drain", "db-scheduler", Map.of(Figure.RATE, 5_000.0));

    assertThat(new MarkdownTable(runs.results(), "drain").lines("db-scheduler"))
        .containsExactly(
            "| | tasks/s | CPU PostgreSQL, µs/task | CPU client, µs/task | CPU both, µs/task |"
                + " WAL, B/task | × db-scheduler |",
            "|---|---|---|---|---|---|---|",
            "| dibs | 20,000 (10,000–30,000) | 12.0 | n/a | n/a | 650 | 4.00 |",
            "| db-scheduler | 5,000 | – | – | – | – | 1.00 |",
            "",
            "- dibs: its settings",
            "- db-scheduler: its settings");
  }
}
