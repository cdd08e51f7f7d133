package dev.dibs.jdbc;

import static dev.dibs.jdbc.Sql.ALONE;
import static dev.dibs.jdbc.Sql.ATTEMPT;
import static dev.dibs.jdbc.Sql.CANCEL_REQUESTED;
import static dev.dibs.jdbc.Sql.CLOCK;
import static dev.dibs.jdbc.Sql.COMPLETED_AT;
import static dev.dibs.jdbc.Sql.CTID;
import static dev.dibs.jdbc.Sql.ERROR;
import static dev.dibs.jdbc.Sql.ERRORS;
import static dev.dibs.jdbc.Sql.EXPIRIES;
import static dev.dibs.jdbc.Sql.ID;
import static dev.dibs.jdbc.Sql.LEASE_UNTIL;
import static dev.dibs.jdbc.Sql.PROGRESS;
import static dev.dibs.jdbc.Sql.RESULT;
import static dev.dibs.jdbc.Sql.RUN_AT;
import static dev.dibs.jdbc.Sql.STATUS;
import static dev.dibs.jdbc.Sql.TOKEN;
import static dev.dibs.jdbc.Sql.UNIQUE_WINDOW;
import static dev.dibs.jdbc.Sql.param;
import static dev.dibs.jdbc.Sql.unnestNumbered;
import static org.jooq.impl.DSL.condition;
import static org.jooq.impl.DSL.deleteFrom;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.greatest;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.lateral;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.not;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.table;
import static org.jooq.impl.DSL.update;
import static org.jooq.impl.DSL.when;
import static org.jooq.impl.DSL.with;

import dev.dibs.Status;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Select;
import org.jooq.SelectField;
import org.jooq.SelectForUpdateOfStep;
import org.jooq.SelectForUpdateStep;
import org.jooq.Table;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/**
 * A write on many claimed tasks, each fenced by its claim's token; one instance for each verb.
 *
 * <p><b>Fence.</b> A row is written only while {@code token} is the claim's and {@code status} is
 * processing, and both are checked under the row's lock. A task that somebody asked to cancel is
 * not put back: what would do so ends it as cancelled.
 *
 * <p><b>Locks.</b> All rows are locked in the order of their ids before the first is written, so
 * that two such statements, in whatever order their tasks were given, never wait for each other in
 * a circle. The batch form skips a row that somebody else has locked: one transaction that holds
 * its row open must not keep the others from their leases. The single form waits. A deletion takes
 * the stronger lock that it needs at once: somebody's foreign key may hold the weaker one.
 *
 * <p><b>Plans.</b> Each row is looked for by its id in a subquery of its own, which locks it and so
 * cannot become a join; then it is written where it lies (ctid). Statistics that know of nothing
 * that is processing would have every given task compared with every row. The planner is not shown
 * how many tasks are given: it takes ten of an unknown array, and for these it fetches rows by
 * their places; for 500 it would rather read a table of some ten thousand rows.
 */
final class FencedUpdate {
  /** What to write for one claim; a verb that has no use for a value ignores it. */
  record Row(Fence fence, @Nullable Long micros, @Nullable String text) {}

  private static final Field<Long> MICROS = field(name("l", "micros"), Long.class);
  private static final Field<String> NEW_TEXT = field(name("l", "text"), String.class);
  private static final Condition CANCELLED = condition(CANCEL_REQUESTED);
  private static final Table<Record> LOCKED = table(name("locked")).as("l");
  private static final Field<Object> LOCKED_PLACE = field(name("l", "ctid"), Object.class);
  private static final Field<Long> NUMBER = field(name("l", "number"), Long.class);

  private final String skipping;
  private final String waiting;

  /**
   * @param open what must hold of the row besides the fence
   */
  private FencedUpdate(Sql sql, Map<Field<?>, Object> changes, Condition open) {
    this(render(sql, changes, open, true), render(sql, changes, open, false));
  }

  private FencedUpdate(String skipping, String waiting) {
    this.skipping = skipping;
    this.waiting = waiting;
  }

  /** The task is done. */
  static FencedUpdate complete(Sql sql) {
    return new FencedUpdate(sql, completedWithResult(), noCondition());
  }

