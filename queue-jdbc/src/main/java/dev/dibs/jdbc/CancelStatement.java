package dev.dibs.jdbc;

import static dev.dibs.jdbc.Sql.CANCEL_REQUESTED;
import static dev.dibs.jdbc.Sql.CLOCK;
import static dev.dibs.jdbc.Sql.COMPLETED_AT;
import static dev.dibs.jdbc.Sql.ID;
import static dev.dibs.jdbc.Sql.LEASE_UNTIL;
import static dev.dibs.jdbc.Sql.STATUS;
import static dev.dibs.jdbc.Sql.param;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.not;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.update;
import static org.jooq.impl.DSL.when;

import dev.dibs.Status;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.impl.SQLDataType;

/** Calls a task off: at once while it waits, by asking while somebody works on it. */
final class CancelStatement {
  private final String cancel;
  private final String status;

  CancelStatement(Sql sql) {
    Condition pending = STATUS.eq(inline("pending"));
    cancel =
        sql.render(
            update(sql.tasks())
                .set(STATUS, when(pending, inline("cancelled")).otherwise(STATUS))
                .set(COMPLETED_AT, when(pending, CLOCK).otherwise(COMPLETED_AT))
                .set(LEASE_UNTIL, when(not(pending), LEASE_UNTIL))
                .set(CANCEL_REQUESTED, inline(true))
                .where(ID.eq(param("id", SQLDataType.UUID)))
                .and(STATUS.in(inline("pending"), inline("processing")))
                .returningResult(STATUS));
    status =
        sql.render(select(STATUS).from(sql.tasks()).where(ID.eq(param("id", SQLDataType.UUID))));
  }

  List<String> sql() {
    return List.of(cancel, status);
  }

  /** Where the task stands now; empty if there is none. */
  Optional<Status> run(Connection connection, UUID id) throws SQLException {
    Optional<Status> now = run(connection, cancel, id);
    return now.isPresent() ? now : run(connection, status, id);
  }

  private static Optional<Status> run(Connection connection, String sql, UUID id)
      throws SQLException {
    try (PreparedStatement statement = Bind.planned(connection, sql)) {
      Bind.to(statement).value(id);
      try (ResultSet rows = statement.executeQuery()) {
        return rows.next() ? Optional.of(Status.of(rows.getString(1))) : Optional.empty();
      }
    }
  }
}
