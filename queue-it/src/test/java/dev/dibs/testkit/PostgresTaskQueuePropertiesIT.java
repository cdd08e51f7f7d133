package dev.dibs.testkit;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.zaxxer.hikari.HikariDataSource;
import dev.dibs.Priority;
import dev.dibs.Status;
import dev.dibs.Task;
import dev.dibs.TaskQueue;
import dev.dibs.it.TasksTable;
import dev.dibs.it.TestSize;
import dev.dibs.it.mutants.SelectThenUpdate;
import dev.dibs.jdbc.PostgresTaskQueue;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import net.jqwik.api.Example;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.postgresql.ds.PGSimpleDataSource;

/** The queue on PostgreSQL does as the model says: results and the whole table, step by step. */
class PostgresTaskQueuePropertiesIT {
  /** One error of a history; jsonb orders its keys by their length. */
  private static final Pattern ERROR =
      Pattern.compile("\\{\"at\": \"[^\"]+\", \"error\": \"([^\"]*)\", \"attempt\": (\\d+)\\}");

  private static SharedServer server;
  private static TestSchema schema;
  private static HikariDataSource pool;

  // jqwik is an engine of its own and runs no extension of Jupiter, so DibsPostgres cannot serve.
  @BeforeContainer
  static void createSchema() throws SQLException {
    server = SharedServer.use();
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setUrl(server.server().jdbcUrl());
    schema = TestSchema.create(source, PostgresTaskQueuePropertiesIT.class);
    schema.install();
    pool = new HikariDataSource();
    pool.setDataSource(source);
    pool.setMaximumPoolSize(5);
    pool.setSchema(schema.name());
  }

  @AfterContainer
  static void dropSchema() throws SQLException {
    pool.close();
    schema.drop();
    server.close();
  }

  @Example
  void postgres_anySequence_behavesAsTheModelAndKeepsTheLaws() {
    System.out.println(
        "PostgreSQL: "
            + Sequences.hold(
                Steps.sequences(),
                TestSize.of(100, 5000),
                steps -> steps,
                steps -> ModelRun.compare(steps, new QueueInPostgres(pool, schema.name()))));
  }

  @Example
  void postgres_branchesAtOnce_areExplainedByAnOrderOfTheModel() {
    System.out.println(
        "PostgreSQL, in parallel: "
            + Sequences.hold(
                Experiment.experiments(),
                TestSize.of(60, 2000),
                Experiment::calls,
                experiment ->
                    ParallelRun.check(experiment, new QueueInPostgres(pool, schema.name()), true)));
  }

  @Example
  void selectThenUpdate_isRightAloneAndCaughtInParallel() {
    UnaryOperator<TaskQueue> naive = queue -> new SelectThenUpdate(pool, queue);
    ParallelRun.check(
        Experiment.claiming(1), new QueueInPostgres(pool, schema.name(), naive), true);
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(
            () -> {
              for (int i = 0; i < 500; i++) {
                ParallelRun.check(
                    Experiment.claiming(3), new QueueInPostgres(pool, schema.name(), naive), true);
              }
            })
        .withMessageContaining("no order of these calls explains them");
  }

  private static final class QueueInPostgres implements QueueWithTable {
    private final TasksTable table;
    private final UnaryOperator<TaskQueue> wrapper;
    private TaskQueue queue;

    QueueInPostgres(HikariDataSource pool, String schema) {
      this(pool, schema, UnaryOperator.identity());
    }

    QueueInPostgres(HikariDataSource pool, String schema, UnaryOperator<TaskQueue> wrapper) {
      this.wrapper = wrapper;
      table = new TasksTable(pool, schema);
      table.clear();
      restart();
    }

    @Override
    public TaskQueue queue() {
      return queue;
    }

    @Override
    public Instant now() {
      return table.now();
    }

    @Override
    public void forward(Duration time) {
      table.moveBack(time);
    }

    @Override
    public void putBack(UUID id) {
      table.putBack(id);
    }

    @Override
    public void restart() {
      queue = stranger();
    }

    @Override
    public TaskQueue stranger() {
      return wrapper.apply(PostgresTaskQueue.create(pool, schema.name()));
    }

    @Override
    public Map<UUID, Row> table() {
      Instant now = table.now();
      return table.rows(row -> row(row, now));
    }
  }

  private static QueueWithTable.Row row(ResultSet row, Instant now) throws SQLException {
    Task task =
        new Task(
            row.getObject("id", UUID.class),
            row.getString("queue"),
            row.getString("type"),
            row.getString("payload"),
            Priority.ofRank(row.getInt("priority")),
            Status.of(row.getString("status")),
            row.getInt("attempt"),
            row.getInt("max_attempts"),
            time(row, "run_at").orElseThrow(),
            time(row, "created_at").orElseThrow(),
            time(row, "started_at"),
            time(row, "completed_at"),
            Optional.ofNullable(row.getString("error")),
            Optional.ofNullable(row.getString("unique_key")),
            row.getBoolean("cancel_requested"),
            Optional.ofNullable(row.getString("progress")),
            Optional.ofNullable(row.getString("result")));
    QueueWithTable.Row.Hidden hidden =
        new QueueWithTable.Row.Hidden(
            time(row, "lease_until"),
            row.getInt("expiries"),
            row.getBoolean("alone"),
            row.getString("unique_window") != null,
            errors(Optional.ofNullable(row.getString("errors")).orElse("[]")));
    return QueueWithTable.Row.of(task, hidden, now);
  }

  private static List<String> errors(String jsonb) {
    return ERROR
        .matcher(jsonb)
        .results()
        .map(found -> QueueWithTable.Row.error(Integer.parseInt(found.group(2)), found.group(1)))
        .toList();
  }

  private static Optional<Instant> time(ResultSet row, String column) throws SQLException {
    return Optional.ofNullable(row.getObject(column, OffsetDateTime.class))
        .map(OffsetDateTime::toInstant);
  }
}
