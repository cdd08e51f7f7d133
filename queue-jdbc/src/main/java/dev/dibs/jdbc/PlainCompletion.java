package dev.dibs.jdbc;

import static dev.dibs.jdbc.Sql.ID;
import static dev.dibs.jdbc.Sql.STATUS;
import static dev.dibs.jdbc.Sql.TOKEN;
import static dev.dibs.jdbc.Sql.param;
import static dev.dibs.jdbc.Sql.unnest;
import static org.jooq.impl.DSL.any;
import static org.jooq.impl.DSL.condition;
import static org.jooq.impl.DSL.count;
import static org.jooq.impl.DSL.deleteFrom;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.function;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.row;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.table;
import static org.jooq.impl.DSL.update;
import static org.jooq.impl.DSL.when;
import static org.jooq.impl.DSL.with;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.ResultQuery;
import org.jooq.Table;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/**
 * The completion of many tasks that leave no result, at a quarter less than what a {@link
 * FencedUpdate} costs the server; one instance keeps them, another deletes those that it may.
 *
 * <p><b>One pass.</b> The rows are written without being locked first, so this statement may have
 * to wait for one that somebody else has locked: for {@link #LONGEST_WAIT}, by the {@code
 * lock_timeout} that it sets for itself, and then nothing of it is written. Who tries it has to
 * leave out such rows by a FencedUpdate then, and it {@linkplain Rest rests}: a row that is held
 * open would have it write all others for nothing each time. The timeout is that long because it
 * ends other waits as well: while many sessions add pages to the table, each waits for those before
 * it.
 *
 * <p><b>Plans.</b> All ids are looked for by one scan of the primary key, in their order, and the
 * fences by a hash table that the statement makes of them. {@code IS TRUE} keeps the planner from
 * making a join of it. The planner is not shown how many tasks are given, as in FencedUpdate.
 *
 * <p><b>Answer.</b> One row: how many were written, and which only if that is not all.
 *
 * <p>Thread-safe.
 */
final class PlainCompletion {
  /** Less than PostgreSQL's {@code deadlock_timeout}: of two that wait in a circle one gives up. */
  private static final Duration LONGEST_WAIT = Duration.ofMillis(500);

  /** lock_not_available, and query_canceled where a statement_timeout is shorter than that. */
  private static final Set<String> WAITED_TOO_LONG = Set.of("55P03", "57014");

  private static final Field<UUID[]> IDS = field(name("ids"), SQLDataType.UUID.array());
  private static final Field<UUID[]> TOKENS = field(name("tokens"), SQLDataType.UUID.array());

  private final String sql;
  private final Rest rest = new Rest();

  private PlainCompletion(Sql sql, Function<Condition, ResultQuery<?>> completion) {
    CommonTableExpression<?> given =
        name("given")
            .asMaterialized(
                select(
                    param("ids", SQLDataType.UUID.array()).as(IDS),
                    param("tokens", SQLDataType.UUID.array()).as(TOKENS),
                    function(
                        "set_config",
                        SQLDataType.VARCHAR,
                        inline("lock_timeout"),
                        inline(LONGEST_WAIT.toMillis() + "ms"),
                        inline(true))));
    Table<Record> fences = unnest(given(IDS), given(TOKENS)).as("f", "id", "token");
    Condition fenced =
        row(ID, TOKEN)
            .in(
                select(field(name("f", "id"), UUID.class), field(name("f", "token"), UUID.class))
                    .from(fences));
    Condition held =
        ID.eq(any(given(IDS)))
            .and(STATUS.eq(inline("processing")))
            .and(condition("({0}) is true", fenced));
    CommonTableExpression<?> written = name("written").as(completion.apply(held));
    Condition some = count().lt(Sql.cardinality(given(IDS)));
    this.sql =
        sql.render(
            with(given, written)
                .select(count(), when(some, all("id")), when(some, all("token")))
                .from(table(name("written"))));
  }

  private static Field<UUID[]> all(String column) {
    return Sql.builtIn("array_agg", SQLDataType.UUID.array(), field(name(column)));
  }

  /** The tasks are done. */
  static PlainCompletion keeping(Sql sql) {
    return new PlainCompletion(
        sql,
        held ->
            update(sql.tasks())
                .set(FencedUpdate.completed())
                .where(held)
                .returningResult(ID, TOKEN));
  }

  /** They are done and gone; those that must keep others of their unique windows out are left. */
  static PlainCompletion deleting(Sql sql) {
    return new PlainCompletion(
        sql,
        held ->
            deleteFrom(sql.tasks())
                .where(held)
                .and(FencedUpdate.deletable())
                .returningResult(ID, TOKEN));
  }

  /** Cast to what it is, or PostgreSQL would take the subquery of ANY for one of many rows. */
  private static Field<UUID[]> given(Field<UUID[]> column) {
    return field(select(column).from(table(name("given")))).cast(SQLDataType.UUID.array());
  }

  String sql() {
    return sql;
  }

  /** Whether it is worth a try. */
  boolean isDue() {
    return rest.isOver(System.nanoTime());
  }

  /**
   * Completes what the fences let through, in autocommit.
   *
   * @return those that were; none if a row was locked for too long
   */
  Set<Fence> run(Connection connection, List<Fence> fences) throws SQLException {
    try (PreparedStatement statement = Bind.planned(connection, sql)) {
      Bind.to(statement)
          .uuids(fences.stream().map(Fence::id).toList())
          .uuids(fences.stream().map(Fence::token).toList());
      try (ResultSet answer = statement.executeQuery()) {
        answer.next();
        rest.succeeded();
        return answer.getInt(1) == fences.size()
            ? new HashSet<>(fences)
            : fences(answer.getArray(2), answer.getArray(3));
      }
    } catch (SQLException e) {
      if (!WAITED_TOO_LONG.contains(Database.state(e))) {
        throw e;
      }
      rest.failed(System.nanoTime());
      return Set.of();
    }
  }

  private static Set<Fence> fences(@Nullable Array ids, @Nullable Array tokens)
      throws SQLException {
    Set<Fence> fences = new HashSet<>();
    if (ids != null && tokens != null) {
      UUID[] id = (UUID[]) ids.getArray();
      UUID[] token = (UUID[]) tokens.getArray();
      for (int i = 0; i < id.length; i++) {
        fences.add(new Fence(id[i], token[i]));
      }
    }
    return fences;
  }
}