  /** The task is done and gone, unless it must keep others of its unique window out. */
  static FencedUpdate completeAndDelete(Sql sql) {
    return new FencedUpdate(renderDeletion(sql, true), renderDeletion(sql, false));
  }

  private static Map<Field<?>, Object> completedWithResult() {
    Map<Field<?>, Object> changes = completed();
    changes.put(RESULT, NEW_TEXT.cast(SQLDataType.JSONB));
    return changes;
  }

  /** What a completion writes if it leaves no result. */
  static Map<Field<?>, Object> completed() {
    Map<Field<?>, Object> changes = ended("completed");
    changes.put(ERROR, inline((String) null));
    changes.put(RESULT, inline((String) null));
    return changes;
  }

  /** The task is failed for good, with an error. */
  static FencedUpdate fail(Sql sql) {
    Map<Field<?>, Object> changes = ended("failed");
    changes.put(STATUS, cancelledOr("failed"));
    changes.put(ERROR, NEW_TEXT);
    changes.put(ERRORS, sql.withError(NEW_TEXT));
    return new FencedUpdate(sql, changes, noCondition());
  }

  /** The task waits for its next attempt, with an error. Its worker lived, so it is no suspect. */
  static FencedUpdate retry(Sql sql) {
    Map<Field<?>, Object> changes = new LinkedHashMap<>();
    changes.put(STATUS, cancelledOr("pending"));
    changes.put(RUN_AT, when(CANCELLED, RUN_AT).otherwise(later()));
    changes.put(COMPLETED_AT, when(CANCELLED, CLOCK));
    changes.put(ERROR, NEW_TEXT);
    changes.put(ERRORS, sql.withError(NEW_TEXT));
    changes.put(LEASE_UNTIL, inline((String) null));
    changes.put(EXPIRIES, inline(0));
    changes.put(ALONE, inline(false));
    return new FencedUpdate(sql, changes, noCondition());
  }

  /** The task goes back without counting the attempt, to its old place or to a later one. */
  static FencedUpdate release(Sql sql) {
    Map<Field<?>, Object> changes = new LinkedHashMap<>();
    changes.put(STATUS, cancelledOr("pending"));
    changes.put(COMPLETED_AT, when(CANCELLED, CLOCK));
    changes.put(ATTEMPT, greatest(ATTEMPT.minus(inline(1)), inline(0)));
    changes.put(RUN_AT, when(MICROS.gt(inline(0L)).and(not(CANCELLED)), later()).otherwise(RUN_AT));
    changes.put(LEASE_UNTIL, inline((String) null));
    // Only a handler that ran puts its task off: it did not kill its worker.
    changes.put(EXPIRIES, when(MICROS.gt(inline(0L)), inline(0)).otherwise(EXPIRIES));
    return new FencedUpdate(sql, changes, noCondition());
  }

  /** The lease ends later. Not for a task to be cancelled: so its worker learns of it. */
  static FencedUpdate extend(Sql sql) {
    return new FencedUpdate(sql, Map.of(LEASE_UNTIL, later()), not(CANCELLED));
  }

  /** The attempt says how far it is. Not for a task to be cancelled. */
  static FencedUpdate progress(Sql sql) {
    return new FencedUpdate(
        sql, Map.of(PROGRESS, NEW_TEXT.cast(SQLDataType.JSONB)), not(CANCELLED));
  }

  private static Field<OffsetDateTime> later() {
    return CLOCK.add(Sql.micros(MICROS));
  }

  /** A task that somebody asked to cancel is not tried again. */
  private static Field<String> cancelledOr(String status) {
    return when(CANCELLED, inline("cancelled")).otherwise(inline(status));
  }

  private static Map<Field<?>, Object> ended(String status) {
    Map<Field<?>, Object> changes = new LinkedHashMap<>();
    changes.put(STATUS, inline(status));
    changes.put(COMPLETED_AT, CLOCK);
    changes.put(LEASE_UNTIL, inline((String) null));
    return changes;
  }

  private static String render(
      Sql sql, Map<Field<?>, Object> changes, Condition open, boolean skipLocked) {
    return sql.render(
        with(locked(sql, open, SelectForUpdateStep::forNoKeyUpdate, skipLocked))
            .update(sql.tasks())
            .set(changes)
            .from(LOCKED)
            .where(CTID.eq(LOCKED_PLACE))
            .returningResult(NUMBER, STATUS));
  }

