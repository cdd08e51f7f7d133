package dev.dibs.jdbc;

import static dev.dibs.jdbc.Sql.ALONE;
import static dev.dibs.jdbc.Sql.ATTEMPT;
import static dev.dibs.jdbc.Sql.CANCEL_REQUESTED;
import static dev.dibs.jdbc.Sql.CLOCK;
import static dev.dibs.jdbc.Sql.COMPLETED_AT;
import static dev.dibs.jdbc.Sql.ERROR;
import static dev.dibs.jdbc.Sql.ERRORS;
import static dev.dibs.jdbc.Sql.EXPIRIES;
import static dev.dibs.jdbc.Sql.ID;
import static dev.dibs.jdbc.Sql.LEASE_UNTIL;
import static dev.dibs.jdbc.Sql.LIVE;
import static dev.dibs.jdbc.Sql.MAX_ATTEMPTS;
import static dev.dibs.jdbc.Sql.PRIORITY;
import static dev.dibs.jdbc.Sql.QUEUE;
import static dev.dibs.jdbc.Sql.RUN_AT;
import static dev.dibs.jdbc.Sql.STARTED_AT;
import static dev.dibs.jdbc.Sql.STATUS;
import static dev.dibs.jdbc.Sql.TOKEN;
import static dev.dibs.jdbc.Sql.TYPE;
import static dev.dibs.jdbc.Sql.param;
import static dev.dibs.jdbc.Sql.text;
import static dev.dibs.jdbc.Sql.unnest;
import static org.jooq.impl.DSL.all;
import static org.jooq.impl.DSL.array;
import static org.jooq.impl.DSL.asterisk;
import static org.jooq.impl.DSL.condition;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.lateral;
import static org.jooq.impl.DSL.least;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.not;
import static org.jooq.impl.DSL.notExists;
import static org.jooq.impl.DSL.row;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectCount;
import static org.jooq.impl.DSL.table;
import static org.jooq.impl.DSL.when;
import static org.jooq.impl.DSL.with;

import dev.dibs.ClaimRequest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Query;
import org.jooq.Record;
import org.jooq.Record1;
import org.jooq.Select;
import org.jooq.SelectConditionStep;
import org.jooq.Table;
import org.jooq.impl.SQLDataType;

/**
 * The claim: one statement that finds due tasks, locks them and makes them the caller's. It is sent
 * as it is where many tasks are expected, and kept by the server in a function otherwise.
 *
 * <p><b>Lanes.</b> The statement walks one array of lanes (type × priority) in the order given and
 * reads each through an ordered range of the claim index, beginning at the lane's bound, until it
 * has enough, or the lane's own limit is reached. Nothing stands above the locks that could want
 * more rows than are taken.
 *
 * <p><b>Locks.</b> {@code FOR NO KEY UPDATE SKIP LOCKED} inside a materialized CTE: the rows are
 * picked once, and a row that another claim holds is passed over (PostgreSQL, SELECT, "The Locking
 * Clause"). As {@code IN (SELECT … LIMIT n)} the picking could be run again and take more than n
 * (BUG #15715).
 *
 * <p>They are written by their ids, not by their places as {@link FencedUpdate} does: of a task
 * that was claimed and put back since the statement began the newest version is locked, but the
 * statement does not see it. From the version that it sees PostgreSQL follows the updates (READ
 * COMMITTED).
 *
 * <p><b>Touched.</b> To pass over a row that another transaction has locked costs two tries for
 * entries of the server's lock table, and a row that was claimed since the snapshot stays locked
 * for nothing. So the claim that is sent leaves at once what a transaction has touched that ran
 * when the statement began, or later: rows whose {@code xmax} is not older than the snapshot's.
 * That {@code xmax} stays, though, if the transaction was rolled back or only locked the row, and
 * of a row that several have locked it is no transaction's; so the function tries every row.
 *
 * <p><b>Plans.</b> To parse and plan the statement takes five times as long as to find an empty
 * lane. The function {@code claim_in_lanes} has the same text without the condition on {@code
 * xmax}; each session keeps it parsed, with a plan that is made where neither scans of the table
 * nor sorts count as possible, so that it stays right however the table grows (PostgreSQL, "Plan
 * Caching" of PL/pgSQL). Its rows are gathered before the first is sent, which for each of many
 * costs more than the plan.
 *
 * <p><b>Alone.</b> A task that has lost two leases is a suspect: if it comes first it is taken as
 * the only one, otherwise it is left for another claim. If the attempt whose lease expired ran
 * alone and was the last, the task is failed instead of claimed.
 *
 * <p><b>Cancelled.</b> A task that somebody asked to cancel while it was running is cancelled
 * instead of claimed.
 *
 * <p><b>Paused.</b> The same statement reads what is paused, so that no claim which begins after a
 * pause was committed takes anything from it.
 *
 * <p><b>HOT.</b> The update sets no indexed column, so that the new row version needs no index
 * entry.
 */
