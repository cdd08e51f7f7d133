package dev.dibs.jdbc;

import dev.dibs.AttemptError;
import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.InvalidInputException;
import dev.dibs.NewTask;
import dev.dibs.Outcome;
import dev.dibs.Status;
import dev.dibs.Task;
import dev.dibs.TaskAdmin;
import dev.dibs.TaskProducer;
import dev.dibs.TaskQueue;
import java.sql.Connection;
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
 * has to say why an update was refused) and gives it back as it was; at first use it also reads the
 * isolation level and the schema's version. Any pool works, with autocommit on or off and of any
 * size; the driver must be PostgreSQL's own (pgjdbc), the isolation level READ COMMITTED. All times
 * are the database's.
 *
 * <p>Thread-safe. One object for each DataSource is best: it remembers where its claims stand.
 */
public final class PostgresTaskQueue implements TaskQueue {
  private final Database database;
  private final Enqueuing enqueuing;
  private final Claiming claiming;
  private final Updating updating;
  private final CancelStatement cancelling;
  private final ReadStatements reading;
  private final TaskAdmin admin;
  private final List<Runnable> wakeUps = new CopyOnWriteArrayList<>();

  private PostgresTaskQueue(DataSource dataSource, String schema) {
    Sql sql = new Sql(schema);
    database = new Database(dataSource, new SchemaGuard(schema, sql));
    enqueuing = new Enqueuing(new EnqueueStatement(sql));
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
    return new PostgresTaskQueue(present("dataSource", dataSource), Schema.checkName(schema));
  }

  @Override
  public List<UUID> enqueueAll(List<NewTask> tasks) {
    List<NewTask> checked = NewTask.checkAll(tasks);
    if (checked.isEmpty()) {
      return List.of();
    }
    List<UUID> ids = enqueuing.enqueue(database, checked);
    wakeUps.forEach(Runnable::run);
    return ids;
  }

  @Override
  public TaskProducer within(Connection connection) {
    present("connection", connection);
    return tasks -> {
      List<NewTask> checked = NewTask.checkAll(tasks);
      return checked.isEmpty()
          ? List.of()
          : enqueuing.enqueueWithin(database.on(connection), checked);
    };
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

  private Outcome waiting(Session session, ClaimUpdate update) {
    Outcome outcome;
    do {
      outcome = updating.apply(session, List.of(update), true).get(0);
    } while (outcome == Outcome.LOCKED);
    return outcome;
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
  }

  @Override
  public void removeWakeUp(Runnable wakeUp) {
    wakeUps.remove(wakeUp);
  }

  static <T> T present(String option, @Nullable T value) {
    if (value == null) {
      throw new InvalidInputException(option + ": must not be null");
    }
    return value;
  }
}
