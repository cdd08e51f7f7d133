package dev.dibs.jdbc;

import dev.dibs.AttemptError;
import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.DatabaseException;
import dev.dibs.InvalidInputException;
import dev.dibs.NewTask;
import dev.dibs.Outcome;
import dev.dibs.Status;
import dev.dibs.Task;
import dev.dibs.TaskAdmin;
import dev.dibs.TaskProducer;
import dev.dibs.TaskQueue;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The queue in the table {@code tasks} of a PostgreSQL database.
 *
 * <pre>{@code
 * Schema.install(dataSource);
 * TaskQueue queue = PostgresTaskQueue.create(dataSource);
 * queue.enqueue("send_email", "{\"to\":\"a@b.c\"}");
 * }</pre>
 *
 * <p>Each method borrows one connection for one statement in autocommit mode (a second one where it
 * has to say why an update was refused; an enqueue of 200 tasks and more without unique keys asks
 * for the time and then uses COPY) and gives it back as it was; at first use it also reads the
 * isolation level and the schema's version. Any pool works, with autocommit on or off and of any
 * size; the driver must be PostgreSQL's own (pgjdbc), the isolation level READ COMMITTED. All times
 * are the database's.
 *
 * <p>After an enqueue of tasks that are due, a daemon thread of this object tells the workers of
 * other processes, with a {@code NOTIFY} outside the enqueue's transaction: about a hundred times a
 * second at most, each on a connection borrowed for it. It waits for nobody's connection but its
 * own, its failures are nobody's, and it ends by itself. {@link Builder#listenOn} is for those who
 * want to hear of it.
 *
 * <p>Claims of 100 tasks and more for the same types take turns on one object, for they would walk
 * over each other's rows: such a claim waits for those before it and then borrows its connection;
 * if none of them gets on for a second, it goes ahead. Smaller claims wait for nobody.
 *
 * <p>Thread-safe. One object for each DataSource is best: it remembers where its claims stand.
 */
public final class PostgresTaskQueue implements TaskQueue {
  private static final int MAX_TRIES = 100;

  private final Database database;
  private final Enqueuing enqueuing;
  private final Claiming claiming;
  private final Updating updating;
  private final CancelStatement cancelling;
  private final ReadStatements reading;
  private final TaskAdmin admin;
  private final List<Runnable> wakeUps = new CopyOnWriteArrayList<>();
  private final Hints hints;
  private final @Nullable Listener listener;

  private PostgresTaskQueue(Builder builder) {
    String schema = builder.schema;
    Sql sql = new Sql(schema);
    database = new Database(builder.dataSource, new SchemaGuard(schema, sql));
    hints = new Hints(database, new HintStatement(sql), schema, this::wakeAll);
    listener =
        builder.direct == null
            ? null
            : new Listener(
                schema,
                builder.direct,
                builder.pace,
                hints,
                () -> !wakeUps.isEmpty(),
                this::wakeAll);
    enqueuing = new Enqueuing(new EnqueueStatement(sql), new CopyStatement(sql));
    claiming = new Claiming(this, new ClaimStatement(sql), new RepeatedClaim(sql));
    cancelling = new CancelStatement(sql);
    reading = new ReadStatements(sql);
    updating = new Updating(sql, reading);
    admin = new PostgresTaskAdmin(database, sql);
  }

  /**
   * The queue in the schema {@value Schema#DEFAULT}. Does not connect: a missing schema or database
   * shows at the first use.
   *
   * @throws InvalidInputException if {@code dataSource} is null
   */
  public static PostgresTaskQueue create(DataSource dataSource) {
    return create(dataSource, Schema.DEFAULT);
  }

  /**
   * The queue in a schema of this name. Does not connect: a missing schema or database shows at the
   * first use.
   *
   * @param schema its name as PostgreSQL holds it, 1 to 63 bytes of UTF-8
   * @throws InvalidInputException if an argument is null or the name is not valid
   */
  public static PostgresTaskQueue create(DataSource dataSource, String schema) {
    return builder(dataSource).schema(schema).build();
  }

  /**
   * Begins the configuration of a queue.
   *
   * @throws InvalidInputException if {@code dataSource} is null
   */
  public static Builder builder(DataSource dataSource) {
    return new Builder(present("dataSource", dataSource));
  }

  @Override
  public List<UUID> enqueueAll(List<NewTask> tasks) {
    List<NewTask> checked = NewTask.checkAll(tasks);
    if (checked.isEmpty()) {
      return List.of();
    }
    List<UUID> ids = enqueuing.enqueue(database, checked);
    wakeAll();
    newAndDue(checked, ids).ifPresent(id -> hints.committed());
    return ids;
  }

  @Override
  public TaskProducer within(Connection connection) {
    present("connection", connection);
    return tasks -> {
      List<NewTask> checked = NewTask.checkAll(tasks);
      if (checked.isEmpty()) {
        return List.of();
      }
      List<UUID> ids = enqueuing.enqueueWithin(database.on(connection), checked);
      newAndDue(checked, ids).ifPresent(hints::written);
      return ids;
    };
  }

