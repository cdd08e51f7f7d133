package dev.dibs.it;

import dev.dibs.testkit.DibsPostgres;
import dev.dibs.testkit.storm.AuditTrigger;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * The witness of a kill storm, inside the database: {@code runs} has a row for each start of a
 * handler; the {@code AuditTrigger}'s table has one for each change of a task. A worker's
 * connections carry its name.
 */
final class KillAudit implements AutoCloseable {
  /** Written by a handler before it does anything else: task, attempt, worker. */
  static final String START = "INSERT INTO runs (task, attempt, worker) VALUES (?, ?, ?)";

  private static final String CREATE =
      """
      CREATE TABLE runs (
        no bigserial, task uuid NOT NULL, attempt integer NOT NULL, worker text NOT NULL,
        at timestamptz NOT NULL DEFAULT clock_timestamp());
      CREATE INDEX ON runs (task);
      CREATE INDEX ON runs (worker);
      """;

  /** Held by a worker: processing under a token that it wrote. */
  private static final String HELD =
      """
      SELECT count(*),
        count(*) FILTER (
          WHERE EXISTS (SELECT FROM runs r WHERE r.task = t.id AND r.attempt = t.attempt))
      FROM tasks t
      WHERE t.live AND t.status = 'processing' AND EXISTS (
        SELECT FROM task_changes c WHERE c.task = t.id AND c.token = t.token AND c.worker = ?)
      """;

  /** Each claim that its worker never ended, with the time to the next claim of the same task. */
  private static final String TAKEOVERS =
      """
      WITH claims AS (
        SELECT task, token, min(no) AS no, min(at) AS at, max(lease_until) AS lease_until,
          bool_and(status = 'processing') AS unended
        FROM task_changes WHERE NOT inserted GROUP BY task, token
      ), successions AS (
        SELECT unended, lead(at) OVER (PARTITION BY task ORDER BY no) - lease_until AS wait
        FROM claims
      )
      SELECT count(*), count(wait),
        extract(epoch FROM percentile_disc(0.5) WITHIN GROUP (ORDER BY wait)) * 1000,
        extract(epoch FROM max(wait)) * 1000, count(*) FILTER (WHERE wait < '0')
      FROM successions WHERE unended
      """;

  private static final String TOTALS =
      """
      SELECT count(*), count(*) FILTER (WHERE status = 'completed'), sum(attempt) - count(*),
        (SELECT count(*) - count(DISTINCT task) FROM runs),
        (SELECT count(*) - count(DISTINCT (task, attempt)) FROM runs)
      FROM tasks
      """;

  /** Tasks that were processing, and those of them whose handler had started. */
  record Held(int tasks, int started) {
    Held plus(Held other) {
      return new Held(tasks + other.tasks, started + other.started);
    }
  }

  /**
   * What the whole history says.
   *
   * @param abandoned claims that were never ended
   * @param takenOver those whose task was claimed again
   * @param medianMillis from the end of a lease to the next claim
   * @param latestMillis the longest of these
   * @param early claims made while the lease before was still good
   * @param burnt attempts beyond one for each task
   * @param repeated runs beyond one for each task
   * @param doubled runs beyond one for each attempt
   */
  record Totals(
      int tasks,
      int completed,
      int abandoned,
      int takenOver,
      int medianMillis,
      int latestMillis,
      int early,
      int burnt,
      int repeated,
      int doubled) {}

  private final Connection connection;
  private final AuditTrigger trigger;

  private KillAudit(Connection connection, AuditTrigger trigger) {
    this.connection = connection;
    this.trigger = trigger;
  }

  /** Asks on a connection whose search path is the schema of the tasks. */
  static KillAudit create(DibsPostgres postgres, Connection connection) throws SQLException {
    Db.execute(connection, "DROP TABLE IF EXISTS runs", CREATE);
    return new KillAudit(connection, AuditTrigger.create(postgres.dataSource(), postgres.schema()));
  }

  @Override
  public void close() {
    trigger.close();
  }

  /** Starts of handlers so far, without reading them. */
  long starts() throws SQLException {
    return Long.parseLong(
        Db.query(
            connection, "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM runs_no_seq"));
  }

  /** Whether the server still works for it. */
  boolean isConnected(String worker) throws SQLException {
    return exists("FROM pg_stat_activity WHERE application_name = '" + worker + "'");
  }

  private boolean exists(String rows) throws SQLException {
    return Db.query(connection, "SELECT EXISTS (SELECT " + rows + ")").equals("t");
  }

  boolean allEnded() throws SQLException {
    return !exists("FROM tasks WHERE live");
  }

  boolean anyPending() throws SQLException {
    return exists("FROM tasks WHERE live AND status = 'pending'");
  }

  Held heldBy(String worker) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(HELD)) {
      statement.setString(1, worker);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return new Held(row.getInt(1), row.getInt(2));
      }
    }
  }

  Totals totals() throws SQLException {
    try (PreparedStatement takeovers = connection.prepareStatement(TAKEOVERS);
        PreparedStatement totals = connection.prepareStatement(TOTALS);
        ResultSet t = takeovers.executeQuery();
        ResultSet row = totals.executeQuery()) {
      t.next();
      row.next();
      return new Totals(
          row.getInt(1),
          row.getInt(2),
          t.getInt(1),
          t.getInt(2),
          t.getInt(3),
          t.getInt(4),
          t.getInt(5),
          row.getInt(3),
          row.getInt(4),
          row.getInt(5));
    }
  }
}
