package dev.dibs.jdbc;

import dev.dibs.IdConflictException;
import dev.dibs.NewTask;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.postgresql.util.PSQLException;

/** Puts tasks into the table: all of a list, or none. */
final class Enqueuing {
  private final EnqueueStatement statement;

  Enqueuing(EnqueueStatement statement) {
    this.statement = statement;
  }

  /** In a transaction of its own. */
  void enqueue(Database database, List<NewTask> tasks) {
    Set<UUID> conflicts =
        database.write(
            "enqueue",
            connection -> {
              try {
                statement.insert(connection, tasks);
                return Set.<UUID>of();
              } catch (SQLException e) {
                if (!isConflict(e)) {
                  throw e;
                }
                Set<UUID> found = statement.conflicts(connection, tasks);
                if (found.isEmpty()) {
                  throw e;
                }
                return found;
              }
            });
    refuse(tasks, conflicts);
  }

  /** In the caller's transaction, which no outcome but a broken connection spoils. */
  void enqueueWithin(Database database, Connection connection, List<NewTask> tasks) {
    refuse(tasks, database.within("enqueue", connection, c -> statement.insertWithin(c, tasks)));
  }

  private static void refuse(List<NewTask> tasks, Set<UUID> conflicts) {
    for (NewTask task : tasks) {
      if (conflicts.contains(task.id())) {
        throw new IdConflictException(task.id());
      }
    }
  }

  private static boolean isConflict(SQLException e) {
    return e instanceof PSQLException refused
        && refused.getServerErrorMessage() != null
        && EnqueueStatement.CONFLICT_CONSTRAINT.equals(
            refused.getServerErrorMessage().getConstraint());
  }
}