  /**
   * One that others should hear of; by this machine's clock, for it decides about a hint and
   * nothing else.
   */
  private static Optional<UUID> newAndDue(List<NewTask> tasks, List<UUID> ids) {
    Instant now = Instant.now();
    for (int i = 0; i < tasks.size(); i++) {
      NewTask task = tasks.get(i);
      boolean due = task.delay().isZero() && task.runAt().map(at -> !at.isAfter(now)).orElse(true);
      if (due && ids.get(i).equals(task.id())) {
        return Optional.of(task.id());
      }
    }
    return Optional.empty();
  }

  private void wakeAll() {
    wakeUps.forEach(Runnable::run);
  }

  @Override
  public List<Claim> claim(ClaimRequest request) {
    return claiming.claim(database, present("request", request));
  }

  @Override
  public Outcome apply(ClaimUpdate update) {
    Outcome outcome = waiting(database, present("update", update));
    claiming.putBack(update, outcome);
    return outcome;
  }

  /** It waits for the row; the other tries are for rows that change hands meanwhile. */
  private Outcome waiting(Session session, ClaimUpdate update) {
    for (int tries = 0; tries < MAX_TRIES; tries++) {
      Outcome outcome = updating.apply(session, List.of(update), true).get(0);
      if (outcome != Outcome.LOCKED) {
        return outcome;
      }
    }
    throw new DatabaseException(
        "apply: the server left the row of "
            + update.claim().task()
            + " as it was, though its lease holds and nobody has it locked: a trigger or a rule on"
            + " the table tasks keeps the update out; let it raise an error instead",
        false,
        new SQLException("nothing written in " + MAX_TRIES + " tries"));
  }

  @Override
  public List<Outcome> applyAll(List<ClaimUpdate> updates) {
    present("updates", updates).forEach(update -> present("update", update));
    List<Outcome> outcomes = updating.apply(database, updates, false);
    for (int i = 0; i < outcomes.size(); i++) {
      claiming.putBack(updates.get(i), outcomes.get(i));
    }
    return outcomes;
  }

  @Override
  public Outcome applyIn(Connection connection, ClaimUpdate update) {
    Session session = database.on(present("connection", connection));
    return waiting(session, present("update", update));
  }

  @Override
  public Optional<Status> cancel(UUID id) {
    present("id", id);
    return database.write("cancel", connection -> cancelling.run(connection, id));
  }

  @Override
  public List<AttemptError> errors(UUID id) {
    present("id", id);
    return database.read("errors", connection -> reading.errors(connection, id));
  }

  @Override
  public TaskAdmin admin() {
    return admin;
  }

  @Override
  public Optional<Task> find(UUID id) {
    present("id", id);
    return database.read("find", connection -> reading.find(connection, id)).map(TaskRow::task);
  }

  @Override
  public Map<Status, Long> counts() {
    return database.read("counts", reading::counts);
  }

  @Override
  public void addWakeUp(Runnable wakeUp) {
    wakeUps.add(present("wakeUp", wakeUp));
    if (listener != null) {
      listener.changed();
    }
  }

  @Override
  public void removeWakeUp(Runnable wakeUp) {
    wakeUps.remove(wakeUp);
    if (listener != null) {
      listener.changed();
    }
  }

  @Override
  public boolean hearsOthers() {
    return listener != null && listener.hears();
  }

  static <T> T present(String option, @Nullable T value) {
    if (value == null) {
      throw new InvalidInputException(option + ": must not be null");
    }
    return value;
  }

  /**
   * The configuration of a queue.
   *
   * <pre>{@code
   * TaskQueue queue = PostgresTaskQueue.builder(pool).schema("jobs").listenOn(direct).build();
   * }</pre>
   *
   * <p>Not thread-safe.
   */
  public static final class Builder {
    private final DataSource dataSource;
    private String schema = Schema.DEFAULT;
    private @Nullable DataSource direct;
    private Listener.Pace pace = Listener.Pace.USUAL;

    private Builder(DataSource dataSource) {
      this.dataSource = dataSource;
    }

    /**
     * The schema of the tables. Defaults to {@value Schema#DEFAULT}.
     *
     * @param schema its name as PostgreSQL holds it, 1 to 63 bytes of UTF-8
     * @throws InvalidInputException if the name is null or not valid
     */
    public Builder schema(String schema) {
      this.schema = Schema.checkName(schema);
      return this;
    }

    /**
     * Has workers on this queue object woken by tasks of other processes, within milliseconds of
     * their commit, and poll less often meanwhile ({@link TaskQueue#hearsOthers}). While a worker
     * runs, one connection is taken and kept for LISTEN; it is taken anew whenever it is lost. It
     * must reach the same database directly or through a pooler in session mode. Where nothing is
     * heard through it, one warning is logged and workers poll as they do without it. Defaults to
     * none: workers poll. Enqueuing needs no such connection.
     *
     * @param direct may be the queue's own DataSource if that is no pooler in transaction mode; the
     *     driver's own {@code PGSimpleDataSource} is enough
     * @throws InvalidInputException if {@code direct} is null
     */
    public Builder listenOn(DataSource direct) {
      this.direct = present("direct", direct);
      return this;
    }

    /** How often the listener makes sure that it hears; what tests must be able to reach. */
    Builder pace(Listener.Pace pace) {
      this.pace = pace;
      return this;
    }

    /** Makes the queue. Does not connect: a missing schema or database shows at the first use. */
    public PostgresTaskQueue build() {
      return new PostgresTaskQueue(this);
    }
  }
}
