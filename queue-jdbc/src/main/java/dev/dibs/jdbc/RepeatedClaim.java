package dev.dibs.jdbc;

import static dev.dibs.jdbc.Sql.CLOCK;
import static dev.dibs.jdbc.Sql.ID;
import static dev.dibs.jdbc.Sql.LEASE_UNTIL;
import static dev.dibs.jdbc.Sql.LIVE;
import static dev.dibs.jdbc.Sql.QUEUE;
import static dev.dibs.jdbc.Sql.STATUS;
import static dev.dibs.jdbc.Sql.TOKEN;
import static dev.dibs.jdbc.Sql.TYPE;
import static dev.dibs.jdbc.Sql.param;
import static dev.dibs.jdbc.Sql.text;
import static dev.dibs.jdbc.Sql.unnest;
import static org.jooq.impl.DSL.any;
import static org.jooq.impl.DSL.array;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.table;
import static org.jooq.impl.DSL.with;

import dev.dibs.ClaimRequest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Field;
import org.jooq.Record1;
import org.jooq.Select;
import org.jooq.impl.SQLDataType;

/**
 * What an earlier claim took whose answer was lost: found by its token, with the lease begun anew.
 * Reads the live tasks of the types one by one, for no index knows tokens; it is made after a lost
 * connection only.
 */
final class RepeatedClaim {
  private static final Field<String> QUEUE_NAME = text("queue");
  private static final Field<String[]> TYPES = param("types", SQLDataType.CLOB.array());

  private final String sql;

  RepeatedClaim(Sql sql) {
    CommonTableExpression<?> held =
        name("held")
            .asMaterialized(
                select(ID)
                    .from(sql.tasks())
                    .where(LIVE)
                    .and(Sql.hash(QUEUE).eq(Sql.hash(QUEUE_NAME)))
                    .and(Sql.hash(TYPE).eq(any(array(hashes()))))
                    .and(QUEUE.eq(QUEUE_NAME))
                    .and(TYPE.eq(any(TYPES)))
                    .and(TOKEN.eq(param("token", SQLDataType.UUID)))
                    .and(STATUS.eq(inline("processing")))
                    .orderBy(ID)
                    .forNoKeyUpdate()
                    .skipLocked());
    this.sql =
        sql.render(
            with(held)
                .update(sql.tasks())
                .set(LEASE_UNTIL, CLOCK.add(Sql.micros(param("lease", SQLDataType.BIGINT))))
                .where(Sql.idIn(select(field(name("id"), UUID.class)).from(table(name("held")))))
                .returningResult(TaskRow.COLUMNS));
  }

  private static Select<Record1<Integer>> hashes() {
    return select(Sql.hash(field(name("w", "type"), String.class)))
        .from(unnest(TYPES).as("w", "type"));
  }

  String sql() {
    return sql;
  }

  /** In no order. */
  List<TaskRow> run(Connection connection, ClaimRequest request, UUID token) throws SQLException {
    try (PreparedStatement statement = Bind.planned(connection, sql)) {
      Bind.to(statement)
          .value(request.queue())
          .array("text", request.types().toArray())
          .value(request.queue())
          .array("text", request.types().toArray())
          .value(token)
          .value(Bind.micros(request.lease()));
      List<TaskRow> rows = new ArrayList<>();
      TaskRow.Times times = new TaskRow.Times();
      try (ResultSet result = statement.executeQuery()) {
        while (result.next()) {
          rows.add(TaskRow.read(result, times));
        }
      }
      return rows;
    }
  }
}
