package dev.dibs.testkit.wire;

import static java.util.Objects.requireNonNull;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The runs of one {@link CutEverywhere}. First each operation without a cut; then for each sequence
 * of messages the first is dropped, the second, and so on until one was not reached, which tells
 * how many there are; then the same messages in the other ways.
 */
final class CutRuns implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(CutEverywhere.class);
  private static final int MOST_MESSAGES = 10_000;

  private record Done(CutPoint point, CutRun run) {}

  private interface Work<T> {
    T on(CutBench bench) throws SQLException, InterruptedException;
  }

  private final CutEverywhere settings;
  private final ExecutorService threads;
  private final BlockingQueue<CutBench> benches = new LinkedBlockingQueue<>();
  private final Map<CutOperation, CutRun> whole = new LinkedHashMap<>();
  private final Map<String, Integer> lengths = new LinkedHashMap<>();
  private final List<Done> done = new ArrayList<>();
  private int points;

  CutRuns(CutEverywhere settings) {
    this.settings = settings;
    this.threads =
        Executors.newFixedThreadPool(
            settings.threads(),
            work -> {
              Thread thread = new Thread(work, "dibs-cut-everywhere");
              thread.setDaemon(true);
              return thread;
            });
  }

  CutReport report() {
    long begun = System.nanoTime();
    try {
      runAll();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(settings + ": interrupted", e);
    }
    Map<CutRun.Told, Integer> told = new EnumMap<>(CutRun.Told.class);
    List<CutReport.Breach> breaches = new ArrayList<>();
    for (Done each : done) {
      if (each.run().hasCut()) {
        told.merge(each.run().told(), 1, Integer::sum);
      }
      judge(each).ifPresent(f -> breaches.add(new CutReport.Breach(each.point(), f)));
    }
    Map<String, Integer> messages = new LinkedHashMap<>(lengths);
    messages
        .keySet()
        .removeIf(line -> done.stream().noneMatch(each -> each.point().line().equals(line)));
    Duration elapsed = Duration.ofNanos(System.nanoTime() - begun);
    return new CutReport(
        settings.toString(),
        new CutReport.Work(points, messages, told, settings.seed(), elapsed),
        breaches);
  }

  private void runAll() throws InterruptedException {
    List<CutOperation> operations =
        CutOperation.ALL.stream()
            .filter(operation -> lines(operation).stream().anyMatch(this::isWanted))
            .toList();
    if (operations.isEmpty()) {
      throw new IllegalStateException("no operation has a place named " + settings.only());
    }
    List<Callable<CutRun>> uncut = new ArrayList<>();
    operations.forEach(operation -> uncut.add(at(bench -> bench.run(operation))));
    List<CutRun> runs = all(uncut);
    for (int i = 0; i < runs.size(); i++) {
      checkWhole(operations.get(i), runs.get(i));
      whole.put(operations.get(i), runs.get(i));
    }
    List<Callable<List<Done>>> sequences = new ArrayList<>();
    for (CutOperation operation : operations) {
      for (CutPoint line : lines(operation)) {
        boolean once = line.fresh() && !settings.isThorough();
        if (isWanted(line) && (!once || operation.equals(operations.get(0)))) {
          sequences.add(at(bench -> sequence(bench, line)));
        }
      }
    }
    List<CutPoint> others = new ArrayList<>();
    for (List<Done> sequence : all(sequences)) {
      // The last one was not reached.
      lengths.put(sequence.get(0).point().line(), sequence.size() - 1);
      for (Done each : sequence) {
        add(each);
        if (each.run().hasCut()) {
          points +=
              Stream.of(Cut.Way.values()).anyMatch(way -> isNamed(each.point().way(way))) ? 1 : 0;
          others.add(each.point().way(Cut.Way.RESET));
          others.add(each.point().way(Cut.Way.STALL));
        }
      }
    }
    Random random = new Random(settings.seed());
    others.replaceAll(
        point -> {
          boolean draw = point.fresh() && !settings.isThorough() && !isSent(point);
          return draw ? point.operation(operations.get(random.nextInt(operations.size()))) : point;
        });
    others.removeIf(point -> !isNamed(point));
    // Those that wait beside those that work.
    Collections.shuffle(others, random);
    List<Callable<Done>> calls = new ArrayList<>();
    others.forEach(point -> calls.add(at(bench -> new Done(point, bench.run(point)))));
    all(calls).forEach(this::add);
  }

  private void add(Done each) {
    if (isNamed(each.point())) {
      done.add(each);
    }
  }

  /** Until a message was not reached. */
  private static List<Done> sequence(CutBench bench, CutPoint line)
      throws SQLException, InterruptedException {
    List<Done> sequence = new ArrayList<>();
    for (int message = 1; message < MOST_MESSAGES; message++) {
      CutPoint point = line.message(message);
      CutRun run = bench.run(point);
      sequence.add(new Done(point, run));
      if (!run.hasCut()) {
        return sequence;
      }
    }
    throw new IllegalStateException(line.line() + ": no end after " + MOST_MESSAGES + " messages");
  }

  private static List<CutPoint> lines(CutOperation operation) {
    List<CutPoint> lines = new ArrayList<>();
    for (boolean fresh : new boolean[] {false, true}) {
      for (boolean request : new boolean[] {true, false}) {
        lines.add(new CutPoint(operation, fresh, request, 1, Cut.Way.DROP));
      }
    }
    return lines;
  }

  private boolean isNamed(CutPoint point) {
    return settings.only().isEmpty() || (point + " ").startsWith(settings.only() + " ");
  }

  /** Whether one of its messages is named, or it tells of the others how they are counted. */
  private boolean isWanted(CutPoint line) {
    return Stream.of(line, line.fresh(true))
        .map(CutPoint::line)
        .anyMatch(
            name ->
                settings.only().isEmpty()
                    || (name + " ").startsWith(settings.only() + " ")
                    || settings.only().startsWith(name + " "));
  }

  /**
   * Whether the operation's own messages had begun: on a new connection they are the last ones, but
   * for the Terminate.
   */
  private boolean isSent(CutPoint point) {
    if (!point.fresh()) {
      return true;
    }
    CutPoint counted =
        lengths.containsKey(point.line())
            ? point
            : point.operation(whole.keySet().iterator().next());
    int own = length(counted.fresh(false)) + (point.request() ? 1 : 0);
    return point.message() > length(counted) - own;
  }

  private int length(CutPoint line) {
    return requireNonNull(lengths.get(line.line()));
  }

  private Optional<CutReport.Finding> judge(Done each) {
    CutRun run = each.run();
    // The message after the last is the only one that may not be reached.
    boolean last = each.point().message() > lengths.getOrDefault(each.point().line(), 0);
    if (!run.hasCut() && !(last && run.failure() == null)) {
      return Optional.of(
          new CutReport.Finding(
              CutReport.Kind.WRONG_OUTCOME, "it was not cut, and gave " + run.failure()));
    }
    return run.judge(requireNonNull(whole.get(each.point().operation())), isSent(each.point()));
  }

  private static void checkWhole(CutOperation operation, CutRun run) {
    if (run.failure() != null) {
      throw new IllegalStateException(operation.name() + " failed without a cut", run.failure());
    }
    if (run.before().text().equals(run.after().text()) && !operation.extendsLease()) {
      throw new IllegalStateException(operation.name() + " wrote nothing without a cut");
    }
  }

  private <T> Callable<T> at(Work<T> work) {
    return () -> {
      CutBench free = benches.poll();
      CutBench bench =
          free != null
              ? free
              : new CutBench(settings.jdbcUrl(), settings.schema(), settings.client());
      try {
        return work.on(bench);
      } finally {
        benches.add(bench);
      }
    };
  }

  private <T> List<T> all(List<Callable<T>> calls) throws InterruptedException {
    List<T> results = new ArrayList<>();
    for (Future<T> call : threads.invokeAll(calls)) {
      try {
        results.add(call.get());
      } catch (ExecutionException e) {
        throw new IllegalStateException(settings + ": a run could not be made", e.getCause());
      }
    }
    return results;
  }

  @Override
  public void close() {
    threads.shutdownNow();
    for (CutBench bench : benches) {
      try {
        bench.close();
      } catch (SQLException e) {
        log.debug("Cut everywhere - a connection could not be closed", e);
      }
    }
  }
}
