package dev.dibs.jdbc;

import static dev.dibs.jdbc.PostgresTaskQueue.present;

import dev.dibs.FailedFilter;
import dev.dibs.Pause;
import dev.dibs.Redriven;
import dev.dibs.Retention;
import dev.dibs.Task;
import dev.dibs.TaskAdmin;
import dev.dibs.TypeStats;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import org.postgresql.util.PSQLException;

/** What operators do with the queue in PostgreSQL; each call is one statement, a sweep three. */
final class PostgresTaskAdmin implements TaskAdmin {
  private static final String LIVE_KEYS = "tasks_unique_live_idx";

  private static final int TRIES_IN_FULL = 3;
  private static final int MAX_TRIES = 20;

  private final Database database;
  private final StatsStatement stats;
  private final FailedStatements failed;
  private final PauseStatements pauses;
  private final SweepStatements sweep;

  PostgresTaskAdmin(Database database, Sql sql) {
    this.database = database;
    stats = new StatsStatement(sql);
    failed = new FailedStatements(sql);
    pauses = new PauseStatements(sql);
    sweep = new SweepStatements(sql);
  }

  @Override
  public List<TypeStats> stats() {
    return database.read("stats", stats::run);
  }

  @Override
  public List<Task> failed(FailedFilter filter) {
    present("filter", filter);
    return database.read("failed", connection -> failed.failed(connection, filter));
  }

  /**
   * A key that was free when the statement began may be taken when it comes to write: somebody
   * enqueued it meanwhile. The server undoes the statement then, and the next one sees the key
   * taken. Where keys are enqueued faster than a large statement runs, a smaller one gets through.
   */
  @Override
  public Redriven redrive(FailedFilter filter) {
    present("filter", filter);
    return database.write(
        "redrive",
        connection -> {
          FailedFilter now = filter;
          for (int tries = 1; ; tries++) {
            try {
              return failed.redrive(connection, now);
            } catch (SQLException e) {
              if (!keyWasTaken(e) || tries == MAX_TRIES) {
                throw e;
              }
              if (tries >= TRIES_IN_FULL) {
                now = now.limit(Math.max(1, now.limit() / 2));
              }
            }
          }
        });
  }

  private static boolean keyWasTaken(SQLException e) {
    return e instanceof PSQLException refused
        && refused.getServerErrorMessage() != null
        && LIVE_KEYS.equals(refused.getServerErrorMessage().getConstraint());
  }

  @Override
  public List<UUID> prune(FailedFilter filter) {
    present("filter", filter);
    return database.write("prune", connection -> failed.prune(connection, filter));
  }

  @Override
  public void pause(Pause pause) {
    present("pause", pause);
    database.write("pause", connection -> pauses.pause(connection, pause));
  }

  @Override
  public void resume(Pause pause) {
    present("pause", pause);
    database.write("resume", connection -> pauses.resume(connection, pause));
  }

  @Override
  public List<Pause> pauses() {
    return database.read("pauses", pauses::pauses);
  }

  @Override
  public boolean sweep(Retention retention, UUID keeper) {
    present("retention", retention);
    present("keeper", keeper);
    return !retention.isForever()
        && database.write("sweep", connection -> sweep.run(connection, retention, keeper));
  }
}
