package dev.dibs.testkit.storm;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** What the checker found: a count for each rule and the earliest few as samples. */
final class Findings {
  private static final int SAMPLES = 3;

  /**
   * One breach of a rule.
   *
   * @param rule the rule
   * @param at when it was complete, on the history's clock
   * @param task the task that it is about
   * @param reason why, in a sentence
   * @param others references to what else belongs into its timeline
   */
  record Violation(Rule rule, long at, int task, String reason, List<Long> others) {}

  private final Map<Rule, Long> counts = new EnumMap<>(Rule.class);
  private final Map<Rule, List<Violation>> samples = new EnumMap<>(Rule.class);
  private long firstDuplicateAt = Long.MAX_VALUE;

  void add(Rule rule, long at, int task, String reason, Long... others) {
    counts.merge(rule, 1L, Long::sum);
    if (rule.isDuplicate()) {
      firstDuplicateAt = Math.min(firstDuplicateAt, at);
    }
    List<Violation> kept = samples.computeIfAbsent(rule, any -> new ArrayList<>());
    if (kept.size() < SAMPLES || at < kept.get(SAMPLES - 1).at()) {
      kept.add(new Violation(rule, at, task, reason, List.of(others)));
      kept.sort(Comparator.comparingLong(Violation::at));
      if (kept.size() > SAMPLES) {
        kept.remove(SAMPLES);
      }
    }
  }

  /** Only rules that were broken have an entry. */
  Map<Rule, Long> counts() {
    return counts;
  }

  List<Violation> samples(Rule rule) {
    return samples.getOrDefault(rule, List.of());
  }

  /** When the first claim returned that gave a task a second claimant, if one did. */
  long firstDuplicateAt() {
    return firstDuplicateAt;
  }
}
