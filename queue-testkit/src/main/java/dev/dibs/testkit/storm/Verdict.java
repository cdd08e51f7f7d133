package dev.dibs.testkit.storm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/**
 * What came out of a {@link Storm}: how much was done, how often each rule was broken, and a report
 * with a timeline for the earliest breaches of each.
 *
 * <pre>{@code
 * Verdict verdict = Storm.on(queue).seed(42).run();
 * System.out.println(verdict.summary());
 * assertTrue(verdict.passed(), verdict::toString);
 * }</pre>
 *
 * <p>Thread-safe: immutable.
 */
public final class Verdict {
  private final String storm;
  private final Optional<Path> file;
  private final long seed;
  private final int tasks;
  private final int claimers;
  private final long claims;
  private final long operations;
  private final Duration elapsed;
  private final Duration lookBehind;
  private final boolean judgesWaits;
  private final Map<Rule, Long> counts;
  private final Map<Fault, Long> faults;
  private final OptionalLong claimsToDetection;
  private final Map<Rule, Long> claimsToDetectionOf;
  private final String breaches;

  private Verdict(History history, Checker checker, Optional<Path> file) {
    History.Origin origin = history.origin();
    this.storm = origin.call();
    this.file = file;
    this.seed = origin.seed();
    this.faults = history.injected();
    this.tasks = history.tasks().size();
    this.claimers = history.claimers();
    this.claims = checker.claims();
    this.operations = checker.operations();
    this.elapsed = Duration.ofNanos(history.lastAt() - history.begunAt());
    this.lookBehind = Duration.ofNanos(origin.lookBehind());
    this.judgesWaits = history.countsAnyWait();
    this.counts = new EnumMap<>(Rule.class);
    this.counts.putAll(checker.findings().counts());
    this.claimsToDetection = checker.claimsToDetection();
    this.claimsToDetectionOf = new EnumMap<>(Rule.class);
    counts
        .keySet()
        .forEach(
            rule ->
                checker
                    .claimsToDetection(rule)
                    .ifPresent(claims -> claimsToDetectionOf.put(rule, claims)));
    this.breaches = breaches(history, checker);
  }

