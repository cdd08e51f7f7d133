package dev.dibs.jdbc;

import static dev.dibs.jdbc.Sql.CLOCK;
import static dev.dibs.jdbc.Sql.DEAD;
import static dev.dibs.jdbc.Sql.LIVE;
import static dev.dibs.jdbc.Sql.QUEUE;
import static dev.dibs.jdbc.Sql.RUN_AT;
import static dev.dibs.jdbc.Sql.STATUS;
import static dev.dibs.jdbc.Sql.TYPE;
import static org.jooq.impl.DSL.count;
import static org.jooq.impl.DSL.exists;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.min;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectOne;
import static org.jooq.impl.DSL.sum;
import static org.jooq.impl.DSL.table;
import static org.jooq.impl.DSL.with;

import dev.dibs.TypeStats;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Select;
import org.jooq.Table;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/**
 * How the types stand. Live and failed tasks are counted apart, each through the index that holds
 * just them; with one condition for both the planner may rather read the whole table.
 */
final class StatsStatement {
  private static final Field<OffsetDateTime> NOW = field(name("now"), OffsetDateTime.class);
  private static final Field<String> S_QUEUE = field(name("s", "queue"), String.class);
  private static final Field<String> S_TYPE = field(name("s", "type"), String.class);

  private final String sql;

  StatsStatement(Sql sql) {
    CommonTableExpression<?> clock = name("clock").asMaterialized(select(CLOCK.as(NOW)));
    Table<?> counted = live(sql).unionAll(failed(sql)).asTable("s");
    this.sql =
        sql.render(
            with(clock)
                .select(
                    S_QUEUE,
                    S_TYPE,
                    total("ready"),
                    total("scheduled"),
                    total("processing"),
                    total("expired"),
                    total("failed"),
                    min(field(name("s", "oldest"), OffsetDateTime.class)),
                    now(),
                    field(exists(pause(sql))))
                .from(counted)
                .groupBy(S_QUEUE, S_TYPE)
                .orderBy(S_QUEUE, S_TYPE));
  }

  private static Select<Record> live(Sql sql) {
    Condition pending = STATUS.eq(inline("pending"));
    Condition ready = pending.and(RUN_AT.le(now()));
    Condition processing = STATUS.eq(inline("processing"));
    List<Field<?>> columns =
        List.of(
            QUEUE,
            TYPE,
            count().filterWhere(ready).as("ready"),
            count().filterWhere(pending.and(RUN_AT.gt(now()))).as("scheduled"),
            count().filterWhere(processing).as("processing"),
            count().filterWhere(processing.and(Sql.leaseEnd().lt(now()))).as("expired"),
            inline(0).as("failed"),
            min(RUN_AT).filterWhere(ready).as("oldest"));
    return select(columns).from(sql.tasks()).where(LIVE).groupBy(QUEUE, TYPE);
  }

  private static Select<Record> failed(Sql sql) {
    List<Field<?>> columns =
        List.of(
            QUEUE,
            TYPE,
            inline(0),
            inline(0),
            inline(0),
            inline(0),
            count(),
            inline((OffsetDateTime) null).cast(SQLDataType.TIMESTAMPWITHTIMEZONE));
    return select(columns).from(sql.tasks()).where(DEAD).groupBy(QUEUE, TYPE);
  }

  private static Select<?> pause(Sql sql) {
    Field<String> kind = field(name("p", "kind"), String.class);
    Field<String> paused = field(name("p", "name"), String.class);
    return selectOne()
        .from(sql.table("dibs_pauses", "p"))
        .where(kind.eq(inline("queue")).and(paused.eq(S_QUEUE)))
        .or(kind.eq(inline("type")).and(paused.eq(S_TYPE)));
  }

  private static Field<?> total(String count) {
    return sum(field(name("s", count), Long.class));
  }

  private static Field<OffsetDateTime> now() {
    return field(select(NOW).from(table(name("clock"))));
  }

  String sql() {
    return sql;
  }

  List<TypeStats> run(Connection connection) throws SQLException {
    List<TypeStats> stats = new ArrayList<>();
    try (PreparedStatement statement = Bind.planned(connection, sql);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        @Nullable OffsetDateTime oldest = rows.getObject(8, OffsetDateTime.class);
        OffsetDateTime now = rows.getObject(9, OffsetDateTime.class);
        stats.add(
            new TypeStats(
                rows.getString(1),
                rows.getString(2),
                rows.getLong(3),
                rows.getLong(4),
                rows.getLong(5),
                rows.getLong(6),
                rows.getLong(7),
                Optional.ofNullable(oldest).map(time -> Duration.between(time, now)),
                rows.getBoolean(10)));
      }
    }
    return stats;
  }
}
