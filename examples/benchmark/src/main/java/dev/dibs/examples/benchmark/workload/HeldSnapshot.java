package dev.dibs.examples.benchmark.workload;

import dev.dibs.examples.benchmark.contender.Payload;
import dev.dibs.examples.benchmark.contender.Tally;
import dev.dibs.examples.benchmark.measure.Drain;
import dev.dibs.examples.benchmark.measure.Offer;
import dev.dibs.examples.benchmark.measure.Stage;
import dev.dibs.examples.benchmark.report.Figure;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Somebody forgets a transaction: nothing that finishes can be vacuumed away. */
final class HeldSnapshot implements Workload {
  private static final int PER_SECOND = 5_000;
  private static final int SECONDS = 300;
  private static final int LAST = 30;
  private static final List<String> CONTENDERS =
      List.of("dibs", "sql-limit:bound=false,batch=100", "db-scheduler");

  /** What had come and what was done at a moment. */
  private record Sample(long offered, long handled) {}

  @Override
  public String name() {
    return "snapshot";
  }

  @Override
  public String about() {
    return "5,000 tasks/s are offered for 5 minutes while a REPEATABLE READ transaction stays open; beside"
        + " it the plain SKIP LOCKED claim without a lower bound. Ends early with a backlog of 30 s."
        + " About 12 minutes for each alternation; one alternation only.";
  }

  @Override
  public String base() {
    return "";
  }

  @Override
  public void run(Bench bench) {
    for (String contender : CONTENDERS) {
      String variant = contender.startsWith("sql") ? "plain SKIP LOCKED" : contender;
      bench.run(name(), variant, 1, contender, () -> measure(bench, contender));
    }
  }

  private static Map<Figure, Double> measure(Bench bench, String contender) throws Exception {
    try (Stage stage = bench.open(bench.plan(contender).processes(2))) {
      stage.warmUp(bench.scaled(stage.contender().warmUp()));
      stage.clear();
      int seconds = Math.max(LAST + 5, bench.scaled(SECONDS));
      int tasks = PER_SECOND * seconds;
      stage.expect(tasks, false);
      stage.settle();
      List<Sample> samples = new ArrayList<>();
      try (Connection holder = stage.source().getConnection();
          Statement statement = holder.createStatement()) {
        holder.setAutoCommit(false);
        holder.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        statement.execute("SELECT count(*) FROM " + stage.contender().table());
        Offer offer = new Offer(0, tasks, PER_SECOND, 50, Payload.STANDARD_BYTES);
        Drain drain = stage.beside(List.of(offer), () -> watch(stage.tally(), samples));
        return figures(samples, Bench.costs(drain.cost(), drain.handled()), drain);
      }
    }
  }

  private static void watch(Tally tally, List<Sample> samples) {
    Sample now = new Sample(tally.offered(), tally.handled());
    samples.add(now);
    if (now.offered() - now.handled() > LAST * PER_SECOND) {
      tally.end();
    }
  }

  private static Map<Figure, Double> figures(
      List<Sample> samples, Map<Figure, Double> figures, Drain drain) {
    Sample end = samples.get(samples.size() - 1);
    Sample start = samples.get(Math.max(0, samples.size() - 1 - LAST));
    int seconds = Math.min(LAST, samples.size() - 1);
    long backlog = end.offered() - end.handled();
    figures.put(Figure.LAST_RATE, (double) (end.handled() - start.handled()) / seconds);
    figures.put(Figure.BACKLOG, (double) backlog);
    figures.put(Figure.BACKLOG_GROWTH, (double) (backlog - (start.offered() - start.handled())));
    figures.put(Figure.AFTER, (double) (samples.size() - 1));
    figures.put(Figure.HANDLED, (double) drain.handled());
    figures.put(Figure.DUPLICATES, (double) drain.duplicates());
    return figures;
  }
}
