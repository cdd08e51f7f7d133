package dev.dibs.jdbc;

import static dev.dibs.jdbc.Sql.CLOCK;
import static org.jooq.impl.DSL.select;

import dev.dibs.NewTask;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import org.jooq.Field;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/**
 * Inserts many tasks without unique keys by COPY: all, or none with a {@linkplain
 * EnqueueStatement#isRefusal refusal} if one of the ids is there.
 *
 * <p>The server inserts what has arrived while the rest is still being written here, many rows of a
 * page at a time. It would insert them one by one if a column were left out whose default is
 * volatile (copyfrom.c, {@code volatile_defexprs}): {@code run_at} is, so its value is sent. It
 * stays the database's time, asked for just before.
 *
 * <p>Not for a caller's transaction, which a refusal would spoil.
 */
final class CopyStatement {
  private static final List<Field<?>> COLUMNS =
      List.of(Sql.ID, Sql.QUEUE, Sql.TYPE, Sql.PAYLOAD, Sql.PRIORITY, Sql.MAX_ATTEMPTS, Sql.RUN_AT);

  private final String clock;
  private final String copy;

  CopyStatement(Sql sql) {
    clock = sql.render(select(CLOCK));
    copy = sql.render(sql.copyIntoTasks(COLUMNS));
  }

  List<String> sql() {
    return List.of(clock, copy);
  }

  /** Whether the driver can be reached: some wrappers of connections hide it. */
  static boolean isPossible(Connection connection) throws SQLException {
    return connection.isWrapperFor(PGConnection.class);
  }

  /** Whether COPY is refused where an INSERT may not be: row-level security is on for this role. */
  static boolean isUnsupported(SQLException e) {
    return Database.state(e).equals("0A000");
  }

  /** Of how many rows the server says that it inserted them. */
  long run(Connection connection, List<NewTask> tasks) throws SQLException {
    Instant now = now(connection);
    try {
      return copy(connection.unwrap(PGConnection.class), tasks, now);
    } catch (SQLException e) {
      if (Database.isLost(e)) {
        abandon(connection, e);
      }
      throw e;
    }
  }

  /** The driver leaves it open, and an answer that comes late would be taken for the next one. */
  private static void abandon(Connection connection, SQLException failure) {
    try {
      connection.abort(Runnable::run);
    } catch (SQLException e) {
      failure.addSuppressed(e);
    }
  }

  private Instant now(Connection connection) throws SQLException {
    try (PreparedStatement statement = Bind.planned(connection, clock);
        ResultSet row = statement.executeQuery()) {
      row.next();
      return row.getObject(1, OffsetDateTime.class).toInstant();
    }
  }

  private long copy(PGConnection connection, List<NewTask> tasks, Instant now) throws SQLException {
    CopyIn copying = connection.getCopyAPI().copyIn(copy);
    try {
      CopyRows rows = new CopyRows(copying);
      for (NewTask task : tasks) {
        rows.begin(COLUMNS.size())
            .add(task.id())
            .add(task.queue())
            .add(task.type())
            .addJsonb(task.payload())
            .add((short) task.priority().rank())
            .add(task.maxAttempts())
            .add(task.runAt().orElseGet(() -> now.plus(task.delay())));
      }
      rows.end();
      return copying.endCopy();
    } finally {
      if (copying.isActive()) {
        copying.cancelCopy();
      }
    }
  }
}