  /**
   * Judges a history and keeps it.
   *
   * @param kept where to write it; if empty, it is written only if a rule was broken, to a
   *     temporary file
   */
  static Verdict of(History history, Optional<Path> kept) {
    Checker checker = check(history);
    Optional<Path> file = kept;
    try {
      if (kept.isEmpty() && !checker.findings().counts().isEmpty()) {
        String name = "dibs-storm-" + history.origin().seed() + "-";
        file = Optional.of(Files.createTempFile(name, ".jsonl"));
      }
      if (file.isPresent()) {
        HistoryWriter.write(history, file.get());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("The history of a storm cannot be written to " + file, e);
    }
    return new Verdict(history, checker, file);
  }

  /**
   * Judges the history of an earlier storm again, without its queue and its database.
   *
   * @param file what {@link Storm#history(Path)} or a broken rule left behind, as lines of JSON
   * @throws UncheckedIOException if the file cannot be read or holds no history
   */
  public static Verdict recheck(Path file) {
    try {
      History history = HistoryReader.read(List.of(file));
      return new Verdict(history, check(history), Optional.of(file));
    } catch (IOException e) {
      throw new UncheckedIOException("No history in " + file, e);
    }
  }

  private static Checker check(History history) {
    History.Origin origin = history.origin();
    return Checker.check(history, origin.maxAttempts(), origin.lookBehind());
  }

  private String breaches(History history, Checker checker) {
    StringBuilder text = new StringBuilder();
    for (Rule rule : counts.keySet()) {
      for (Findings.Violation breach : checker.findings().samples(rule)) {
        text.append(
            String.format(
                "%n%n%s  task %s, seed %d%n  %s%n%s",
                rule,
                history.tasks().name(breach.task()),
                seed,
                breach.reason(),
                Timeline.of(history, breach)));
      }
    }
    return text.toString();
  }

  /** Whether no rule was broken. */
  public boolean passed() {
    return counts.isEmpty();
  }

  /** How often this rule was broken; 0 if it was not. */
  public long count(Rule rule) {
    return counts.getOrDefault(rule, 0L);
  }

  /**
   * How many claims gave a task a second claimant: the sum of {@link Rule#DUPLICATE_ATTEMPT},
   * {@link Rule#LEASE_OVERLAP} and {@link Rule#RESURRECTED}.
   */
  public long duplicates() {
    return counts.keySet().stream().filter(Rule::isDuplicate).mapToLong(this::count).sum();
  }

  /** How many tasks there were. */
  public int tasks() {
    return tasks;
  }

  /** How many tasks were handed out; a task that was retried counts each time. */
  public long claims() {
    return claims;
  }

  /** How many calls were made to the queue. */
  public long operations() {
    return operations;
  }

  /** How often this was done to the clients; 0 if the storm did not have it. */
  public long injected(Fault fault) {
    return faults.getOrDefault(fault, 0L);
  }

  /** The seed that makes the same plan again. */
  public long seed() {
    return seed;
  }

  /** From the first claim until all tasks were finished or the storm was ended. */
  public Duration elapsed() {
    return elapsed;
  }

  /**
   * How many tasks had been handed out when, in the order of time, the first one went to a second
   * claimant; empty if none did.
   */
  public OptionalLong claimsToDetection() {
    return claimsToDetection;
  }

  /**
   * How many tasks had been handed out when this rule was first broken, all of them if that showed
   * only at the end; empty if it was kept.
   */
  public OptionalLong claimsToDetection(Rule rule) {
    Long claims = claimsToDetectionOf.get(rule);
    return claims == null ? OptionalLong.empty() : OptionalLong.of(claims);
  }

  /**
   * One line: the size of the storm, duplicates, lost, over limit, what else was broken, the
   * look-behind bound that order and empty claims were judged by, or that the storm was over before
   * it so that they were not, and the faults.
   */
  public String summary() {
    String others =
        counts.entrySet().stream()
            .map(entry -> entry.getKey() + " " + entry.getValue())
            .collect(Collectors.joining(", "));
    String injected =
        faults.entrySet().stream()
            .map(entry -> entry.getValue() + " " + entry.getKey().plural() + ", ")
            .collect(Collectors.joining());
    return String.format(
        Locale.ROOT,
        "storm: %d tasks, %d claimers, %d claims, %d operations in %.1f s: %d duplicates, %d lost,"
            + " %d over limit, %s (look-behind bound %.1f s, %s%sseed %d)",
        tasks,
        claimers,
        claims,
        operations,
        elapsed.toMillis() / 1e3,
        duplicates(),
        count(Rule.LOST),
        count(Rule.OVER_LIMIT),
        passed() ? "every rule kept" : "broken: " + others,
        lookBehind.toMillis() / 1e3,
        judgesWaits ? "" : "over before it: ORDER between claims and SPURIOUS_EMPTY not judged, ",
        injected,
        seed);
  }

  /**
   * The summary; if a rule was broken, for each the earliest breaches (rule, task and seed, the
   * reason in a sentence, a timeline with a column for each client) and two calls: one judges this
   * history again, unless it was kept as EDN, the other makes the storm's plan again, whose clients
   * will interleave otherwise.
   */
  @Override
  public String toString() {
    if (passed()) {
      return summary();
    }
    Path kept = file.orElseThrow();
    String again =
        EventFormat.of(kept) == EventFormat.JSON_LINES
            ? "the same history again: Verdict.recheck(Path.of(\"" + kept + "\"))"
            : "the history, for other tools: " + kept;
    return summary()
        + breaches
        + String.format("%n%n%s%nthe same plan again: %s.run()", again, storm);
  }
}
