package dev.dibs.examples.benchmark.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/** The results of one workload: a row for each variant, medians with the least and the most. */
public final class MarkdownTable {
  private final Results results;
  private final String workload;

  /** Of this workload. */
  public MarkdownTable(Results results, String workload) {
    this.results = results;
    this.workload = workload;
  }

  /** The table's lines; a ratio column compares the rates with the base's, if there is one. */
  public List<String> lines(String base) {
    List<String> variants = results.variants(workload);
    List<Figure> figures =
        Arrays.stream(Figure.values())
            .filter(figure -> variants.stream().anyMatch(variant -> tells(variant, figure)))
            .toList();
    boolean compared = !base.isEmpty() && figures.contains(Figure.RATE);
    List<String> lines = new ArrayList<>();
    lines.add(
        "| |"
            + figures.stream().map(f -> " " + f.label() + " |").collect(Collectors.joining())
            + (compared ? " × " + base + " |" : ""));
    lines.add("|---|" + "---|".repeat(figures.size() + (compared ? 1 : 0)));
    for (String variant : variants) {
      lines.add(
          "| "
              + variant
              + " |"
              + figures.stream()
                  .map(f -> " " + cell(variant, f) + " |")
                  .collect(Collectors.joining())
              + (compared ? " " + times(variant, base) + " |" : ""));
    }
    lines.add("");
    for (String variant : variants) {
      results
          .settings(workload, variant)
          .ifPresent(settings -> lines.add("- " + variant + ": " + settings));
    }
    return lines;
  }

  /** Whether it was measured, or would have been if the system told it. */
  private boolean tells(String variant, Figure figure) {
    Figure measured = figure.isCpu() ? Figure.WAL : figure;
    return results.values(workload, variant, measured).length > 0;
  }

  private String cell(String variant, Figure figure) {
    double[] values = results.values(workload, variant, figure);
    if (values.length == 0) {
      return figure.isCpu() && tells(variant, figure) ? "n/a" : "–";
    }
    String median = figure.format(Numbers.median(values));
    double least = Arrays.stream(values).min().orElseThrow();
    double most = Arrays.stream(values).max().orElseThrow();
    return figure.format(least).equals(figure.format(most))
        ? median
        : median + " (" + figure.format(least) + "–" + figure.format(most) + ")";
  }

  private String times(String variant, String base) {
    OptionalDouble ratio = results.ratio(workload, variant, base, Figure.RATE);
    return ratio.isPresent() ? String.format(Locale.ROOT, "%.2f", ratio.getAsDouble()) : "–";
  }
}
