package dev.dibs.it.mutants;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What the runs of the mutants came to, one line for each. */
final class Results {
  private static final String LINE = "%-54s  %-34s  %-20s  %6s  %-11s  %7s  %s%n";

  private record Run(Sighting sighting, long nanos) {}

  private final Map<Mutant, List<Run>> runs = new LinkedHashMap<>();
  private long rightRuns;
  private long rightNanos;

  void add(Mutant mutant, Sighting sighting, long nanos) {
    runs.computeIfAbsent(mutant, any -> new ArrayList<>()).add(new Run(sighting, nanos));
  }

  /** One run of what is right. */
  void addRight(long nanos) {
    rightRuns++;
    rightNanos += nanos;
  }

  /** A table to read and to quote: medians over the seeds, and beside the rule what else broke. */
  String table(int seeds) {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            LINE,
            "mutant",
            "whose mistake",
            "rule",
            "caught",
            "found after",
            "longest",
            "also broken"));
    runs.forEach((mutant, all) -> text.append(line(mutant, all, seeds)));
    long wrongNanos = runs.values().stream().flatMap(List::stream).mapToLong(Run::nanos).sum();
    text.append(
        String.format(
            Locale.ROOT,
            "%d mutants, %d seeds: %.1f s; %d runs of what is right, which broke no rule: %.1f s%n",
            runs.size(),
            seeds,
            wrongNanos / 1e9,
            rightRuns,
            rightNanos / 1e9));
    return text.toString();
  }

  private static String line(Mutant mutant, List<Run> all, int seeds) {
    List<Sighting> caught =
        all.stream()
            .map(Run::sighting)
            .filter(sighting -> sighting.broken().contains(mutant.rule()))
            .toList();
    long[] after =
        caught.stream().flatMapToLong(sighting -> sighting.after().stream()).sorted().toArray();
    double longest = all.stream().mapToLong(Run::nanos).max().orElseThrow() / 1e9;
    List<String> others =
        all.stream()
            .flatMap(run -> run.sighting().broken().stream())
            .distinct()
            .filter(rule -> !rule.equals(mutant.rule()))
            .sorted()
            .toList();
    return String.format(
        Locale.ROOT,
        LINE,
        mutant.name(),
        mutant.whose(),
        mutant.rule(),
        caught.size() + "/" + seeds,
        after.length == 0 ? "" : after[after.length / 2] + " " + mutant.unit(),
        String.format(Locale.ROOT, "%.1f s", longest),
        String.join(" ", others));
  }
}
