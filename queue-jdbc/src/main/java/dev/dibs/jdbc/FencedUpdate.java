package dev.dibs.jdbc;

import static dev.dibs.jdbc.Sql.ALONE;
import static dev.dibs.jdbc.Sql.ATTEMPT;
import static dev.dibs.jdbc.Sql.CLOCK;
import static dev.dibs.jdbc.Sql.COMPLETED_AT;
import static dev.dibs.jdbc.Sql.ERROR;
import static dev.dibs.jdbc.Sql.EXPIRIES;
import static dev.dibs.jdbc.Sql.ID;
import static dev.dibs.jdbc.Sql.LEASE_UNTIL;
import static dev.dibs.jdbc.Sql.RUN_AT;
import static dev.dibs.jdbc.Sql.STATUS;
import static dev.dibs.jdbc.Sql.TOKEN;
import static dev.dibs.jdbc.Sql.param;
import static dev.dibs.jdbc.Sql.unnest;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.greatest;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.table;
import static org.jooq.impl.DSL.when;
import static org.jooq.impl.DSL.with;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Record1;
import org.jooq.Select;
import org.jooq.SelectForUpdateOfStep;
import org.jooq.Table;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/**
 * A write on many claimed tasks, each fenced by its claim's token; one instance for each verb.
 *
 * <p><b>Fence.</b> A row is written only while {@code token} is the claim's and {@code status} is
 * processing, and both are checked under the row's lock.
 *
 * <p><b>Locks.</b> All rows are locked in the order of their ids before the first is written, so
 * that two such statements, in whatever order their tasks were given, never wait for each other in
 * a circle. The batch form skips a row that somebody else has locked: one transaction that holds
 * its row open must not keep the others from their leases. The single form waits.
 */
final class FencedUpdate {
  /** What to write for one claim; a verb that has no use for a value ignores it. */
  record Row(Fence fence, @Nullable Long micros, @Nullable String error) {}

  private static final Field<Long> MICROS = field(name("l", "micros"), Long.class);
  private static final Field<String> NEW_ERROR = field(name("l", "error"), String.class);

  private final String skipping;
  private final String waiting;

  private FencedUpdate(Sql sql, Map<Field<?>, Object> changes) {
    skipping = render(sql, changes, true);
    waiting = render(sql, changes, false);
  }

  /** The task is done. */
  static FencedUpdate complete(Sql sql) {
    Map<Field<?>, Object> changes = ended("completed");
    changes.put(ERROR, inline((String) null));
    return new FencedUpdate(sql, changes);
  }

  /** The task is failed for good, with an error. */
  static FencedUpdate fail(Sql sql) {
    Map<Field<?>, Object> changes = ended("failed");
    changes.put(ERROR, NEW_ERROR);
    return new FencedUpdate(sql, changes);
  }

  /** The task waits for its next attempt, with an error. Its worker lived, so it is no suspect. */
  static FencedUpdate retry(Sql sql) {
    Map<Field<?>, Object> changes = new LinkedHashMap<>();
    changes.put(STATUS, inline("pending"));
    changes.put(RUN_AT, CLOCK.add(Sql.micros(MICROS)));
    changes.put(ERROR, NEW_ERROR);
    changes.put(LEASE_UNTIL, inline((String) null));
    changes.put(EXPIRIES, inline(0));
    changes.put(ALONE, inline(false));
    return new FencedUpdate(sql, changes);
  }

  /** The task goes back without counting the attempt, to its old place or to a later one. */
  static FencedUpdate release(Sql sql) {
    Map<Field<?>, Object> changes = new LinkedHashMap<>();
    changes.put(STATUS, inline("pending"));
    changes.put(ATTEMPT, greatest(ATTEMPT.minus(inline(1)), inline(0)));
    changes.put(
        RUN_AT, when(MICROS.gt(inline(0L)), CLOCK.add(Sql.micros(MICROS))).otherwise(RUN_AT));
    changes.put(LEASE_UNTIL, inline((String) null));
    // Only a handler that ran puts its task off: it did not kill its worker.
    changes.put(EXPIRIES, when(MICROS.gt(inline(0L)), inline(0)).otherwise(EXPIRIES));
    return new FencedUpdate(sql, changes);
  }

  /** The lease ends later. */
  static FencedUpdate extend(Sql sql) {
    Map<Field<?>, Object> changes = new LinkedHashMap<>();
    changes.put(LEASE_UNTIL, CLOCK.add(Sql.micros(MICROS)));
    return new FencedUpdate(sql, changes);
  }

  private static Map<Field<?>, Object> ended(String status) {
    Map<Field<?>, Object> changes = new LinkedHashMap<>();
    changes.put(STATUS, inline(status));
    changes.put(COMPLETED_AT, CLOCK);
    changes.put(LEASE_UNTIL, inline((String) null));
    return changes;
  }

  private static String render(Sql sql, Map<Field<?>, Object> changes, boolean skipLocked) {
    Field<UUID> givenId = field(name("g", "id"), UUID.class);
    Table<?> given =
        unnest(
                param("ids", SQLDataType.UUID.array()),
                param("tokens", SQLDataType.UUID.array()),
                param("micros", SQLDataType.BIGINT.array()),
                param("errors", SQLDataType.CLOB.array()))
            .as("g", "id", "token", "micros", "error");
    SelectForUpdateOfStep<?> locking =
        select(ID, field(name("g", "micros"), Long.class), field(name("g", "error"), String.class))
            .from(given)
            .join(sql.tasks())
            .on(ID.eq(givenId))
            .and(TOKEN.eq(field(name("g", "token"), UUID.class)))
            .and(STATUS.eq(inline("processing")))
            .orderBy(ID)
            .forNoKeyUpdate();
    Select<?> rows = skipLocked ? locking.of(sql.tasks()).skipLocked() : locking.of(sql.tasks());
    CommonTableExpression<?> locked = name("locked").asMaterialized(rows);
    Table<Record> l = table(name("locked")).as("l");
    Field<UUID> lockedId = field(name("l", "id"), UUID.class);
    Select<Record1<UUID>> ids = select(field(name("id"), UUID.class)).from(table(name("locked")));
    return sql.render(
        with(locked)
            .update(sql.tasks())
            .set(changes)
            .from(l)
            .where(Sql.idIn(ids))
            .and(ID.eq(lockedId))
            .returningResult(ID, TOKEN));
  }

  List<String> sql() {
    return List.of(skipping, waiting);
  }

  /**
   * Writes what the fence lets through.
   *
   * @param wait whether to wait for rows that are locked, rather than to leave them out
   * @return the ids and tokens of the rows that were written
   */
  Set<Fence> run(Connection connection, List<Row> rows, boolean wait) throws SQLException {
    try (PreparedStatement statement = Bind.planned(connection, wait ? waiting : skipping)) {
      Bind.to(statement)
          .array("uuid", rows.stream().map(row -> row.fence().id()).toArray())
          .array("uuid", rows.stream().map(row -> row.fence().token()).toArray())
          .array("int8", rows.stream().map(Row::micros).toArray())
          .array("text", rows.stream().map(Row::error).toArray());
      Set<Fence> written = new HashSet<>();
      try (ResultSet result = statement.executeQuery()) {
        while (result.next()) {
          written.add(new Fence(result.getObject(1, UUID.class), result.getObject(2, UUID.class)));
        }
      }
      return written;
    }
  }
}
