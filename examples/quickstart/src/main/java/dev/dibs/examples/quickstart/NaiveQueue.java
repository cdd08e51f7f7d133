package dev.dibs.examples.quickstart;

import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * The queue that everybody writes first. Between its SELECT and its UPDATE lies nothing but the way
 * to the server and back, and that is enough.
 */
final class NaiveQueue {
  private static final int BATCH = 10;
  private static final String DEADLOCK = "40P01";

  private final Database database;
  private final AtomicInteger deadlocks = new AtomicInteger();

  NaiveQueue(Database database) {
    this.database = database;
  }

  static NaiveQueue create(Database database) throws SQLException {
    database.update(
        "CREATE TABLE naive_tasks (id uuid PRIMARY KEY DEFAULT gen_random_uuid(),"
            + " type text NOT NULL, payload jsonb NOT NULL, status text DEFAULT 'pending',"
            + " created_at timestamptz DEFAULT now(), started_at timestamptz,"
            + " completed_at timestamptz, error text)");
    database.update(
        "CREATE INDEX idx_naive_tasks_pending ON naive_tasks (created_at)"
            + " WHERE status = 'pending'");
    return new NaiveQueue(database);
  }

  void fill(int tasks) throws SQLException {
    database.update(
        "INSERT INTO naive_tasks (type, payload) SELECT ?, unnest(?)::jsonb",
        CarePlan.TYPE,
        IntStream.rangeClosed(1, tasks).mapToObj(CarePlan::payload).toList());
    database.update("ANALYZE naive_tasks");
  }

  /** Takes up to ten tasks, or none if there are none. */
  List<Task> claim() throws SQLException {
    List<Task> tasks;
    do {
      tasks =
          database.list(
              "SELECT id, payload FROM naive_tasks WHERE status = 'pending'"
                  + " ORDER BY created_at LIMIT "
                  + BATCH,
              row -> new Task(row.getObject(1, UUID.class), row.getString(2)));
    } while (!updated(
        "UPDATE naive_tasks SET status = 'processing', started_at = now()"
            + " WHERE id = ANY (?::uuid[])",
        tasks.stream().map(Task::id).toList()));
    return tasks;
  }

  void complete(Task task) throws SQLException {
    while (!updated(
        "UPDATE naive_tasks SET status = 'completed', completed_at = now() WHERE id = ?",
        task.id())) {
      // The row was part of somebody else's deadlock.
    }
  }

  private boolean updated(String sql, Object parameter) throws SQLException {
    try {
      database.update(sql, parameter);
      return true;
    } catch (SQLException e) {
      if (!DEADLOCK.equals(e.getSQLState())) {
        throw e;
      }
      deadlocks.incrementAndGet();
      return false;
    }
  }

  /** How often workers that took the same tasks had each other's rows locked. */
  int deadlocks() {
    return deadlocks.get();
  }

  long completed() throws SQLException {
    return database.number("SELECT count(*) FROM naive_tasks WHERE status = 'completed'");
  }

  record Task(UUID id, String payload) {}
}