  /** Whether it keeps no others of its unique window out any more. */
  static Condition deletable() {
    return UNIQUE_WINDOW.isNull().or(Sql.windowEnd().lt(CLOCK));
  }

  private static String renderDeletion(Sql sql, boolean skipLocked) {
    CommonTableExpression<?> locked =
        locked(
            sql,
            noCondition(),
            SelectForUpdateStep::forUpdate,
            skipLocked,
            field(deletable()).as("deletable"));
    Condition deletable = condition(field(name("l", "deletable"), Boolean.class));
    CommonTableExpression<?> kept =
        name("kept")
            .as(
                update(sql.tasks())
                    .set(completedWithResult())
                    .from(LOCKED)
                    .where(CTID.eq(LOCKED_PLACE))
                    .and(not(deletable))
                    .returningResult(NUMBER));
    CommonTableExpression<?> deleted =
        name("deleted")
            .as(
                deleteFrom(sql.tasks())
                    .using(LOCKED)
                    .where(CTID.eq(LOCKED_PLACE))
                    .and(deletable)
                    .returningResult(NUMBER));
    Field<Long> number = field(name("number"), Long.class);
    Field<String> status = inline("completed");
    return sql.render(
        with(locked, kept, deleted)
            .select(number, status)
            .from(table(name("kept")))
            .unionAll(select(number, status).from(table(name("deleted")))));
  }

  /**
   * The rows that the fence lets through, locked one by one in the order of their ids.
   *
   * @param strength which lock
   * @param more what is wanted of the row besides its place
   */
  private static CommonTableExpression<?> locked(
      Sql sql,
      Condition open,
      Function<SelectForUpdateStep<?>, SelectForUpdateOfStep<?>> strength,
      boolean skipLocked,
      SelectField<?>... more) {
    Table<?> given =
        select()
            .from(
                unnestNumbered(
                        unknown(param("ids", SQLDataType.UUID.array())),
                        unknown(param("tokens", SQLDataType.UUID.array())),
                        unknown(param("micros", SQLDataType.BIGINT.array())),
                        unknown(param("texts", SQLDataType.CLOB.array())))
                    .as("u", "id", "token", "micros", "text", "number"))
            .orderBy(field(name("u", "id")))
            .asTable("g");
    SelectForUpdateOfStep<?> locking =
        strength.apply(
            select(CTID)
                .select(more)
                .from(sql.tasks())
                .where(ID.eq(field(name("g", "id"), UUID.class)))
                .and(TOKEN.eq(field(name("g", "token"), UUID.class)))
                .and(STATUS.eq(inline("processing")))
                .and(open));
    Select<?> row = skipLocked ? locking.skipLocked() : locking;
    return name("locked")
        .asMaterialized(
            select(
                    table(name("r")).asterisk(),
                    field(name("g", "micros"), Long.class),
                    field(name("g", "text"), String.class),
                    field(name("g", "number"), Long.class))
                .from(given, lateral(row).as("r")));
  }

  /** So that the planner knows nothing of it but what it is. */
  private static <T> Field<T> unknown(Field<T> value) {
    return field(select(value));
  }

  List<String> sql() {
    return List.of(skipping, waiting);
  }

  /**
   * Writes what the fence lets through.
   *
   * @param wait whether to wait for rows that are locked, rather than to leave them out
   * @return for each of the given its status now, null if it was not written
   */
  @Nullable Status[] run(Connection connection, List<Row> rows, boolean wait) throws SQLException {
    try (PreparedStatement statement = Bind.planned(connection, wait ? waiting : skipping)) {
      Bind.to(statement)
          .uuids(rows.stream().map(row -> row.fence().id()).toList())
          .uuids(rows.stream().map(row -> row.fence().token()).toList())
          .plainArray(rows.stream().map(Row::micros).toArray())
          .array("text", rows.stream().map(Row::text).toArray());
      @Nullable Status[] written = new Status[rows.size()];
      try (ResultSet result = statement.executeQuery()) {
        while (result.next()) {
          written[result.getInt(1) - 1] = Status.of(result.getString(2));
        }
      }
      return written;
    }
  }
}
