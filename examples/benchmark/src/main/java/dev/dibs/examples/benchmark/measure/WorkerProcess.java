package dev.dibs.examples.benchmark.measure;

import com.zaxxer.hikari.HikariDataSource;
import dev.dibs.examples.benchmark.contender.Contender;
import dev.dibs.examples.benchmark.contender.Contenders;
import dev.dibs.examples.benchmark.contender.Pools;
import dev.dibs.examples.benchmark.contender.ProducingRunning;
import dev.dibs.examples.benchmark.contender.Tally;
import dev.dibs.examples.benchmark.contender.Work;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * The main class of a child JVM: it holds one contender and does what the lines on its standard
 * input say, each answered with a line. {@link ChildJvm} is the other side. It ends with its input.
 */
public final class WorkerProcess {
  static final String URL_VARIABLE = "BENCHMARK_JDBC_URL";
  static final String OK = "ok";

  private final Contender contender;
  private final HikariDataSource pool;
  private @Nullable Tally tally;
  private @Nullable Work work;
  private Contender.@Nullable Running running;
  private Contender.@Nullable Producer producer;

  private WorkerProcess(Contender contender, HikariDataSource pool) {
    this.contender = contender;
    this.pool = pool;
  }

  /** The argument is the contender's description. */
  public static void main(String[] args) throws IOException {
    PrintStream answers = System.out;
    // What a library prints is no answer.
    System.setOut(System.err);
    Contender contender = Contenders.of(args[0]);
    WorkerProcess process =
        new WorkerProcess(contender, Pools.open(System.getenv(URL_VARIABLE), contender));
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    answers.println(OK);
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      try {
        process.obey(line.split(" ", -1));
        answers.println(OK);
      } catch (Exception e) {
        e.printStackTrace();
        answers.println("failed: " + line + ": " + e);
      }
      answers.flush();
    }
    // Threads of a contender may outlive it.
    Runtime.getRuntime().halt(0);
  }

  private void obey(String[] command) throws Exception {
    switch (command[0]) {
      case "tally" -> {
        tally = Tally.open(Path.of(command[1]));
        int longEvery = number(command[2]);
        work =
            longEvery > 0 ? Work.mixed(tally, longEvery, number(command[3])) : Work.counting(tally);
      }
      case "offer" -> offer(offer(command));
      case "offer-beside" -> offerBeside(offer(command), number(command[6]));
      case "start" -> running = contender.start(pool, given(work));
      case "finish" -> {
        given(running).finish();
        given(work).finished();
      }
      case "close" -> {
        given(running).close();
        running = null;
      }
      default -> throw new IllegalArgumentException("no command " + command[0]);
    }
  }

  private static Offer offer(String[] command) {
    return new Offer(
        number(command[1]),
        number(command[2]),
        number(command[3]),
        number(command[4]),
        number(command[5]));
  }

  private void offer(Offer offer) throws SQLException {
    offer.send(producer(), given(tally));
  }

  /** As many threads side by side, each with its part. */
  private void offerBeside(Offer offer, int threads)
      throws InterruptedException, ExecutionException {
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    List<Future<?>> parts = new ArrayList<>();
    int part = offer.count() / threads;
    for (int i = 0; i < threads; i++) {
      Offer own =
          new Offer(offer.from() + i * part, part, offer.perSecond(), offer.batch(), offer.bytes());
      parts.add(
          executor.submit(
              () -> {
                offer(own);
                return null;
              }));
    }
    for (Future<?> each : parts) {
      each.get();
    }
    executor.shutdown();
  }

  /** Of the worker, if it is at work and has one: then it knows of the tasks at once. */
  private synchronized Contender.Producer producer() {
    if (running instanceof ProducingRunning producing) {
      return producing.producer();
    }
    if (producer == null) {
      producer = contender.producer(pool);
    }
    return producer;
  }

  private static int number(String text) {
    return Integer.parseInt(text);
  }

  private static <T> T given(@Nullable T value) {
    if (value == null) {
      throw new IllegalStateException("an earlier command is missing");
    }
    return value;
  }
}
