package dev.dibs.jdbc;

import static dev.dibs.jdbc.Sql.ALONE;
import static dev.dibs.jdbc.Sql.ATTEMPT;
import static dev.dibs.jdbc.Sql.CANCEL_REQUESTED;
import static dev.dibs.jdbc.Sql.CLOCK;
import static dev.dibs.jdbc.Sql.COMPLETED_AT;
import static dev.dibs.jdbc.Sql.DEAD;
import static dev.dibs.jdbc.Sql.ERROR;
import static dev.dibs.jdbc.Sql.EXPIRIES;
import static dev.dibs.jdbc.Sql.ID;
import static dev.dibs.jdbc.Sql.LEASE_UNTIL;
import static dev.dibs.jdbc.Sql.LIVE;
import static dev.dibs.jdbc.Sql.PROGRESS;
import static dev.dibs.jdbc.Sql.QUEUE;
import static dev.dibs.jdbc.Sql.RUN_AT;
import static dev.dibs.jdbc.Sql.STARTED_AT;
import static dev.dibs.jdbc.Sql.STATUS;
import static dev.dibs.jdbc.Sql.TOKEN;
import static dev.dibs.jdbc.Sql.TYPE;
import static dev.dibs.jdbc.Sql.UNIQUE_KEY;
import static dev.dibs.jdbc.Sql.UNIQUE_WINDOW;
import static dev.dibs.jdbc.Sql.param;
import static dev.dibs.jdbc.Sql.text;
import static org.jooq.impl.DSL.any;
import static org.jooq.impl.DSL.condition;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.not;
import static org.jooq.impl.DSL.position;
import static org.jooq.impl.DSL.rowNumber;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.table;
import static org.jooq.impl.DSL.update;
import static org.jooq.impl.DSL.with;

import dev.dibs.FailedFilter;
import dev.dibs.Redriven;
import dev.dibs.Task;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.DataType;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Record1;
import org.jooq.Select;
import org.jooq.SelectField;
import org.jooq.SelectForUpdateStep;
import org.jooq.Table;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/**
 * The statements on failed tasks: all take the same filter and the oldest failures first, read in
 * the order of the index that holds just them. A failure by hand that has no time comes last.
 *
 * <p><b>Locks.</b> Rows are locked before the first is written, and one that somebody else holds is
 * passed over. What a redrive may wait for is another transaction that is about to make a live task
 * with the same unique key.
 */
final class FailedStatements {
  private static final Field<OffsetDateTime> NOW = field(name("now"), OffsetDateTime.class);
  private static final Field<UUID> ANY_ID = field(name("id"), UUID.class);

  private final String failed;
  private final String redrive;
  private final String prune;

  FailedStatements(Sql sql) {
    failed = sql.render(meant(sql, TaskRow.COLUMNS));
    redrive = redrive(sql);
    CommonTableExpression<?> picked =
        name("picked").asMaterialized(meant(sql, List.of(ID)).forUpdate().skipLocked());
    prune =
        sql.render(
            with(picked)
                .delete(sql.tasks())
                .where(Sql.idIn(select(ANY_ID).from(table(name("picked")))))
                .returningResult(ID));
  }

  private static SelectForUpdateStep<Record> meant(
      Sql sql, List<? extends SelectField<?>> columns) {
    Field<UUID[]> ids = param("ids", SQLDataType.UUID.array());
    return select(columns)
        .from(sql.tasks())
        .where(DEAD)
        .and(Sql.cardinality(ids).eq(inline(0)).or(ID.eq(any(ids))))
        .and(ifGiven("queue", SQLDataType.CLOB, QUEUE.eq(text("queue"))))
        .and(ifGiven("type", SQLDataType.CLOB, TYPE.eq(text("type"))))
        .and(ifGiven("text", SQLDataType.CLOB, position(ERROR, text("text")).gt(inline(0))))
        .and(
            ifGiven(
                "before",
                SQLDataType.TIMESTAMPWITHTIMEZONE,
                Sql.endedAt().lt(param("before", SQLDataType.TIMESTAMPWITHTIMEZONE))))
        .orderBy(COMPLETED_AT, ID)
        .limit(param("limit", SQLDataType.INTEGER));
  }

  /** The planner knows the value and leaves out what does not apply. */
  private static Condition ifGiven(String name, DataType<?> type, Condition condition) {
    return param(name, type).cast(type).isNull().or(condition);
  }

