package dev.dibs.jdbc;

import static org.jooq.impl.DSL.any;
import static org.jooq.impl.DSL.array;
import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.when;

import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jooq.Condition;
import org.jooq.DataType;
import org.jooq.Field;
import org.jooq.JSONB;
import org.jooq.Query;
import org.jooq.QueryPart;
import org.jooq.Record;
import org.jooq.Record1;
import org.jooq.SQLDialect;
import org.jooq.Select;
import org.jooq.Table;
import org.jooq.conf.Settings;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jooq.types.YearToSecond;

/**
 * The table {@code tasks}, called {@code t} in every statement, and how statements are rendered.
 */
final class Sql {
  static final Field<UUID> ID = column("id", UUID.class);
  static final Field<String> QUEUE = column("queue", String.class);
  static final Field<String> TYPE = column("type", String.class);
  static final Field<JSONB> PAYLOAD = column("payload", JSONB.class);
  static final Field<Short> PRIORITY = column("priority", Short.class);
  static final Field<String> STATUS = column("status", String.class);
  static final Field<Integer> ATTEMPT = column("attempt", Integer.class);
  static final Field<Integer> MAX_ATTEMPTS = column("max_attempts", Integer.class);
  static final Field<OffsetDateTime> RUN_AT = column("run_at", OffsetDateTime.class);
  static final Field<OffsetDateTime> CREATED_AT = column("created_at", OffsetDateTime.class);
  static final Field<OffsetDateTime> STARTED_AT = column("started_at", OffsetDateTime.class);
  static final Field<OffsetDateTime> COMPLETED_AT = column("completed_at", OffsetDateTime.class);
  static final Field<String> ERROR = column("error", String.class);
  static final Field<UUID> TOKEN = column("token", UUID.class);
  static final Field<OffsetDateTime> LEASE_UNTIL = column("lease_until", OffsetDateTime.class);
  static final Field<Integer> EXPIRIES = column("expiries", Integer.class);
  static final Field<Boolean> ALONE = column("alone", Boolean.class);

  static final Field<JSONB> ERRORS = column("errors", JSONB.class);
  static final Field<String> UNIQUE_KEY = column("unique_key", String.class);
  static final Field<Object> UNIQUE_WINDOW = column("unique_window", Object.class);
  static final Field<Boolean> CANCEL_REQUESTED = column("cancel_requested", Boolean.class);
  static final Field<JSONB> PROGRESS = column("progress", JSONB.class);
  static final Field<JSONB> RESULT = column("result", JSONB.class);

  /** Where a version of a row lies; that of a locked row stays there until the lock is given up. */
  static final Field<Object> CTID = column("ctid", Object.class);

  /** Bare, because only so does the planner match it with the predicate of the claim index. */
  static final Condition LIVE = DSL.condition(column("live", Boolean.class));

  /** The database's clock; it moves even within a statement. */
  static final Field<OffsetDateTime> CLOCK =
      DSL.function(name("clock_timestamp"), SQLDataType.TIMESTAMPWITHTIMEZONE);

  /** As bare as {@link #LIVE}, for the index of dead letters. */
  static final Condition DEAD = DSL.condition(column("dead", Boolean.class));

  private final String schema;
  private final Table<Record> tasks;

  Sql(String schema) {
    this.schema = schema;
    tasks = DSL.table(name(schema, "tasks")).as("t");
  }

  private static <T> Field<T> column(String column, Class<T> type) {
    return DSL.field(name("t", column), type);
  }

  /** The table under its alias {@code t}. */
  Table<Record> tasks() {
    return tasks;
  }

  /** A table of Dibs other than {@code tasks}. */
  Table<Record> table(String table, String alias) {
    return DSL.table(name(schema, table)).as(alias);
  }

  /** A function of Dibs. */
  <T> Field<T> function(String function, DataType<T> type, Field<?>... arguments) {
    return DSL.function(name(schema, function), type, arguments);
  }

  /** A function of Dibs that returns rows. */
  Table<Record> tableFunction(String function, Field<?>... arguments) {
    return DSL.table("{0}({1})", name(schema, function), DSL.list(arguments));
  }

  /** The error history with one more. */
  Field<JSONB> withError(Field<String> error) {
    return function("with_error", SQLDataType.JSONB, ERRORS, ATTEMPT, error);
  }

  /**
   * The SQL text of a statement; its parameters are bound in the order of the question marks. The
   * application's own settings of jOOQ are not ours.
   */
  String render(Query query) {
    return quietly(() -> DSL.using(SQLDialect.POSTGRES, new Settings()).render(query));
  }

  /** A parameter of the statement; its name is for the reader. */
  static <T> Field<T> param(String name, DataType<T> type) {
    return DSL.param(name, type);
  }

  /** A parameter that is text to the server, to which the driver sends strings as varchar. */
  static Field<String> text(String name) {
    return param(name, SQLDataType.CLOB).cast(SQLDataType.CLOB);
  }

