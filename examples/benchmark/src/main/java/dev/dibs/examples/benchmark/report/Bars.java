package dev.dibs.examples.benchmark.report;

import static dev.dibs.examples.benchmark.report.Bar.least;
import static dev.dibs.examples.benchmark.report.Bar.most;
import static dev.dibs.examples.benchmark.report.Figure.BACKLOG_GROWTH;
import static dev.dibs.examples.benchmark.report.Figure.BOTH_CPU;
import static dev.dibs.examples.benchmark.report.Figure.CLIENT_CPU;
import static dev.dibs.examples.benchmark.report.Figure.DUPLICATES;
import static dev.dibs.examples.benchmark.report.Figure.HANDLED;
import static dev.dibs.examples.benchmark.report.Figure.IN_FLIGHT;
import static dev.dibs.examples.benchmark.report.Figure.LAST_RATE;
import static dev.dibs.examples.benchmark.report.Figure.P50;
import static dev.dibs.examples.benchmark.report.Figure.P99;
import static dev.dibs.examples.benchmark.report.Figure.RATE;
import static dev.dibs.examples.benchmark.report.Figure.SERVER_CPU;
import static dev.dibs.examples.benchmark.report.Figure.STATEMENTS;
import static dev.dibs.examples.benchmark.report.Figure.STATEMENTS_PER_SECOND;
import static dev.dibs.examples.benchmark.report.Figure.WAL;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;

/** What the project demands of a full run. */
public final class Bars {
  private static final String DIBS = "dibs";
  private static final String PEER = "db-scheduler";

  private final Results results;
  private final List<Bar> bars = new ArrayList<>();

  private Bars(Results results) {
    this.results = results;
  }

  /** All bars with what was measured; if the drains were weak, all of them are void. */
  public static List<Bar> of(Results results) {
    Bars bars = new Bars(results);
    bars.drains();
    bars.enqueues();
    bars.latencies();
    bars.flatness();
    bars.rest();
    boolean weak = results.workloads().contains("drain") && !VoidRule.reasons(results).isEmpty();
    return weak ? bars.bars.stream().map(Bar::inVain).toList() : bars.bars;
  }

  private void drains() {
    ratio("drain, history kept: × db-scheduler", 6, "drain", DIBS, PEER);
    ratio("drain, history kept: × JobRunr", 20, "drain", DIBS, "jobrunr");
    ratio("drain, history kept: of the SQL limit", 0.65, "drain", DIBS, "sql-limit");
    ratio("drain, retention 0: × db-scheduler", 7, "drain-delete", "dibs-delete", PEER);
    ratio(
        "drain, retention 0: of its SQL limit",
        0.65,
        "drain-delete",
        "dibs-delete",
        "sql-limit-delete");
    bars.add(
        most("CPU per task: × db-scheduler's", 0.13, results.ratio("drain", DIBS, PEER, BOTH_CPU)));
    bars.add(most("CPU per task in the client, µs", 12, results.median("drain", DIBS, CLIENT_CPU)));
    bars.add(
        most(
            "WAL per task: × the SQL limit's",
            1.15,
            results.ratio("drain", DIBS, "sql-limit", WAL)));
    bars.add(
        most("statements per task in a drain", 0.01, results.median("drain", DIBS, STATEMENTS)));
  }

  private void enqueues() {
    for (String batch : List.of("1,000", "10,000")) {
      String dibs = DIBS + ", " + batch + " per call";
      ratio(
          "bulk enqueue, " + batch + " per call: × db-scheduler",
          2,
          "enqueue-bulk",
          dibs,
          PEER + ", " + batch + " per call");
      bars.add(
          most(
              "bulk enqueue, " + batch + " per call: PostgreSQL's CPU × a plain INSERT … SELECT",
              1.3,
              results.ratio(
                  "enqueue-bulk", dibs, "plain insert, " + batch + " per call", SERVER_CPU)));
    }
  }

  private void latencies() {
    bars.add(
        most(
            "latency, another JVM enqueues: p50, ms",
            3,
            results.median("latency", "dibs, notify", P50)));
    bars.add(
        most(
            "latency, another JVM enqueues: p99, ms",
            15,
            results.median("latency", "dibs, notify", P99)));
    bars.add(
        most(
            "latency, polling only: p50, ms", 60, results.median("latency", "dibs, polling", P50)));
    bars.add(
        most("latency, same JVM: p50, ms", 1.5, results.median("latency", "dibs, same JVM", P50)));
  }

  private void flatness() {
    for (String variant : results.variants("flat")) {
      if (!variant.equals("empty table")) {
        bars.add(least("flat: " + variant, 0.85, results.median("flat", variant, Figure.OF_EMPTY)));
      }
    }
  }

  private void rest() {
    bars.add(
        least(
            "snapshot held: rate in the last 30 s of the offered",
            0.95,
            share("snapshot", DIBS, LAST_RATE, 5_000)));
    bars.add(
        most(
            "snapshot held: growth of the backlog in the last 30 s, of the offered",
            0.01,
            share("snapshot", DIBS, BACKLOG_GROWTH, 150_000)));
    ratio(
        "statistics of an empty table: of the analysed rate",
        0.85,
        "plans",
        "dibs, statistics of an empty table",
        "dibs, analysed");
    String eight = "8 JVMs × concurrency 8";
    OptionalDouble best =
        results.variants("jvms").stream()
            .map(variant -> results.median("jvms", variant, RATE))
            .flatMapToDouble(OptionalDouble::stream)
            .max();
    OptionalDouble rate = results.median("jvms", eight, RATE);
    bars.add(
        least(
            "8 JVMs, 64 claimers: of the best total",
            0.9,
            rate.isPresent() && best.isPresent()
                ? OptionalDouble.of(rate.getAsDouble() / best.getAsDouble())
                : OptionalDouble.empty()));
    bars.add(most("8 JVMs, 64 claimers: duplicates", 0, results.median("jvms", eight, DUPLICATES)));
    bars.add(
        least(
            "memory: tasks drained with a 64 MB heap",
            1_000_000,
            results.median("memory", "drain, -Xmx64m", HANDLED)));
    bars.add(
        least(
            "memory: handlers in flight with 512 MB",
            50_000,
            results.median("memory", "sleeping handlers, -Xmx512m", IN_FLIGHT)));
    bars.add(
        most(
            "idle: statements/s with NOTIFY",
            2,
            results.median("idle", "dibs, notify", STATEMENTS_PER_SECOND)));
    bars.add(
        most(
            "idle: statements/s by polling",
            20,
            results.median("idle", "dibs, polling", STATEMENTS_PER_SECOND)));
  }

  private OptionalDouble share(String workload, String variant, Figure figure, double whole) {
    double[] values = results.values(workload, variant, figure);
    return values.length == 0
        ? OptionalDouble.empty()
        : OptionalDouble.of(Arrays.stream(values).average().orElseThrow() / whole);
  }

  private void ratio(String what, double bound, String workload, String variant, String base) {
    bars.add(least(what, bound, results.ratio(workload, variant, base, RATE)));
  }
}