final class ClaimStatement {
  private static final Field<OffsetDateTime> NOW = field(name("now"), OffsetDateTime.class);
  private static final Field<Boolean> SUSPECT = field(name("suspect"), Boolean.class);
  private static final UUID NIL = new UUID(0, 0);
  private static final long SLACK_MICROS = Bind.micros(LaneCursor.SLACK);

  private static final Field<OffsetDateTime> FRESH = field(name("fresh"), OffsetDateTime.class);
  private static final Field<Integer> AGE_OF_OLDEST =
      field("age(cast(pg_snapshot_xmin(pg_current_snapshot()) as xid))", SQLDataType.INTEGER);
  private static final Field<Integer> AGE_OF_XMAX = field("age(t.xmax)", SQLDataType.INTEGER);

  /** The names of the function's parameters. */
  private static final Field<Long> SLACK = param("slack", SQLDataType.BIGINT);

  private static final Field<String[]> TYPES = param("types", SQLDataType.CLOB.array());
  private static final Field<Short[]> PRIORITIES =
      param("priorities", SQLDataType.SMALLINT.array());
  private static final Field<OffsetDateTime[]> RUN_ATS =
      param("run_ats", SQLDataType.TIMESTAMPWITHTIMEZONE.array());
  private static final Field<UUID[]> IDS = param("ids", SQLDataType.UUID.array());
  private static final Field<Integer[]> LANE_LIMITS =
      param("lane_limits", SQLDataType.INTEGER.array());
  private static final Field<String> QUEUE_NAME = text("queue_name");
  private static final Field<Integer> TASK_LIMIT = param("task_limit", SQLDataType.INTEGER);
  private static final Field<UUID> NEW_TOKEN = param("new_token", SQLDataType.UUID);
  private static final Field<Long> LEASE = param("lease", SQLDataType.BIGINT);

  private final String many;
  private final String function;

  ClaimStatement(Sql sql) {
    many = sql.render(claim(sql, false));
    function =
        sql.render(
            select(asterisk())
                .from(
                    sql.tableFunction(
                        "claim_in_lanes",
                        SLACK,
                        TYPES,
                        PRIORITIES,
                        RUN_ATS,
                        IDS,
                        LANE_LIMITS,
                        QUEUE_NAME,
                        TASK_LIMIT,
                        NEW_TOKEN,
                        LEASE)));
  }

  /**
   * The claim.
   *
   * @param alsoTouched whether it tries rows that transactions in progress have touched; what the
   *     function does
   */
  static Query claim(Sql sql, boolean alsoTouched) {
    // Fresh rows may still be committing: a lane's bound never comes closer to now than the slack.
    CommonTableExpression<?> clock =
        name("clock").asMaterialized(select(CLOCK.as(NOW), CLOCK.sub(Sql.micros(SLACK)).as(FRESH)));
    CommonTableExpression<?> picked = name("picked").asMaterialized(picked(sql, alsoTouched));
    Condition processing = STATUS.eq(inline("processing"));
    Condition cancelled = condition(CANCEL_REQUESTED);
    // The expiry of an attempt that ran alone is the only one that may fail a task.
    Condition exhausted = processing.and(condition(ALONE)).and(ATTEMPT.ge(MAX_ATTEMPTS));
    Condition ends = cancelled.or(exhausted);
    return with(clock, picked)
        .update(sql.tasks())
        .set(
            STATUS,
            when(cancelled, inline("cancelled"))
                .when(exhausted, inline("failed"))
                .otherwise(inline("processing")))
        .set(ATTEMPT, ATTEMPT.plus(when(ends, inline(0)).otherwise(inline(1))))
        .set(TOKEN, NEW_TOKEN)
        .set(STARTED_AT, when(ends, STARTED_AT).otherwise(now(NOW)))
        .set(LEASE_UNTIL, when(not(ends), CLOCK.add(Sql.micros(LEASE))))
        .set(EXPIRIES, EXPIRIES.plus(expired()))
        .set(ALONE, field(EXPIRIES.plus(expired()).ge(inline(2))))
        .set(COMPLETED_AT, when(ends, CLOCK))
        .set(
            ERROR,
            when(
                    exhausted.and(not(cancelled)),
                    inline("the lease expired and no attempts are left"))
                .otherwise(ERROR))
        .set(ERRORS, when(processing, sql.withError(inline("the lease expired"))).otherwise(ERRORS))
        .where(Sql.idIn(chosen()))
        .returningResult(returned());
  }

