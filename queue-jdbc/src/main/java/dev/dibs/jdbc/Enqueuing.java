package dev.dibs.jdbc;

import dev.dibs.DatabaseException;
import dev.dibs.IdConflictException;
import dev.dibs.NewTask;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Puts tasks into the table: all of a list, or none.
 *
 * <p>Of tasks with one unique key in a list only the first is sent. Those with keys go first and in
 * the order of their keys, so that two lists never wait for each other in a circle.
 */
final class Enqueuing {
  /** Of eight who took and gave up the same fifty keys, one once came too late ten times. */
  private static final int MAX_RUNS = 100;

  /** From so many tasks on COPY is worth its two more round trips. */
  private static final int MANY = 200;

  private static final Comparator<NewTask> KEY_ORDER =
      Comparator.comparing(NewTask::type)
          .thenComparing(task -> task.uniqueKey().orElseThrow())
          .thenComparing(task -> task.uniqueWindow().orElse(Duration.ZERO));

  private final EnqueueStatement statement;
  private final CopyStatement copy;
  private volatile boolean copies = true;

  /** What no two tasks have at a time. */
  private record Key(String type, String key, Optional<Duration> window) {
    static Key of(NewTask task) {
      return new Key(task.type(), task.uniqueKey().orElseThrow(), task.uniqueWindow());
    }
  }

  Enqueuing(EnqueueStatement statement, CopyStatement copy) {
    this.statement = statement;
    this.copy = copy;
  }

  /**
   * In a transaction of its own.
   *
   * @return the ids in the order of the list; in the place of one that was skipped, the holder of
   *     its key
   */
  List<UUID> enqueue(Database database, List<NewTask> tasks) {
    return database.write("enqueue", connection -> enqueue(connection, tasks));
  }

  private List<UUID> enqueue(Connection connection, List<NewTask> tasks) throws SQLException {
    if (tasks.stream().allMatch(task -> task.uniqueKey().isEmpty())) {
      try {
        checkWritten(insertNew(connection, tasks), tasks.size());
        return tasks.stream().map(NewTask::id).toList();
      } catch (SQLException e) {
        refused(e);
      }
    }
    Map<UUID, UUID> places = new HashMap<>();
    List<NewTask> sent = distinct(connection, tasks, places);
    for (int run = 0; run < MAX_RUNS; run++) {
      try {
        statement
            .insertMissing(connection, sent, true)
            .forEach((id, holder) -> places.put(id, holder.orElseThrow()));
        return ids(tasks, places);
      } catch (SQLException e) {
        refused(e);
        checkConflicts(statement.present(connection, sent), sent);
      }
    }
    throw noEnd();
  }

  private long insertNew(Connection connection, List<NewTask> tasks) throws SQLException {
    if (copies && tasks.size() >= MANY && CopyStatement.isPossible(connection)) {
      try {
        return copy.run(connection, tasks);
      } catch (SQLException e) {
        if (!CopyStatement.isUnsupported(e)) {
          throw e;
        }
        copies = false;
      }
    }
    return statement.insertNew(connection, tasks);
  }

  /** In the caller's transaction, which no outcome but a broken connection spoils. */
  List<UUID> enqueueWithin(Session session, List<NewTask> tasks) {
    return session.write("enqueue", connection -> enqueueWithin(connection, tasks));
  }

  private List<UUID> enqueueWithin(Connection connection, List<NewTask> tasks) throws SQLException {
    checkConflicts(statement.present(connection, tasks), tasks);
    Map<UUID, UUID> places = new HashMap<>();
    List<NewTask> left = distinct(connection, tasks, places);
    for (int run = 0; run < MAX_RUNS; run++) {
      Map<UUID, Optional<UUID>> holders = statement.insertMissing(connection, left, false);
      holders.forEach((id, holder) -> holder.ifPresent(other -> places.put(id, other)));
      left =
          left.stream()
              .filter(task -> holders.getOrDefault(task.id(), Optional.of(task.id())).isEmpty())
              .toList();
      if (left.isEmpty()) {
        return ids(tasks, places);
      }
      // Somebody came while the insert waited, and has finished since or can be seen now.
      checkConflicts(statement.present(connection, left), left);
    }
    throw noEnd();
  }

  /** Those to be sent; for the others their place is noted. */
  private List<NewTask> distinct(Connection connection, List<NewTask> tasks, Map<UUID, UUID> places)
      throws SQLException {
    List<NewTask> keyed =
        tasks.stream().filter(task -> task.uniqueKey().isPresent()).sorted(KEY_ORDER).toList();
    long keys = keyed.stream().map(Key::of).distinct().count();
    // One that is there already stands for itself, whoever has its key now.
    Map<UUID, Boolean> present =
        keys < keyed.size() ? statement.present(connection, keyed) : Map.of();
    checkConflicts(present, keyed);
    Map<Key, UUID> firsts = new HashMap<>();
    List<NewTask> sent = new ArrayList<>();
    for (NewTask task : keyed) {
      @Nullable UUID first =
          present.containsKey(task.id()) ? null : firsts.putIfAbsent(Key.of(task), task.id());
      if (first == null) {
        sent.add(task);
      } else {
        places.put(task.id(), first);
      }
    }
    tasks.stream().filter(task -> task.uniqueKey().isEmpty()).forEach(sent::add);
    return sent;
  }

  /** A place may be that of a task which has a place of its own. */
  private static List<UUID> ids(List<NewTask> tasks, Map<UUID, UUID> places) {
    List<UUID> ids = new ArrayList<>(tasks.size());
    for (NewTask task : tasks) {
      UUID first = places.getOrDefault(task.id(), task.id());
      ids.add(places.getOrDefault(first, first));
    }
    return ids;
  }

  private static void checkConflicts(Map<UUID, Boolean> present, List<NewTask> tasks) {
    for (NewTask task : tasks) {
      if (Boolean.FALSE.equals(present.get(task.id()))) {
        throw new IdConflictException(task.id());
      }
    }
  }

  private static void refused(SQLException e) throws SQLException {
    if (!EnqueueStatement.isRefusal(e)) {
      throw e;
    }
  }

  private static void checkWritten(long written, int given) {
    if (written < given) {
      throw new DatabaseException(
          "enqueue: the server took "
              + given
              + " new tasks and wrote "
              + written
              + ": a trigger or a rule on the table tasks keeps rows out of it; let it raise an"
              + " error instead, and enqueue again",
          false,
          new SQLException("rows were left out"));
    }
  }

  private static DatabaseException noEnd() {
    return new DatabaseException(
        "enqueue: a task was not written, and no other task of its unique key can be seen; others"
            + " may have taken and given up the key all the time: try again; or row-level security"
            + " hides the task that has it from this role, or a trigger or a rule on the table"
            + " tasks keeps the new one out",
        true,
        new SQLException("no end after " + MAX_RUNS + " runs"));
  }
}
