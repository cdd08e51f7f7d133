package dev.dibs.examples.benchmark;

import dev.dibs.examples.benchmark.measure.LocalServer;
import dev.dibs.examples.benchmark.report.Bar;
import dev.dibs.examples.benchmark.report.Bars;
import dev.dibs.examples.benchmark.report.Charts;
import dev.dibs.examples.benchmark.report.Environment;
import dev.dibs.examples.benchmark.report.Figure;
import dev.dibs.examples.benchmark.report.JsonLines;
import dev.dibs.examples.benchmark.report.MarkdownTable;
import dev.dibs.examples.benchmark.report.Result;
import dev.dibs.examples.benchmark.report.Results;
import dev.dibs.examples.benchmark.report.VoidRule;
import dev.dibs.examples.benchmark.workload.Bench;
import dev.dibs.examples.benchmark.workload.Workload;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Runs the workloads that were asked for on a PostgreSQL of its own and reports on them. */
public final class Benchmark {
  /** Of the JVMs that hold a contender. */
  private static final List<String> CHILD_OPTIONS = List.of("-Xmx512m");

  private final Options options;
  private final List<String> page = new ArrayList<>();

  private Benchmark(Options options) {
    this.options = options;
  }

  /**
   * Exits with 1 if a task was lost or handled twice, and if it is to be strict, if a bar is not
   * met.
   */
  public static void main(String[] args) throws Exception {
    Locale.setDefault(Locale.ROOT);
    System.exit(new Benchmark(Options.given()).run() ? 0 : 1);
  }

  private boolean run() throws Exception {
    Files.createDirectories(options.directory());
    Results results;
    try (LocalServer server = LocalServer.start("1GB")) {
      Map<String, Object> facts = new LinkedHashMap<>(Environment.read());
      facts.put("scale", options.scale());
      facts.put("child_jvm", String.join(" ", CHILD_OPTIONS));
      facts.put("server", server.describe());
      facts.forEach((name, value) -> say(name + ": " + value));
      if (options.scale() != 1) {
        say("");
        say("**Scaled by " + options.scale() + ": not a result to be quoted.**");
      }
      Path lines = options.directory().resolve("results.jsonl");
      Files.deleteIfExists(lines);
      JsonLines json = new JsonLines(lines, facts);
      results =
          new Results(
              result -> {
                json.write(result);
                tell(result);
              });
      Bench bench =
          new Bench(
              server,
              results,
              options.contenders(),
              options.alternations(),
              options.scale(),
              CHILD_OPTIONS);
      for (Workload workload : options.workloads()) {
        say("");
        say("## " + workload.name());
        say("");
        say(workload.about());
        say("");
        workload.run(bench);
        new MarkdownTable(results, workload.name()).lines(workload.base()).forEach(this::say);
      }
    }
    return conclude(results);
  }

  private boolean conclude(Results results) throws Exception {
    say("");
    say("## Bars");
    say("");
    if (results.workloads().contains("drain")) {
      List<String> reasons = VoidRule.reasons(results);
      say(reasons.isEmpty() ? "The opponents are strong enough: the run counts." : "**VOID**:");
      reasons.forEach(reason -> say("- " + reason));
      say("");
    }
    List<Bar> bars = Bars.of(results);
    say("| what | bar | value | |");
    say("|---|---|---|---|");
    bars.forEach(bar -> say(bar.line()));
    if (!results.problems().isEmpty()) {
      say("");
      say("Runs that count for nothing:");
      results.problems().forEach(problem -> say("- " + problem));
    }
    Files.write(options.directory().resolve("report.md"), page);
    Charts.draw(results, options.directory());
    System.out.println("\nAll of it is in " + options.directory());
    boolean met = bars.stream().allMatch(Bar::isMet);
    return results.problems().isEmpty() && (met || !options.strict());
  }

  /** On the terminal and on the page. */
  private void say(String line) {
    System.out.println(line);
    page.add(line);
  }

  /** A line of progress, only on the terminal. */
  private static void tell(Result result) {
    String figures =
        result.figures().entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .filter(f -> f.getKey() != Figure.HANDLED && f.getKey() != Figure.CHECKPOINTS)
            .map(
                figure -> figure.getKey().format(figure.getValue()) + " " + figure.getKey().label())
            .collect(Collectors.joining(", "));
    System.out.printf(
        "  %s %d: %s%s%n",
        result.variant(),
        result.alternation(),
        figures,
        result.problem().isEmpty() ? "" : " PROBLEM: " + result.problem());
  }
}
