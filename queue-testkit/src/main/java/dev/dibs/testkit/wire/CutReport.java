package dev.dibs.testkit.wire;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What came out of {@link CutEverywhere}: how many messages were cut, and what was wrong then.
 *
 * <p>Thread-safe: immutable.
 */
public final class CutReport {
  /** What can be wrong with a run. */
  enum Kind {
    LOST,
    DUPLICATED,
    WRONG_OUTCOME
  }

  record Finding(Kind kind, String reason) {}

  record Breach(CutPoint point, Finding finding) {}

  /**
   * What was done.
   *
   * @param points the number of places to cut at
   * @param messages the number of messages by what was counted together
   * @param told how often the caller was told what
   * @param seed what the draw began with
   * @param elapsed how long it took
   */
  record Work(
      int points,
      Map<String, Integer> messages,
      Map<CutRun.Told, Integer> told,
      long seed,
      Duration elapsed) {}

  private static final int MAX_SHOWN = 20;

  private final String replay;
  private final Work work;
  private final List<Breach> breaches;

  CutReport(String replay, Work work, List<Breach> breaches) {
    this.replay = replay;
    this.work = work;
    this.breaches = List.copyOf(breaches);
  }

  /** Whether nothing was lost, nothing duplicated, and every outcome the documented one. */
  public boolean passed() {
    return breaches.isEmpty();
  }

  /** How many places to cut at there were: messages in both directions of all operations. */
  public int points() {
    return work.points();
  }

  /** How many runs were cut: each place by drop, reset and stall. */
  public int cuts() {
    return work.told().values().stream().mapToInt(Integer::intValue).sum();
  }

  /** In how many runs the effect was not there in the end, or the repetition failed. */
  public long lost() {
    return count(Kind.LOST);
  }

  /** In how many runs the effect was there more than once, or was written once more. */
  public long duplicated() {
    return count(Kind.DUPLICATED);
  }

  /** In how many runs the caller was told something wrong. */
  public long wrongOutcomes() {
    return count(Kind.WRONG_OUTCOME);
  }

  private long count(Kind kind) {
    return breaches.stream().filter(breach -> breach.finding().kind() == kind).count();
  }

  /** One line: how many cuts and what was wrong. */
  public String summary() {
    return String.format(
        Locale.ROOT,
        "cut everywhere: %d cut points, %d cuts in %.1f s: %d lost, %d duplicated, %d wrong"
            + " outcomes (told: %s; seed %d)",
        points(),
        cuts(),
        work.elapsed().toMillis() / 1e3,
        lost(),
        duplicated(),
        wrongOutcomes(),
        work.told().entrySet().stream()
            .map(
                e ->
                    e.getKey().name().toLowerCase(Locale.ROOT).replace('_', ' ')
                        + " "
                        + e.getValue())
            .collect(Collectors.joining(", ")),
        work.seed());
  }

  /**
   * The summary and the number of messages of each operation; for what was wrong, the place, the
   * reason and the call that does it again.
   */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(summary());
    work.messages()
        .forEach((line, count) -> text.append(String.format("%n  %-32s %3d", line, count)));
    breaches.stream()
        .limit(MAX_SHOWN)
        .forEach(
            breach ->
                text.append(
                    String.format(
                        "%n%n%s  %s%n  %s%nagain: %s.only(\"%s\").run()",
                        breach.finding().kind(),
                        breach.point(),
                        breach.finding().reason(),
                        replay,
                        breach.point())));
    if (breaches.size() > MAX_SHOWN) {
      text.append(String.format("%n%nand %d more", breaches.size() - MAX_SHOWN));
    }
    return text.toString();
  }
}
