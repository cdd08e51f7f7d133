package dev.dibs.examples.quickstart;

import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;

/**
 * Who ran what, and when, by the database's clock: written by the handlers themselves, apart from
 * either queue's table, so that neither queue is its own witness.
 */
final class RunLog {
  private final Database database;
  private final String queue;
  private final String process;

  RunLog(Database database, String queue, String process) {
    this.database = database;
    this.queue = queue;
    this.process = process;
  }

  static RunLog create(Database database) throws SQLException {
    database.update("DROP SCHEMA IF EXISTS " + Database.SCHEMA + " CASCADE");
    database.update("CREATE SCHEMA " + Database.SCHEMA);
    database.update(
        "CREATE TABLE runs (run bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
            + " queue text NOT NULL, process text NOT NULL, task uuid NOT NULL,"
            + " attempt integer NOT NULL,"
            + " began_at timestamptz NOT NULL DEFAULT clock_timestamp(),"
            + " ended_at timestamptz, outcome text CHECK (outcome IN ('ok', 'threw')),"
            + " mail_sent boolean, killed_at timestamptz)");
    return new RunLog(database, "", "quickstart");
  }

  /** Returns the number of the run. */
  long began(UUID task, int attempt) throws SQLException {
    return database.number(
        "INSERT INTO runs (queue, process, task, attempt) VALUES (?, ?, ?, ?) RETURNING run",
        queue,
        process,
        task,
        attempt);
  }

  void ended(long run, boolean mailSent) throws SQLException {
    database.update(
        "UPDATE runs SET ended_at = clock_timestamp(), outcome = 'ok', mail_sent = ?"
            + " WHERE run = ?",
        mailSent,
        run);
  }

  void threw(long run) throws SQLException {
    database.update(
        "UPDATE runs SET ended_at = clock_timestamp(), outcome = 'threw' WHERE run = ?", run);
  }

  /** How many runs of a process have not ended. */
  long goingOn(String ofProcess) throws SQLException {
    return database.number(
        "SELECT count(*) FROM runs WHERE process = ? AND outcome IS NULL", ofProcess);
  }

  /**
   * Marks the runs that a killed process had in its hands: those whose tasks are not written as
   * completed, whether or not their handlers had ended. Only after its last connection is gone,
   * when nothing of it can still be written.
   *
   * @return whether the handler had ended, for each
   */
  List<Boolean> killed(String killedProcess) throws SQLException {
    return database.list(
        "UPDATE runs r SET killed_at = clock_timestamp() FROM tasks t"
            + " WHERE r.process = ? AND t.id = r.task AND t.status = 'processing'"
            + " AND r.outcome IS DISTINCT FROM 'threw' RETURNING r.outcome IS NOT NULL",
        row -> row.getBoolean(1),
        killedProcess);
  }

  /** How many tasks ran for the first time in a later attempt: their first claimant was killed. */
  long firstRunsLate() throws SQLException {
    return database.number(
        "SELECT count(*) FROM (SELECT min(attempt) AS first FROM runs WHERE queue = 'dibs'"
            + " GROUP BY task) AS tasks WHERE first > 1");
  }

  /** All runs of a queue, in the order in which they began. */
  List<Run> of(String ofQueue) throws SQLException {
    return database.list(
        "SELECT task, began_at, CASE WHEN outcome = 'threw' THEN 'THREW' WHEN killed_at IS NOT NULL"
            + " THEN 'KILLED' WHEN outcome = 'ok' THEN 'ENDED' ELSE 'OPEN' END, CASE WHEN outcome ="
            + " 'threw' THEN ended_at ELSE coalesce(killed_at, ended_at, began_at) END FROM runs"
            + " WHERE queue = ? ORDER BY began_at, run",
        row ->
            new Run(
                row.getObject(1, UUID.class),
                row.getObject(2, OffsetDateTime.class).toInstant(),
                Run.Ending.valueOf(row.getString(3)),
                row.getObject(4, OffsetDateTime.class).toInstant()),
        ofQueue);
  }
}
