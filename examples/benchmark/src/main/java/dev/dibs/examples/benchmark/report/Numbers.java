package dev.dibs.examples.benchmark.report;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;

/** The arithmetic of the report. */
public final class Numbers {
  private Numbers() {}

  /** The middle one, or the mean of the two in the middle. */
  public static double median(double... values) {
    double[] sorted = sorted(values);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /** The smallest value that so many percent of all are not above (nearest rank). */
  public static double percentile(double percent, double... values) {
    double[] sorted = sorted(values);
    int rank = (int) Math.ceil(percent / 100 * sorted.length);
    return sorted[Math.max(rank, 1) - 1];
  }

  private static double[] sorted(double[] values) {
    if (values.length == 0) {
      throw new IllegalArgumentException("no values");
    }
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted;
  }

  static Map<Figure, Double> present(Map<Figure, Double> figures) {
    Map<Figure, Double> present = new EnumMap<>(Figure.class);
    figures.forEach(
        (figure, value) -> {
          if (!value.isNaN()) {
            present.put(figure, value);
          }
        });
    return present;
  }
}
