package dev.dibs.examples.benchmark.workload;

import dev.dibs.examples.benchmark.contender.Payload;
import dev.dibs.examples.benchmark.measure.Drain;
import dev.dibs.examples.benchmark.measure.Stage;
import dev.dibs.examples.benchmark.report.Figure;
import java.sql.Connection;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Drains beside what a table collects, each right after one on an empty table. */
final class Flat implements Workload {
  private static final int MILLION = 1_000_000;
  private static final int DUE = 800_000;

  /**
   * What is special about a table.
   *
   * @param rows how many rows are made first
   * @param type of these rows
   * @param columns of these rows that are not as those of a new task
   * @param values theirs
   * @param due how many tasks are drained
   * @param sameRunAt whether all of them have one and the same run_at
   * @param snapshot whether a transaction holds a snapshot open meanwhile
   */
  private record Case(
      String name,
      String contender,
      int rows,
      String type,
      String columns,
      String values,
      int due,
      boolean sameRunAt,
      boolean snapshot) {
    static Case drained(String name, int due, boolean sameRunAt, boolean snapshot) {
      return new Case(name, "dibs", 0, "", "", "", due, sameRunAt, snapshot);
    }

    static Case beside(String name, int rows, String type, String columns, String values) {
      return new Case(name, "dibs", rows, type, columns, values, DUE, false, false);
    }
  }

  private static final Case EMPTY = Case.drained("empty table", DUE, false, false);

  private static final List<Case> CASES =
      List.of(
          Case.beside(
              "10 M finished rows",
              10 * MILLION,
              "bench",
              "status, attempt, started_at, completed_at",
              "'completed', 1, now(), now()"),
          Case.drained("1 M pending", MILLION, false, false),
          Case.beside(
              "1 M scheduled for tomorrow", MILLION, "bench", "run_at", "now() + interval '1 day'"),
          Case.drained("1 M with one and the same run_at", MILLION, true, false),
          Case.beside("1 M of a type nobody handles", MILLION, "nobody", "", ""),
          Case.beside(
              "50,000 in flight",
              50_000,
              "bench",
              "status, attempt, token, started_at, lease_until",
              "'processing', 1, gen_random_uuid(), now(), now() + interval '1 day'"),
          Case.drained("a snapshot held open", DUE, false, true),
          new Case(
              "64 claimers in one JVM",
              "dibs:workers=64,concurrency=8",
              0,
              "",
              "",
              "",
              DUE,
              false,
              false));

  @Override
  public String name() {
    return "flat";
  }

  @Override
  public String about() {
    return "Drains beside what a table collects over time, each as a ratio to a drain of an empty table"
        + " right before it. Takes about 5 minutes and 15 GB of disk to prepare, and up to 17 minutes for"
        + " each alternation.";
  }

  @Override
  public String base() {
    return "";
  }

  @Override
  public void run(Bench bench) throws Exception {
    Map<Case, Stage> stages = new LinkedHashMap<>();
    try (Stage empty = prepared(bench, EMPTY, 0)) {
      for (Case each : CASES) {
        stages.put(each, prepared(bench, each, stages.size() + 1));
      }
      for (int i = 1; i <= bench.alternations(); i++) {
        for (Map.Entry<Case, Stage> entry : stages.entrySet()) {
          Case each = entry.getKey();
          Map<Figure, Double> beside = run(bench, EMPTY, i, () -> measure(bench, EMPTY, empty));
          run(bench, each, i, () -> compared(measure(bench, each, entry.getValue()), beside));
        }
      }
    } finally {
      for (Stage stage : stages.values()) {
        stage.close();
      }
    }
  }

  private Map<Figure, Double> run(Bench bench, Case each, int alternation, Bench.Run run) {
    return bench.run(name(), each.name(), alternation, each.contender(), run);
  }

  /** With how its rate stands to that of the empty table beside it. */
  private static Map<Figure, Double> compared(
      Map<Figure, Double> figures, Map<Figure, Double> empty) {
    Double rate = figures.get(Figure.RATE);
    Double whole = empty.get(Figure.RATE);
    if (rate == null || whole == null) {
      throw new IllegalStateException("the empty table's run beside it counts for nothing");
    }
    figures.put(Figure.OF_EMPTY, rate / whole);
    return figures;
  }

  /** The table with its rows; they stay for all alternations. */
  private static Stage prepared(Bench bench, Case each, int number) throws Exception {
    Stage stage = bench.open(bench.plan(each.contender()).in("flat_" + number));
    stage.dismiss();
    if (each.rows() > 0) {
      stage.run(Rows.insert(each.type(), each.columns(), each.values(), bench.scaled(each.rows())));
    }
    stage.settle();
    return stage;
  }

  private static Map<Figure, Double> measure(Bench bench, Case each, Stage stage) throws Exception {
    stage.hire();
    try {
      stage.warmUp(bench.scaled(stage.contender().warmUp()));
      if (each.rows() == 0) {
        stage.clear();
      }
      int due = bench.scaled(each.due());
      stage.expect(due, false);
      try (Connection holder = stage.source().getConnection();
          Statement statement = holder.createStatement()) {
        if (each.snapshot()) {
          holder.setAutoCommit(false);
          holder.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
          statement.execute("SELECT count(*) FROM tasks");
        }
        if (each.sameRunAt()) {
          stage.run(Rows.insert("run_at", "now()", due));
        } else {
          stage.enqueue(10_000, Payload.STANDARD_BYTES);
        }
        stage.settle();
        Drain drain = stage.drain();
        // Or it would be vacuumed while the next one is measured.
        stage.settle();
        return Bench.figures(drain, due);
      }
    } finally {
      stage.dismiss();
    }
  }
}