  /**
   * Of when they were claimed, a number that is the same for all: its text costs next to nothing.
   */
  private static List<Field<?>> returned() {
    List<Field<?>> columns = new ArrayList<>(TaskRow.COLUMNS);
    columns.set(TaskRow.STARTED_AT - 1, field(select(Sql.epochMicros(NOW)).from(name("clock"))));
    columns.add(field(selectCount().from(table(name("picked")))));
    return columns;
  }

  private static Select<?> picked(Sql sql, boolean alsoTouched) {
    Table<?> lane =
        unnest(TYPES, PRIORITIES, RUN_ATS, IDS, LANE_LIMITS)
            .as("lane", "type", "priority", "run_at", "id", "most");
    Field<String> laneType = field(name("lane", "type"), String.class);
    Field<OffsetDateTime> boundRunAt = field(name("lane", "run_at"), OffsetDateTime.class);
    Field<UUID> boundId = field(name("lane", "id"), UUID.class);
    Select<?> ready =
        select(ID, EXPIRIES.plus(expired()).ge(inline(2)).as(SUSPECT))
            .from(sql.tasks())
            .where(LIVE)
            .and(Sql.hash(QUEUE).eq(Sql.hash(QUEUE_NAME)))
            .and(Sql.hash(TYPE).eq(Sql.hash(laneType)))
            .and(PRIORITY.eq(field(name("lane", "priority"), Short.class)))
            .and(RUN_AT.le(now(NOW)))
            .and(
                row(RUN_AT, ID)
                    .ge(
                        least(boundRunAt, now(FRESH)),
                        when(boundRunAt.lt(now(FRESH)), boundId).otherwise(inline(NIL))))
            .and(free(laneType))
            .and(alsoTouched ? noCondition() : AGE_OF_XMAX.gt(field(select(AGE_OF_OLDEST))))
            .orderBy(RUN_AT, ID)
            .limit(TASK_LIMIT)
            .forNoKeyUpdate()
            .skipLocked();
    // Above its own limit, by which it is planned; rows that it does not want are never locked.
    Select<?> wanted =
        select().from(ready.asTable("due")).limit(field(name("lane", "most"), Integer.class));
    return select(field(name("ready", "id")), field(name("ready", "suspect")))
        .from(lane, lateral(wanted).as("ready"))
        .where(notExists(paused(sql, "queue").and(pausedName().eq(QUEUE_NAME))))
        .and(laneType.ne(all(array(paused(sql, "type")))))
        .limit(TASK_LIMIT);
  }

  /**
   * Whether nobody works on it, and then whether its queue and type are those asked for, which the
   * index knows by number only. As conditions of their own, the planner would take tasks for rarer
   * than the index says, and would have the names of all rows compared that the walk goes by.
   */
  private static Condition free(Field<String> laneType) {
    return condition(
        when(
                STATUS.eq(inline("pending")).or(Sql.leaseEnd().lt(now(NOW))),
                field(QUEUE.eq(QUEUE_NAME).and(TYPE.eq(laneType))))
            .otherwise(inline(false)));
  }

  /** The names of what is paused; asked for once in a statement, whatever its lanes are. */
  private static SelectConditionStep<Record1<String>> paused(Sql sql, String kind) {
    return select(pausedName())
        .from(sql.table("dibs_pauses", "p"))
        .where(field(name("p", "kind"), String.class).eq(inline(kind)));
  }

