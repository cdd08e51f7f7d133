package dev.dibs.examples.benchmark.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** A weak opponent proves nothing: when the drains of a run count for nothing. */
public final class VoidRule {
  private record Demand(String contender, double times) {}

  private static final List<Demand> DEMANDS =
      List.of(
          new Demand("sql-limit", 10),
          new Demand("db-scheduler", 1.3),
          new Demand("jobrunr", 0.35));

  private VoidRule() {}

  /** Why the run is void, a line for each reason; empty if it counts. */
  public static List<String> reasons(Results results) {
    List<String> reasons = new ArrayList<>();
    for (Demand demand : DEMANDS) {
      OptionalDouble ratio = results.ratio("drain", demand.contender(), "textbook", Figure.RATE);
      if (ratio.isEmpty()) {
        reasons.add(demand.contender() + " or the textbook claim beside it is missing");
      } else if (ratio.getAsDouble() < demand.times()) {
        reasons.add(
            String.format(
                Locale.ROOT,
                "%s reached %.2f times the textbook claim, less than %s",
                demand.contender(),
                ratio.getAsDouble(),
                demand.times()));
      }
    }
    return reasons;
  }
}