  /** Of how many blocks the table {@code tasks} is now. */
  Field<Long> blocks() {
    return DSL.field(
        "pg_relation_size(cast({0} as regclass)) / cast(current_setting('block_size') as bigint)",
        SQLDataType.BIGINT, inline(Schema.quoted(schema) + ".tasks"));
  }

  /** COPY of these columns into {@code tasks}, which jOOQ does not know; in the binary format. */
  Query copyIntoTasks(List<Field<?>> columns) {
    return DSL.query(
        "copy {0} ({1}) from stdin (format binary)",
        name(schema, "tasks"),
        DSL.list(columns.stream().map(Field::getUnqualifiedName).toArray(QueryPart[]::new)));
  }

  /**
   * The number by which the claim index knows the name of a queue or type. Names may share one, so
   * that they are asked for as well.
   */
  static Field<Integer> hash(Field<String> queueOrType) {
    return DSL.function("hashtext", SQLDataType.INTEGER, queueOrType);
  }

  /**
   * A function of PostgreSQL that takes arguments of any type. By its bare name, one of the same
   * name anywhere in the search path that takes just these would be called instead; so would an
   * operator, wherever the types of ours are not exactly those of PostgreSQL's (its documentation,
   * 10.2 and 10.3).
   */
  static <T> Field<T> builtIn(String function, DataType<T> type, Field<?>... arguments) {
    return DSL.function(name("pg_catalog", function), type, arguments);
  }

  /** How many elements the array has. */
  static Field<Integer> cardinality(Field<?> array) {
    return builtIn("cardinality", SQLDataType.INTEGER, array);
  }

  /** When the unique window of a task is over. */
  static Field<OffsetDateTime> windowEnd() {
    return builtIn("upper", SQLDataType.TIMESTAMPWITHTIMEZONE, UNIQUE_WINDOW);
  }

  /** That many microseconds, as an interval. */
  static Field<?> micros(Field<Long> count) {
    return interval("1 microsecond").mul(count.cast(SQLDataType.DOUBLE));
  }

  /** A time as microseconds since 1970. */
  static Field<Long> epochMicros(Field<OffsetDateTime> time) {
    return DSL.field(
        "cast(extract(epoch from {0}) * cast(1000000 as numeric) as bigint)",
        SQLDataType.BIGINT, time);
  }

  private static Field<YearToSecond> interval(String text) {
    return inline(text).cast(SQLDataType.INTERVAL);
  }

  /** Arrays of the same length side by side, a row for each index; keeps their order. */
  static Table<Record> unnest(Field<?>... arrays) {
    return unnest("", arrays);
  }

  /** The same with one more column, the index from 1. */
  static Table<Record> unnestNumbered(Field<?>... arrays) {
    return unnest(" with ordinality", arrays);
  }

  private static Table<Record> unnest(String numbering, Field<?>... arrays) {
    String places =
        IntStream.range(0, arrays.length)
            .mapToObj(i -> "{" + i + "}")
            .collect(Collectors.joining(", "));
    // By its bare name, and only so, unnest of several arrays is PostgreSQL's own.
    String unnest = arrays.length == 1 ? "pg_catalog.unnest(" : "unnest(";
    return DSL.table(unnest + places + ")" + numbering, (QueryPart[]) arrays);
  }

  /**
   * When the lease of a processing row ends. One without a lease was written by an older worker,
   * and so was one whose lease ended before it started.
   */
  static Field<OffsetDateTime> leaseEnd() {
    return when(LEASE_UNTIL.ge(STARTED_AT), LEASE_UNTIL)
        .otherwise(coalesce(STARTED_AT, CREATED_AT, RUN_AT).add(interval("1 hour")));
  }

  /**
   * When a finished task ended. A program that finished it by a plain UPDATE may have left that
   * out; the task ended some time after its newest attempt began.
   */
  static Field<OffsetDateTime> endedAt() {
    return coalesce(COMPLETED_AT, STARTED_AT, CREATED_AT, RUN_AT);
  }

  /**
   * The rows of the subquery, found one by one through the primary key. A join could be planned as
   * a scan of the whole table where statistics are old.
   */
  static Condition idIn(Select<? extends Record1<UUID>> ids) {
    return ID.eq(any(array(ids)));
  }

  /**
   * The row versions at these places, which the statement itself has locked. Without an index and
   * whatever statistics say: a TID scan. A version that was committed after the statement began is
   * locked, but not seen here, and stays as it is.
   */
  static Condition ctidIn(Select<? extends Record1<Object>> places) {
    return CTID.eq(any(array(places)));
  }

  /**
   * jOOQ prints a banner and a tip when it first renders. That is for the application to want, not
   * for a library inside it.
   */
  private static synchronized <T> T quietly(Supplier<T> rendering) {
    List<String> set = new ArrayList<>();
    for (String key : List.of("org.jooq.no-logo", "org.jooq.no-tips")) {
      if (System.getProperty(key) == null) {
        System.setProperty(key, "true");
        set.add(key);
      }
    }
    try {
      return rendering.get();
    } finally {
      set.forEach(System::clearProperty);
    }
  }
}
