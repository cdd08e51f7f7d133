package dev.dibs.examples.benchmark.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JsonLinesTest {
  @Test
  void write_twoRuns_appendsALineEach(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("results.jsonl");
    JsonLines json = new JsonLines(file, Map.of("commit", "abc"));
    Map<Figure, Double> figures = Map.of(Figure.RATE, 2.5, Figure.STATEMENTS, Double.NaN);

    json.write(new Result("drain", "dibs", 1, "as \"told\"", figures, ""));
    json.write(new Result("drain", "dibs", 2, "", figures, ""));

    assertThat(Files.readAllLines(file))
        .hasSize(2)
        .first()
        .isEqualTo(
            "{\"workload\":\"drain\",\"variant\":\"dibs\",\"alternation\":1,"
                + "\"settings\":\"as \\\"told\\\"\",\"problem\":\"\",\"figures\":{\"rate\":2.5},"
                + "\"commit\":\"abc\"}");
  }
}