  private static String redrive(Sql sql) {
    CommonTableExpression<?> clock = name("clock").asMaterialized(select(CLOCK.as(NOW)));
    Condition keyed = UNIQUE_KEY.isNotNull().and(UNIQUE_WINDOW.isNull());
    CommonTableExpression<?> picked =
        name("picked")
            .asMaterialized(
                meant(sql, List.of(ID, TYPE, UNIQUE_KEY, COMPLETED_AT, field(keyed).as("keyed")))
                    .forNoKeyUpdate()
                    .skipLocked());
    CommonTableExpression<?> ranked = name("ranked").asMaterialized(ranked(sql, keyed));
    Field<Boolean> taken = field(name("r", "taken"), Boolean.class);
    Field<UUID> id = field(name("r", "id"), UUID.class);
    Table<Record> r = table(name("ranked")).as("r");
    Select<Record1<UUID>> free = select(id).from(r).where(not(condition(taken)));
    CommonTableExpression<?> redriven =
        name("redriven")
            .as(update(sql.tasks()).set(newStart()).where(Sql.idIn(free)).returningResult(ID));
    return sql.render(
        with(clock, picked, ranked, redriven)
            .select(id, taken)
            .from(r)
            .where(condition(taken).or(id.in(select(ANY_ID).from(table(name("redriven"))))))
            .orderBy(field(name("r", "place"))));
  }

  /** What is picked in its order, and of each whether another task has its key or will have it. */
  private static Select<?> ranked(Sql sql, Condition keyed) {
    Field<UUID> id = field(name("p", "id"), UUID.class);
    Field<String> type = field(name("p", "type"), String.class);
    Field<String> key = field(name("p", "unique_key"), String.class);
    Field<Boolean> hasKey = field(name("p", "keyed"), Boolean.class);
    Field<OffsetDateTime> at = field(name("p", "completed_at"), OffsetDateTime.class);
    // Not EXISTS: of that the planner may make one scan of all live tasks.
    Field<Boolean> holder =
        field(
            select(inline(true))
                .from(sql.tasks())
                .where(LIVE)
                .and(keyed)
                .and(TYPE.eq(type))
                .and(UNIQUE_KEY.eq(key))
                .limit(inline(1)));
    Field<Integer> amongItsKey = rowNumber().over().partitionBy(hasKey, type, key).orderBy(at, id);
    return select(
            id,
            rowNumber().over().orderBy(at, id).as("place"),
            field(condition(hasKey).and(amongItsKey.gt(inline(1)).or(holder.isNotNull())))
                .as("taken"))
        .from(table(name("picked")).as("p"));
  }

  private static Map<Field<?>, Object> newStart() {
    Map<Field<?>, Object> changes = new LinkedHashMap<>();
    changes.put(STATUS, inline("pending"));
    changes.put(ATTEMPT, inline(0));
    changes.put(RUN_AT, field(select(NOW).from(table(name("clock")))));
    changes.put(STARTED_AT, inline((String) null));
    changes.put(COMPLETED_AT, inline((String) null));
    changes.put(TOKEN, inline((String) null));
    changes.put(LEASE_UNTIL, inline((String) null));
    changes.put(EXPIRIES, inline(0));
    changes.put(ALONE, inline(false));
    changes.put(CANCEL_REQUESTED, inline(false));
    changes.put(PROGRESS, inline((String) null));
    return changes;
  }

  List<String> sql() {
    return List.of(failed, redrive, prune);
  }

  /** The tasks meant, the oldest failure first. */
  List<Task> failed(Connection connection, FailedFilter filter) throws SQLException {
    return run(connection, failed, filter, rows -> TaskRow.read(rows).task());
  }

  /** Gives those a new start whose key nobody has. */
  Redriven redrive(Connection connection, FailedFilter filter) throws SQLException {
    List<UUID> redriven = new ArrayList<>();
    List<UUID> keyTaken = new ArrayList<>();
    run(
        connection,
        redrive,
        filter,
        rows -> (rows.getBoolean(2) ? keyTaken : redriven).add(rows.getObject(1, UUID.class)));
    return new Redriven(redriven, keyTaken);
  }

  /** Deletes them. */
  List<UUID> prune(Connection connection, FailedFilter filter) throws SQLException {
    return run(connection, prune, filter, rows -> rows.getObject(1, UUID.class));
  }

  @FunctionalInterface
  private interface Reader<T> {
    T read(ResultSet row) throws SQLException;
  }

  private static <T> List<T> run(
      Connection connection, String sql, FailedFilter filter, Reader<T> reader)
      throws SQLException {
    try (PreparedStatement statement = Bind.planned(connection, sql)) {
      Bind bind = Bind.to(statement).uuids(filter.ids()).uuids(filter.ids());
      twice(bind, filter.queue().orElse(null));
      twice(bind, filter.type().orElse(null));
      twice(bind, filter.errorContains().orElse(null));
      twice(bind, filter.before().map(FailedStatements::roundedUp).orElse(null));
      bind.value(filter.limit());
      List<T> result = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          result.add(reader.read(rows));
        }
      }
      return result;
    }
  }

  private static void twice(Bind bind, @Nullable Object value) throws SQLException {
    bind.value(value).value(value);
  }

  /** To PostgreSQL's resolution; what ended before the instant ended before this. */
  private static OffsetDateTime roundedUp(Instant instant) {
    return instant.plusNanos(999).truncatedTo(ChronoUnit.MICROS).atOffset(ZoneOffset.UTC);
  }
}
