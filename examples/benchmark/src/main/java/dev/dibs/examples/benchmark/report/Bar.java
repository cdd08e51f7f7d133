package dev.dibs.examples.benchmark.report;

import java.util.Locale;
import java.util.OptionalDouble;

/**
 * What the project demands of a figure.
 *
 * @param atLeast whether the bound is the least rather than the most
 * @param value what was measured; empty if it was not
 * @param counts whether the run is not void
 */
public record Bar(
    String what, boolean atLeast, double bound, OptionalDouble value, boolean counts) {

  static Bar least(String what, double bound, OptionalDouble value) {
    return new Bar(what, true, bound, value, true);
  }

  static Bar most(String what, double bound, OptionalDouble value) {
    return new Bar(what, false, bound, value, true);
  }

  /** The same in a void run. */
  Bar inVain() {
    return new Bar(what, atLeast, bound, value, false);
  }

  /** Whether it was measured in a run that counts and holds. */
  public boolean isMet() {
    return counts
        && value.isPresent()
        && (atLeast ? value.getAsDouble() >= bound : value.getAsDouble() <= bound);
  }

  /** A line of a table. */
  public String line() {
    return String.format(
        Locale.ROOT,
        "| %s | %s %s | %s | %s |",
        what,
        atLeast ? "≥" : "≤",
        number(bound),
        value.isPresent() ? number(value.getAsDouble()) : "not measured",
        value.isEmpty() ? "–" : !counts ? "**void**" : isMet() ? "met" : "**not met**");
  }

  private static String number(double value) {
    String format = Math.abs(value) >= 100 ? "%,.0f" : Math.abs(value) >= 10 ? "%.1f" : "%.3f";
    return String.format(Locale.ROOT, format, value)
        .replaceAll("(\\.\\d*?)0+$", "$1")
        .replaceAll("\\.$", "");
  }
}
