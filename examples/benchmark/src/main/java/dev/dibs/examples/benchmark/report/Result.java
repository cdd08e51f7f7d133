package dev.dibs.examples.benchmark.report;

import java.util.Map;

/**
 * One run.
 *
 * @param variant the contender, and what is special about it in this workload
 * @param alternation which of the repetitions, from 1
 * @param settings of the contender
 * @param figures what was measured; what could not be is missing
 * @param problem why the run counts for nothing; empty if it counts
 */
public record Result(
    String workload,
    String variant,
    int alternation,
    String settings,
    Map<Figure, Double> figures,
    String problem) {
  /** Copies the figures and leaves out what is not a number. */
  public Result {
    figures = Map.copyOf(Numbers.present(figures));
  }
}
