package dev.dibs.examples.benchmark;

import dev.dibs.examples.benchmark.workload.Workload;
import dev.dibs.examples.benchmark.workload.Workloads;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What the benchmark was told.
 *
 * @param workloads those to run, in this order
 * @param contenders those that take part; empty for all
 * @param alternations how often each contender has its turn
 * @param scale of all sizes
 * @param strict whether an unmet bar is a failure
 * @param directory where the results go
 */
record Options(
    List<Workload> workloads,
    List<String> contenders,
    int alternations,
    double scale,
    boolean strict,
    Path directory) {
  Options {
    if (alternations < 1 || alternations > 100) {
      throw new IllegalArgumentException("dibs.benchmark.alternations: 1 to 100");
    }
    if (!(scale > 0 && scale <= 10)) {
      throw new IllegalArgumentException("dibs.benchmark.scale: above 0, at most 10");
    }
  }

  /** From the system properties. */
  static Options given() {
    return new Options(
        Workloads.named(text("dibs.benchmark", "")),
        Stream.of(text("dibs.benchmark.contenders", "").split(",", -1))
            .filter(name -> !name.isBlank())
            .toList(),
        Integer.parseInt(text("dibs.benchmark.alternations", "3")),
        Double.parseDouble(text("dibs.benchmark.scale", "1")),
        Boolean.parseBoolean(text("dibs.benchmark.strict", "false")),
        Path.of(text("dibs.benchmark.directory", "target/benchmark")));
  }

  private static String text(String name, String standard) {
    String given = System.getProperty(name, "");
    return given.isBlank() ? standard : given;
  }
}
