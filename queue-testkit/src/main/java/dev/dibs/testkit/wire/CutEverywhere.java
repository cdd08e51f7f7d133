package dev.dibs.testkit.wire;

import dev.dibs.TaskQueue;
import dev.dibs.jdbc.PostgresTaskQueue;
import java.util.function.Function;
import javax.sql.DataSource;

/**
 * Runs every operation of the queue with its connection cut at every message of the protocol, in
 * both directions, by closing, by reset and by silence; repeats what failed as the documentation
 * says, and looks into the table: nothing lost, nothing twice, and the caller told the truth.
 *
 * <p>Each operation runs on a connection that is open already, and as the first one of a client
 * that has to connect. The messages of connecting are the same for all operations, so each is cut
 * with one that the seed draws, unless it is to be {@linkplain #thorough thorough}.
 *
 * <pre>{@code
 * CutReport report = CutEverywhere.on(jdbcUrl, "dibs").run();
 * System.out.println(report);
 * assertTrue(report.passed(), report::toString);
 * }</pre>
 *
 * <p>Works in queues of its own in that schema and deletes their tasks; takes up to three
 * connections for each thread. The driver's settings are those of the URL, but without encryption
 * and with a short socket timeout.
 *
 * <p>Not thread-safe: to be set up and run by one thread. The setters return this object.
 */
public final class CutEverywhere {
  private final String jdbcUrl;
  private final String schema;
  private Function<DataSource, TaskQueue> client;
  private String only = "";
  private boolean thorough;
  private int threads = 16;
  private long seed = 1;

  private CutEverywhere(String jdbcUrl, String schema) {
    this.jdbcUrl = jdbcUrl;
    this.schema = schema;
    this.client = dataSource -> PostgresTaskQueue.create(dataSource, schema);
  }

  /**
   * On this database.
   *
   * @param jdbcUrl with user and password; the server must accept connections without encryption
   *     from this machine
   * @param schema where Dibs is installed
   */
  public static CutEverywhere on(String jdbcUrl, String schema) {
    return new CutEverywhere(jdbcUrl, schema);
  }

  /**
   * How the client under test makes its queue; called by many threads. Defaults to {@link
   * PostgresTaskQueue#create(DataSource, String)}.
   */
  public CutEverywhere client(Function<DataSource, TaskQueue> client) {
    this.client = client;
    return this;
  }

  /**
   * Only the places whose names begin with this: {@code "complete"}, {@code "complete answer"}, or
   * one as a report names it. Defaults to all.
   */
  public CutEverywhere only(String only) {
    this.only = only;
    return this;
  }

  /** Whether to cut each message of connecting with each operation. Defaults to false. */
  public CutEverywhere thorough(boolean thorough) {
    this.thorough = thorough;
    return this;
  }

  /**
   * How many runs go on at a time, 1 to 100; most of them wait. Defaults to 16.
   *
   * @throws IllegalArgumentException if it is outside its bound
   */
  public CutEverywhere threads(int threads) {
    if (threads < 1 || threads > 100) {
      throw new IllegalArgumentException("threads: must be 1 to 100, was " + threads);
    }
    this.threads = threads;
    return this;
  }

  /** Decides which operation connects for which cut. Defaults to 1. */
  public CutEverywhere seed(long seed) {
    this.seed = seed;
    return this;
  }

  /**
   * Runs all, and judges.
   *
   * @throws IllegalStateException if the database cannot be reached around the proxy, an operation
   *     fails without a cut, no place has the name of {@link #only}, or the calling thread was
   *     interrupted
   */
  public CutReport run() {
    try (CutRuns runs = new CutRuns(this)) {
      return runs.report();
    }
  }

  String jdbcUrl() {
    return jdbcUrl;
  }

  String schema() {
    return schema;
  }

  Function<DataSource, TaskQueue> client() {
    return client;
  }

  String only() {
    return only;
  }

  /** Whoever wants certain places wants them as they are named. */
  boolean isThorough() {
    return thorough || !only.isEmpty();
  }

  int threads() {
    return threads;
  }

  long seed() {
    return seed;
  }

  /** The calls that make it again; without the URL, which holds a password. */
  @Override
  public String toString() {
    return "CutEverywhere.on(jdbcUrl, \"" + schema + "\")";
  }
}