  private static Field<String> pausedName() {
    return field(name("p", "name"), String.class);
  }

  /** The first of the picked alone if it is a suspect, else all that are none. */
  private static Select<Record1<UUID>> chosen() {
    Field<UUID> id = field(name("id"), UUID.class);
    Table<Record> picked = table(name("picked"));
    Field<Boolean> firstIsSuspect = field(select(SUSPECT).from(picked).limit(inline(1)));
    Field<UUID> first = field(select(id).from(picked).limit(inline(1)));
    return select(id)
        .from(picked)
        .where(
            condition(
                when(condition(firstIsSuspect), field(id.eq(first)))
                    .otherwise(field(not(SUSPECT)))));
  }

  private static <T> Field<T> now(Field<T> column) {
    return field(select(column).from(name("clock")));
  }

  private static Field<Integer> expired() {
    return when(STATUS.eq(inline("processing")), inline(1)).otherwise(inline(0));
  }

  /** As it is sent, and the call of the function. */
  List<String> sql() {
    return List.of(many, function);
  }

  /**
   * What a claim took.
   *
   * @param rows in no order; those that are failed or cancelled were not claimed
   * @param exhausted the lanes to whose ends the walk came, if everything that it picked was taken
   * @param full whether as many were picked as were asked for
   */
  record Taken(List<TaskRow> rows, Set<Lane> exhausted, boolean full) {}

  /**
   * Claims from the lanes in their order.
   *
   * @param lanes the lanes in the order wanted, each with the position to begin at
   * @param alsoTouched whether to try rows that transactions in progress have touched, by the
   *     function
   * @param answered run once the claim is committed, before its rows are read
   */
  Taken run(
      Connection connection,
      ClaimRequest request,
      Map<Lane, Position> lanes,
      boolean alsoTouched,
      UUID token,
      Runnable answered)
      throws SQLException {
    int n = lanes.size();
    String[] types = new String[n];
    Short[] priorities = new Short[n];
    String[] runAts = new String[n];
    List<UUID> ids = new ArrayList<>(n);
    Integer[] limits = new Integer[n];
    int i = 0;
    for (Map.Entry<Lane, Position> lane : lanes.entrySet()) {
      types[i] = lane.getKey().type();
      priorities[i] = (short) lane.getKey().priority().rank();
      runAts[i] = lane.getValue().runAtText();
      ids.add(lane.getValue().id());
      limits[i++] = request.laneLimit(lane.getKey().type());
    }
    try (PreparedStatement statement = Bind.planned(connection, alsoTouched ? function : many)) {
      Bind bind =
          Bind.to(statement)
              .value(SLACK_MICROS)
              .array("text", types)
              .plainArray(priorities)
              .array("timestamptz", runAts)
              .uuids(ids)
              .plainArray(limits)
              .value(request.queue());
      if (!alsoTouched) {
        // The statement asks for both again.
        bind.value(request.queue()).value(request.limit()).value(request.queue());
      }
      bind.value(request.limit());
      bind.value(token).value(Bind.micros(request.lease()));
      List<TaskRow> rows = new ArrayList<>();
      TaskRow.Times times = new TaskRow.Times();
      int picked = 0;
      try (ResultSet result = statement.executeQuery()) {
        answered.run();
        while (result.next()) {
          rows.add(TaskRow.claimed(result, times));
          picked = result.getInt(TaskRow.COLUMNS.size() + 1);
        }
      }
      // Where nothing is taken, suspects may have been picked and left, and nothing tells of it.
      boolean allTaken = !rows.isEmpty() && rows.size() == picked && picked < request.limit();
      return new Taken(
          rows,
          allTaken ? exhausted(request, lanes.keySet(), rows) : Set.of(),
          picked == request.limit());
    }
  }

  private static Set<Lane> exhausted(ClaimRequest request, Set<Lane> lanes, List<TaskRow> rows) {
    Map<Lane, Integer> counts = new HashMap<>();
    rows.forEach(row -> counts.merge(row.lane(), 1, Integer::sum));
    return lanes.stream()
        .filter(lane -> counts.getOrDefault(lane, 0) < request.laneLimit(lane.type()))
        .collect(Collectors.toSet());
  }
}
