package dev.dibs.examples.benchmark.measure;

import dev.dibs.examples.benchmark.contender.Contender;
import dev.dibs.examples.benchmark.contender.Contenders;
import dev.dibs.examples.benchmark.contender.Payload;
import dev.dibs.examples.benchmark.contender.Pools;
import dev.dibs.examples.benchmark.contender.Tally;
import dev.dibs.testkit.wire.WireTap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** A contender in a database and in JVMs of its own, and what may be asked of it. */
public final class Stage implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(15);

  private final LocalServer server;
  private final Plan plan;
  private final Contender contender;
  private final String database;
  private final String url;
  private final @Nullable WireTap tap;
  private final List<ChildJvm> children = new ArrayList<>();
  private final Path tallyFile;
  private Tally tally;
  private long left;

  private Stage(LocalServer server, Plan plan) throws IOException, SQLException {
    this.server = server;
    this.plan = plan;
    this.contender = Contenders.of(plan.contender());
    this.database = "bench_" + plan.database();
    this.url = server.createDatabase(database);
    contender.install(source());
    this.tap = plan.tapped() ? WireTap.to("localhost", server.port()) : null;
    this.tallyFile = Files.createTempFile("dibs-benchmark", ".tally");
    this.tally = Tally.create(tallyFile, 1, false);
  }

  /**
   * What to open.
   *
   * @param contender its description
   * @param database part of the database's name
   * @param processes how many JVMs
   * @param tapped whether statements are counted on the wire, which costs CPU
   * @param options of the JVMs
   */
  public record Plan(
      String contender, String database, int processes, boolean tapped, List<String> options) {
    /** One JVM without a tap. */
    public static Plan of(String contender, List<String> options) {
      return new Plan(contender, "run", 1, false, options);
    }

    /** The same in a database of this name. */
    public Plan in(String database) {
      return new Plan(contender, database, processes, tapped, options);
    }

    /** The same with so many JVMs. */
    public Plan processes(int processes) {
      return new Plan(contender, database, processes, tapped, options);
    }

    /** The same with statements counted. */
    public Plan tapping() {
      return new Plan(contender, database, processes, true, options);
    }
  }

  /** Makes the database and starts the JVMs. */
  public static Stage open(LocalServer server, Plan plan) throws IOException, SQLException {
    Stage stage = new Stage(server, plan);
    try {
      stage.hire();
      return stage;
    } catch (IOException | RuntimeException e) {
      stage.close();
      throw e;
    }
  }

  /** Starts the JVMs, after {@link #dismiss}. */
  public void hire() throws IOException {
    String reached =
        tap == null ? url : url.replace(":" + server.port() + "/", ":" + tap.port() + "/");
    for (int i = 0; i < plan.processes(); i++) {
      children.add(ChildJvm.start(reached, plan.contender(), plan.options()));
    }
  }

  /** Ends the JVMs; the database stays. */
  public void dismiss() {
    children.forEach(ChildJvm::close);
    children.clear();
  }

  /** Who is on it. */
  public Contender contender() {
    return contender;
  }

  /** What was handled since the last {@link #expect}. */
  public Tally tally() {
    return tally;
  }

  /** Connections without a pool. */
  public DataSource source() {
    return Pools.direct(url);
  }

  /**
   * Counts anew: so many tasks are to come, numbered from 0. A checkpoint comes first: none is near
   * the run, and the pages that the tasks will fill are not logged whole once more.
   */
  public void expect(int tasks, boolean timed) throws IOException, SQLException {
    expect(tasks, timed, 0, 0);
  }

  /** As {@link #expect(int, boolean)}; one handler of so many waits so long. */
  public void expect(int tasks, boolean timed, int longEvery, int longMillis)
      throws IOException, SQLException {
    left = unfinished();
    server.checkpoint();
    tally = Tally.create(tallyFile, tasks, timed);
    for (ChildJvm child : children) {
      child.ask("tally " + tallyFile + " " + longEvery + " " + longMillis);
    }
  }

  /**
   * The first JVM works while the second makes these offers one after the other, until all tasks
   * are done or the watcher, called about once a second, has ended the tally.
   */
  public Drain beside(List<Offer> offers, Runnable watcher) throws IOException, SQLException {
    Cost cost =
        cost(
            () -> {
              children.get(0).ask("start");
              for (Offer offer : offers) {
                children.get(1).tell("offer " + numbers(offer));
              }
              awaitHandled(
                  new BooleanSupplier() {
                    private long next = System.nanoTime();

                    @Override
                    public boolean getAsBoolean() {
                      if (System.nanoTime() - next >= 0) {
                        watcher.run();
                        next += 1_000_000_000L;
                      }
                      return tally.isEnded();
                    }
                  });
              children.get(0).ask("finish");
              for (int i = 0; i < offers.size(); i++) {
                children.get(1).await();
              }
            });
    children.get(0).ask("close");
    long unfinished = tally.isEnded() ? 0 : unfinished() - left;
    return new Drain(
        cost, tally.seconds(), tally.handled(), tally.duplicates(), Double.NaN, unfinished);
  }

  /** A child sends all expected tasks with batches of this size. */
  public Cost enqueue(int batch, int bytes) throws IOException, SQLException {
    return enqueue(new Offer(0, tally.tasks(), 0, batch, bytes), 1);
  }

  /** A child sends these tasks, from so many threads. */
  public Cost enqueue(Offer offer, int threads) throws IOException, SQLException {
    String command =
        threads == 1 ? "offer " + numbers(offer) : "offer-beside " + numbers(offer) + " " + threads;
    return cost(() -> children.get(0).ask(command));
  }

  private static String numbers(Offer offer) {
    return String.format(
        "%d %d %d %d %d",
        offer.from(), offer.count(), offer.perSecond(), offer.batch(), offer.bytes());
  }

  /** Vacuums and takes statistics, so that none of it falls into a run. */
  public void settle() throws SQLException {
    run("VACUUM ANALYZE " + contender.table());
  }

  /** What a vacuum costs now. */
  public Cost vacuum() throws IOException, SQLException {
    return cost(() -> run("VACUUM " + contender.table()));
  }

  /** Removes all tasks. */
  public void clear() throws SQLException {
    run("TRUNCATE " + contender.table());
  }

  /** A discarded drain, so that the JVMs have compiled what matters. */
  public void warmUp(int tasks) throws IOException, SQLException {
    if (tasks > 0) {
      expect(tasks, false);
      enqueue(10_000, Payload.STANDARD_BYTES);
      drain();
    }
  }

  /** All JVMs work until all expected tasks are handled and completed. */
  public Drain drain() throws IOException, SQLException {
    resetTap();
    Cost cost =
        cost(
            () -> {
              start();
              awaitHandled(() -> false);
              finish();
            });
    double counted = tap == null ? Double.NaN : (double) tap.statements();
    stop();
    return new Drain(
        cost, tally.seconds(), tally.handled(), tally.duplicates(), counted, unfinished() - left);
  }

  private void resetTap() {
    if (tap != null) {
      tap.reset();
    }
  }

  /** Statements since {@link #drain} began or this was last called. */
  public long statements() {
    if (tap == null) {
      throw new IllegalStateException("no tap");
    }
    long statements = tap.statements();
    tap.reset();
    return statements;
  }

  /** All JVMs begin to work. */
  public void start() throws IOException {
    all("start");
  }

  /** Waits until all JVMs have completed what they handled. */
  public void finish() throws IOException {
    all("finish");
  }

  /** All JVMs end their work. */
  public void stop() throws IOException {
    all("close");
  }

  private void all(String command) throws IOException {
    for (ChildJvm child : children) {
      child.tell(command);
    }
    for (ChildJvm child : children) {
      child.await();
    }
  }

  /** Waits until all expected tasks are handled, or until told to end. */
  public void awaitHandled(BooleanSupplier ended) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (tally.handled() < tally.tasks() && !ended.getAsBoolean()) {
      LockSupport.parkNanos(1_000_000);
      if (System.nanoTime() - end > 0 || !children.stream().allMatch(ChildJvm::isAlive)) {
        throw new IllegalStateException(
            contender.name() + " handled only " + tally.handled() + " of " + tally.tasks());
      }
    }
  }

  /** What a piece of work costs the server and the JVMs. */
  public Cost cost(Piece piece) throws IOException, SQLException {
    OptionalLong client = clientMicros();
    Reading before = server.read();
    long begun = System.nanoTime();
    piece.run();
    double seconds = (System.nanoTime() - begun) / 1e9;
    return Cost.between(before, server.read(), client, clientMicros(), seconds);
  }

  /** Something that costs. */
  public interface Piece {
    /** Does it. */
    void run() throws IOException, SQLException;
  }

  private OptionalLong clientMicros() {
    long sum = 0;
    for (ChildJvm child : children) {
      OptionalLong micros = child.cpuMicros();
      if (micros.isEmpty()) {
        return micros;
      }
      sum += micros.getAsLong();
    }
    return OptionalLong.of(sum);
  }

  /** How many tasks the database says are not done. */
  public long unfinished() throws SQLException {
    try (Connection connection = source().getConnection();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT count(*) FROM " + contender.table() + " WHERE " + contender.unfinished())) {
      row.next();
      return row.getLong(1);
    }
  }

  /** Runs statements in the contender's database. */
  public void run(String... statements) throws SQLException {
    try (Connection connection = source().getConnection();
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  /** Ends the JVMs and removes the database. */
  @Override
  public void close() throws IOException, SQLException {
    dismiss();
    if (tap != null) {
      tap.close();
    }
    Files.deleteIfExists(tallyFile);
    server.dropDatabase(database);
  }
}
