package dev.dibs.jdbc;

import static dev.dibs.jdbc.Sql.CLOCK;
import static dev.dibs.jdbc.Sql.CTID;
import static dev.dibs.jdbc.Sql.STATUS;
import static dev.dibs.jdbc.Sql.UNIQUE_WINDOW;
import static dev.dibs.jdbc.Sql.param;
import static org.jooq.impl.DSL.excluded;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.insertInto;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.table;
import static org.jooq.impl.DSL.update;
import static org.jooq.impl.DSL.when;
import static org.jooq.impl.DSL.with;

import dev.dibs.Retention;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.DataType;
import org.jooq.Field;
import org.jooq.Query;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/**
 * The part of housekeeping that one call does.
 *
 * <p><b>Protocol.</b> A pass goes over the table from its first block to its last, one range of
 * blocks for each call, whoever makes it. Who may go on, and where, is in the one row of {@code
 * dibs_housekeeping}: its lease is taken or renewed first. The next range is stored before this one
 * is swept, so that a range whose rows cannot be deleted holds up nothing; the next pass tries
 * again. At the table's end the lease is left to run out, so that the others rest too.
 *
 * <p>Each of the three statements is a transaction of its own and locks nothing for longer. A row
 * that somebody else has locked is left for the next pass.
 */
final class SweepStatements {
  /** Of 8 kB, unless the server was built otherwise; some thousand small tasks. */
  static final int BLOCKS = 256;

  private static final Duration LEASE = Duration.ofMinutes(1);
  private static final Field<UUID> HOLDER = field(name("h", "holder"), UUID.class);
  private static final Field<OffsetDateTime> LEASE_UNTIL =
      field(name("h", "lease_until"), OffsetDateTime.class);
  private static final Field<Long> NEXT_BLOCK = field(name("h", "next_block"), Long.class);

  private final String take;
  private final String advance;
  private final String delete;

  SweepStatements(Sql sql) {
    Table<Record> row = sql.table("dibs_housekeeping", "h");
    Field<Boolean> id = field(name("h", "id"), Boolean.class);
    Field<UUID> keeper = param("keeper", SQLDataType.UUID);
    take =
        sql.render(
            insertInto(row, id, HOLDER, LEASE_UNTIL)
                .values(inline(true), keeper, CLOCK.add(Sql.micros(inline(Bind.micros(LEASE)))))
                .onConflict(id)
                .doUpdate()
                .set(HOLDER, excluded(HOLDER))
                .set(LEASE_UNTIL, excluded(LEASE_UNTIL))
                .where(HOLDER.eq(excluded(HOLDER)).or(LEASE_UNTIL.lt(CLOCK)))
                .returningResult(NEXT_BLOCK, sql.blocks()));
    advance =
        sql.render(
            update(row)
                .set(NEXT_BLOCK, param("next", SQLDataType.BIGINT))
                .where(HOLDER.eq(keeper)));
    delete = sql.render(delete(sql));
  }

  private static Query delete(Sql sql) {
    Field<OffsetDateTime> now = field(name("now"), OffsetDateTime.class);
    CommonTableExpression<?> clock = name("clock").asMaterialized(select(CLOCK.as(now)));
    Field<OffsetDateTime> clockNow = field(select(now).from(table(name("clock"))));
    // Without a time to keep there is no bound, and nothing is before it.
    Field<Long> kept =
        when(STATUS.eq(inline("completed")), duration("completed"))
            .when(STATUS.eq(inline("failed")), duration("failed"))
            .when(STATUS.eq(inline("cancelled")), duration("cancelled"));
    CommonTableExpression<?> picked =
        name("picked")
            .asMaterialized(
                select(CTID)
                    .from(sql.tasks())
                    .where(CTID.ge(tid("from")))
                    .and(CTID.lt(tid("to")))
                    .and(Sql.endedAt().lt(clockNow.sub(Sql.micros(kept))))
                    .and(UNIQUE_WINDOW.isNull().or(Sql.windowEnd().lt(clockNow)))
                    .forUpdate()
                    .skipLocked());
    // A locked row stays in its place.
    return with(clock, picked)
        .delete(sql.tasks())
        .where(Sql.ctidIn(select(field(name("ctid"), Object.class)).from(table(name("picked")))));
  }

  private static Field<Long> duration(String name) {
    DataType<Long> type = SQLDataType.BIGINT;
    return param(name, type).cast(type);
  }

  private static Field<Object> tid(String name) {
    return field("cast({0} as tid)", Object.class, param(name, SQLDataType.CLOB));
  }

  List<String> sql() {
    return List.of(take, advance, delete);
  }

  /**
   * Sweeps the next range.
   *
   * @return whether there is more in this pass; false if it is somebody else's
   */
  boolean run(Connection connection, Retention retention, UUID keeper) throws SQLException {
    long from;
    long end;
    try (PreparedStatement statement = Bind.planned(connection, take)) {
      Bind.to(statement).value(keeper);
      try (ResultSet rows = statement.executeQuery()) {
        if (!rows.next()) {
          return false;
        }
        from = rows.getLong(1);
        end = rows.getLong(2);
      }
    }
    // Vacuum may have made the table shorter.
    long begin = from < end ? from : 0;
    long next = begin + BLOCKS < end ? begin + BLOCKS : 0;
    try (PreparedStatement statement = Bind.planned(connection, advance)) {
      Bind.to(statement).value(next).value(keeper);
      statement.executeUpdate();
    }
    try (PreparedStatement statement = Bind.planned(connection, delete)) {
      Bind.to(statement)
          .value("(" + begin + ",0)")
          .value("(" + (begin + BLOCKS) + ",0)")
          .value(micros(retention.completed()))
          .value(micros(retention.failed()))
          .value(micros(retention.cancelled()));
      statement.executeUpdate();
    }
    return next > 0;
  }

  private static @Nullable Long micros(Optional<Duration> kept) {
    return kept.map(Bind::micros).orElse(null);
  }
}
