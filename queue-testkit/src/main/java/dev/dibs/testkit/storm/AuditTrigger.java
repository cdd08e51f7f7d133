package dev.dibs.testkit.storm;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;

/**
 * A witness inside the database: a trigger on the table of the tasks that writes each change of a
 * row into the table {@code task_changes} of the same schema, in their true order and with the
 * database's time. It costs each write about as much again, and is for tests.
 *
 * <pre>{@code
 * try (AuditTrigger audit = AuditTrigger.create(dataSource, "public")) {
 *   // work, then: "SELECT * FROM " + audit.table() + " WHERE task = … ORDER BY no"
 * }
 * }</pre>
 *
 * <p>The columns: {@code no}, {@code task}, {@code attempt}, {@code status}, {@code token}, {@code
 * lease_until}, {@code run_at} and {@code alone} of the new row; {@code inserted} and {@code
 * claimed} (it has a token that it did not have before); {@code worker}, the session's application
 * name; {@code at}. Changes that are rolled back leave nothing. It works for clients of any role.
 *
 * <p>Thread-safe.
 */
public final class AuditTrigger implements AutoCloseable {
  static final String TABLE = "task_changes";

  private static final String NAME = "note_task_change";

  private static final String CREATE =
      """
      CREATE TABLE %1$s (
        no bigserial, task uuid NOT NULL, attempt integer NOT NULL, status text NOT NULL,
        token uuid, lease_until timestamptz, run_at timestamptz NOT NULL, alone boolean NOT NULL,
        inserted boolean NOT NULL, claimed boolean NOT NULL, worker text NOT NULL,
        at timestamptz NOT NULL);
      CREATE INDEX ON %1$s (task);
      CREATE INDEX ON %1$s (token) WHERE claimed;
      CREATE FUNCTION %2$s() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog AS
      $$
      BEGIN
        INSERT INTO %1$s (task, attempt, status, token, lease_until, run_at, alone, inserted,
          claimed, worker, at)
        VALUES (NEW.id, NEW.attempt, NEW.status, NEW.token, NEW.lease_until, NEW.run_at, NEW.alone,
          TG_OP = 'INSERT',
          NEW.status = 'processing' AND (TG_OP = 'INSERT' OR NEW.token IS DISTINCT FROM OLD.token),
          current_setting('application_name'), clock_timestamp());
        RETURN NULL;
      END
      $$;
      CREATE TRIGGER "note_task_change" AFTER INSERT OR UPDATE ON %3$s
        FOR EACH ROW EXECUTE FUNCTION %2$s();
      """;

  private static final String DROP =
      "DROP TRIGGER \"note_task_change\" ON %3$s; DROP FUNCTION %2$s(); DROP TABLE %1$s";

  private static final String LOCK_NOT_AVAILABLE = "55P03";

  private final SideDoor door;

  private AuditTrigger(SideDoor door) {
    this.door = door;
  }

  /**
   * Creates trigger and table, all or nothing.
   *
   * @param dataSource whose role owns the table {@code tasks} and may create in its schema
   * @param schema the schema of the tasks, as PostgreSQL holds its name
   * @throws IllegalStateException if the role may not, or if they are there already
   */
  public static AuditTrigger create(DataSource dataSource, String schema) {
    return create(new SideDoor(dataSource, schema));
  }

  static AuditTrigger create(SideDoor door) {
    AuditTrigger audit = new AuditTrigger(door);
    try {
      audit.execute(CREATE);
      return audit;
    } catch (SQLException e) {
      String cure =
          switch (String.valueOf(e.getSQLState())) {
            case "42P07", "42723" ->
                "another test audits this schema, or one that died has left it: " + sql(DROP, door);
            case LOCK_NOT_AVAILABLE -> "end the transaction that has locked the table";
            default -> "use a role that owns the table, or do without an audit";
          };
      throw new IllegalStateException(
          "audit: its trigger cannot be created (" + e.getMessage() + "); " + cure, e);
    }
  }

  /** The table that it writes to, quoted and with its schema, as statements name it. */
  public String table() {
    return door.quoted(TABLE);
  }

  /**
   * Drops them with all that was written.
   *
   * @throws IllegalStateException if the database could not be reached or refused it, or a
   *     transaction that has used the table stays open for 3 s
   */
  @Override
  public void close() {
    try {
      execute(DROP);
    } catch (SQLException e) {
      String why =
          LOCK_NOT_AVAILABLE.equals(e.getSQLState())
              ? ", a transaction has locked the table: end it and run "
              : " (" + e.getMessage() + "); run ";
      throw new IllegalStateException(
          "audit: its trigger cannot be dropped" + why + sql(DROP, door), e);
    }
  }

  private void execute(String statements) throws SQLException {
    try (SideDoor.Session session = door.open()) {
      Connection connection = session.connection();
      connection.setAutoCommit(false);
      try (Statement statement = connection.createStatement()) {
        statement.execute("SET LOCAL lock_timeout = '3s'");
        statement.setEscapeProcessing(false);
        statement.execute(sql(statements, door));
      }
      connection.commit();
    }
  }

  private static String sql(String statements, SideDoor door) {
    return statements.formatted(door.quoted(TABLE), door.quoted(NAME), door.table());
  }
}
