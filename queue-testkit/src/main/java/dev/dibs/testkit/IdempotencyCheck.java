package dev.dibs.testkit;

import static dev.dibs.testkit.InMemoryTaskQueue.present;

import dev.dibs.Handler;
import dev.dibs.InvalidInputException;
import dev.dibs.NewTask;
import dev.dibs.jdbc.PostgresTaskQueue;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whether a handler may be killed at any point: kills it after its first statement, after
 * its second and so on, runs it again each time as a worker would, and compares the effects with
 * those of one undisturbed run.
 *
 * <pre>{@code
 * IdempotencyCheck.on(postgres.schemaDataSource(), postgres.schema())
 *     .handler(dataSource -> new ChargeHandler(dataSource, mailer))
 *     .task(NewTask.of("charge", "{\"order\": 7}"))
 *     .reset("truncate charges")
 *     .reset(mailer::forget)
 *     .effects("select order_id, cents from charges")
 *     .effects(() -> mailer.sent())
 *     .verify();
 * }</pre>
 *
 * <p>Statements, commits and rollbacks are counted on the DataSource that the handler is given; the
 * last point is after it has returned and before its completion is written. At a kill its
 * connections are aborted, an error is thrown, and every further call to them throws it again: a
 * handler that catches it gets no further in the database. Its {@code finally} blocks run
 * nevertheless, unlike in a process that is killed. What a handler does on connections that it
 * unwraps or has from elsewhere is not counted.
 *
 * <p>Effects are compared as text, and the rows of a query without regard to their order; leave out
 * what differs by nature, such as times. For effects elsewhere, a stub that records calls by the
 * task's id, as a service with idempotency keys does, is enough.
 *
 * <p>Not thread-safe. The handler runs on the calling thread. Nobody else should use the table's
 * rows meanwhile; the task is in a queue of its own and is deleted before each run.
 */
public final class IdempotencyCheck {
  /** Something to do before each run. */
  @FunctionalInterface
  public interface Reset {
    /** Does it. */
    void run() throws Exception;
  }

  static final int MAX_STATEMENTS = 1000;

  private final DataSource dataSource;
  private final String schema;
  private final List<Reset> resets = new ArrayList<>();
  private final List<Callable<?>> effects = new ArrayList<>();
  private @Nullable Function<DataSource, Handler> handler;
  private @Nullable NewTask task;

  private IdempotencyCheck(DataSource dataSource, String schema) {
    this.dataSource = dataSource;
    this.schema = schema;
  }

  /**
   * Begins a check on this database.
   *
   * @param schema the schema that Dibs is installed in
   * @throws InvalidInputException if an argument is null
   */
  public static IdempotencyCheck on(DataSource dataSource, String schema) {
    return new IdempotencyCheck(present("dataSource", dataSource), present("schema", schema));
  }

  /**
   * Makes the handler for each run; whatever it does in the database must go through the DataSource
   * that it is given here.
   */
  public IdempotencyCheck handler(Function<DataSource, Handler> handler) {
    this.handler = present("handler", handler);
    return this;
  }

  /**
   * The task to handle; every run has the same id. Its queue and when it is due are not looked at.
   */
  public IdempotencyCheck task(NewTask task) {
    this.task = present("task", task);
    return this;
  }

  /** Statements that undo the effects of a run; they run before each one, in this order. */
  public IdempotencyCheck reset(String... statements) {
    for (String sql : present("statements", statements)) {
      resets.add(() -> CheckedSql.execute(dataSource, sql));
    }
    return this;
  }

  /** Something else that undoes the effects of a run. */
  public IdempotencyCheck reset(Reset reset) {
    resets.add(present("reset", reset));
    return this;
  }

  /** A query whose rows are effects. */
  public IdempotencyCheck effects(String query) {
    present("query", query);
    effects.add(() -> CheckedSql.rows(dataSource, query));
    return this;
  }

  /** Effects elsewhere, in a form whose text shows them. */
  public IdempotencyCheck effects(Callable<?> effects) {
    this.effects.add(present("effects", effects));
    return this;
  }

  /**
   * Runs the handler once undisturbed, and twice for each point.
   *
   * @return what was found, also if effects differ
   * @throws IllegalStateException if handler, task or effects were not given, the handler does not
   *     complete the task when nobody kills it, it makes more than 1000 statements, a reset or
   *     effect throws, or another task has the task's unique key
   */
  public IdempotencyReport run() {
    if (handler == null || task == null || effects.isEmpty()) {
      throw new IllegalStateException("give the check handler(…), task(…) and effects(…) first");
    }
    CheckedRuns runs =
        new CheckedRuns(
            dataSource,
            schema,
            PostgresTaskQueue.create(dataSource, schema),
            handler,
            task,
            resets,
            effects);
    CheckedRuns.Run clean = runs.undisturbed();
    if (clean.statements().size() > MAX_STATEMENTS) {
      throw new IllegalStateException(
          "the handler of '" + task.type() + "' makes more than 1000 statements");
    }
    List<IdempotencyReport.Finding> findings = new ArrayList<>();
    for (int k = 1; ; k++) {
      CheckedRuns.Run run = runs.killedAfter(k);
      String where = run.killed() ? "statement " + k + ": " + run.last() : IdempotencyReport.END;
      if (!run.effects().equals(clean.effects())) {
        findings.add(new IdempotencyReport.Finding(where, run.effects()));
      }
      if (!run.killed()) {
        return new IdempotencyReport(task.type(), k, clean.statements(), clean.effects(), findings);
      }
    }
  }

  /**
   * As {@link #run}, and demands that nothing was found.
   *
   * @throws AssertionError with the report, if the effects differ for a point
   * @throws IllegalStateException as {@link #run} throws it
   */
  public IdempotencyReport verify() {
    IdempotencyReport report = run();
    if (!report.passed()) {
      throw new AssertionError(report.toString());
    }
    return report;
  }
}
