package dev.dibs.jdbc;

import static dev.dibs.jdbc.Sql.CLOCK;
import static dev.dibs.jdbc.Sql.ID;
import static dev.dibs.jdbc.Sql.LIVE;
import static dev.dibs.jdbc.Sql.MAX_ATTEMPTS;
import static dev.dibs.jdbc.Sql.PAYLOAD;
import static dev.dibs.jdbc.Sql.PRIORITY;
import static dev.dibs.jdbc.Sql.QUEUE;
import static dev.dibs.jdbc.Sql.RUN_AT;
import static dev.dibs.jdbc.Sql.TYPE;
import static dev.dibs.jdbc.Sql.UNIQUE_KEY;
import static dev.dibs.jdbc.Sql.UNIQUE_WINDOW;
import static dev.dibs.jdbc.Sql.param;
import static dev.dibs.jdbc.Sql.unnest;
import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.condition;
import static org.jooq.impl.DSL.exists;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.function;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.insertInto;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectOne;
import static org.jooq.impl.DSL.table;
import static org.jooq.impl.DSL.when;
import static org.jooq.impl.DSL.with;

import dev.dibs.NewTask;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.JSONB;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/**
 * Inserts many tasks with one statement.
 *
 * <p><b>New.</b> {@link #insertNew} is for tasks of which none is thought to be there: if one is,
 * the server undoes the whole statement. A plain insert, it costs what an insert must; not for a
 * caller's transaction.
 *
 * <p><b>Missing.</b> {@link #insertMissing} passes over a task that is there already or whose
 * unique key is taken, and says which task that is. One that it cannot see, because it was
 * committed since the statement began, is for the next run to see.
 *
 * <p><b>No failure inside a transaction.</b> There nothing relies on a unique violation that is
 * caught, for that would spoil the transaction: {@code ON CONFLICT DO NOTHING} waits for whoever is
 * about to insert the same, and passes over (PostgreSQL, INSERT, "ON CONFLICT Clause").
 */
final class EnqueueStatement {
  /**
   * With which the server undoes an enqueue that cannot be done as a whole, or unique_violation.
   */
  private static final Set<String> REFUSALS = Set.of("DIBS2", "23505");

  private static final Table<Record> GIVEN = table(name("given")).as("n");
  private static final Field<UUID> NEW_ID = field(name("n", "id"), UUID.class);
  private static final Field<String> NEW_TYPE = field(name("n", "type"), String.class);
  private static final Field<JSONB> NEW_PAYLOAD =
      field(name("n", "payload"), String.class).cast(SQLDataType.JSONB);
  private static final Field<String> NEW_KEY = field(name("n", "unique_key"), String.class);
  private static final Field<Long> NEW_WINDOW = field(name("n", "unique_window"), Long.class);
  private static final Field<OffsetDateTime> NOW = field(name("now"), OffsetDateTime.class);

  private static final List<Field<?>> COLUMNS =
      List.of(ID, QUEUE, TYPE, PAYLOAD, PRIORITY, MAX_ATTEMPTS, RUN_AT, UNIQUE_KEY, UNIQUE_WINDOW);
  private static final List<Field<?>> COLUMNS_WITHOUT_KEY = COLUMNS.subList(0, 7);

  private final String insertOne;
  private final String insertNew;
  private final String insertMissing;
  private final String insertMissingOrRefuse;
  private final String present;

  EnqueueStatement(Sql sql) {
    CommonTableExpression<?> clock = name("clock").asMaterialized(select(CLOCK.as(NOW)));
    List<Field<?>> keys =
        List.of(
            param("unique_keys", SQLDataType.CLOB.array()),
            param("unique_windows", SQLDataType.BIGINT.array()));
    CommonTableExpression<?> given =
        name("given").as(select().from(given(keys, "unique_key", "unique_window")));
    CommonTableExpression<?> inserted = inserted(sql);
    Field<UUID> refusal = sql.function("refuse_enqueue", SQLDataType.UUID);
    Field<UUID> insertedId = field(name("id"), UUID.class);
    Condition missing = NEW_ID.notIn(select(insertedId).from(table(name("inserted"))));
    insertOne = sql.render(insertInto(sql.tasks(), COLUMNS_WITHOUT_KEY).values(one()));
    insertNew =
        sql.render(
            with(clock)
                .insertInto(sql.tasks(), COLUMNS_WITHOUT_KEY)
                .select(select(values()).from(given(List.of()))));
    insertMissing =
        sql.render(
            with(clock, given, inserted).select(NEW_ID, holder(sql)).from(GIVEN).where(missing));
    insertMissingOrRefuse =
        sql.render(
            with(clock, given, inserted)
                .select(NEW_ID, coalesce(holder(sql), refusal))
                .from(GIVEN)
                .where(missing));
    present =
        sql.render(
            select(ID, field(same()))
                .from(
                    sql.tasks(),
                    unnest(
                            param("ids", SQLDataType.UUID.array()),
                            param("types", SQLDataType.CLOB.array()),
                            param("payloads", SQLDataType.CLOB.array()))
                        .as("n", "id", "type", "payload"))
                .where(ID.eq(NEW_ID)));
  }

  private static List<Field<?>> one() {
    return List.of(
        param("id", SQLDataType.UUID),
        param("queue", SQLDataType.CLOB),
        param("type", SQLDataType.CLOB),
        param("payload", SQLDataType.CLOB).cast(SQLDataType.JSONB),
        param("priority", SQLDataType.SMALLINT),
        param("max_attempts", SQLDataType.INTEGER),
        coalesce(
            param("run_at", SQLDataType.CLOB).cast(SQLDataType.TIMESTAMPWITHTIMEZONE),
            CLOCK.add(Sql.micros(param("delay", SQLDataType.BIGINT)))));
  }

  private static Table<?> given(List<Field<?>> keys, String... keyNames) {
    List<Field<?>> arrays =
        new ArrayList<>(
            List.of(
                param("ids", SQLDataType.UUID.array()),
                param("queues", SQLDataType.CLOB.array()),
                param("types", SQLDataType.CLOB.array()),
                param("payloads", SQLDataType.CLOB.array()),
                param("priorities", SQLDataType.SMALLINT.array()),
                param("max_attempts", SQLDataType.INTEGER.array()),
                param("run_ats", SQLDataType.TIMESTAMPWITHTIMEZONE.array()),
                param("delays", SQLDataType.BIGINT.array())));
    List<String> names =
        new ArrayList<>(
            List.of(
                "id", "queue", "type", "payload", "priority", "max_attempts", "run_at", "delay"));
    arrays.addAll(keys);
    names.addAll(List.of(keyNames));
    return unnest(arrays.toArray(new Field<?>[0])).as("n", names.toArray(new String[0]));
  }

  private static CommonTableExpression<?> inserted(Sql sql) {
    return name("inserted")
        .as(
            insertInto(sql.tasks(), COLUMNS)
                .select(select(valuesWithKey()).from(GIVEN))
                .onConflictDoNothing()
                .returningResult(ID));
  }

  private static List<Field<?>> values() {
    return List.of(
        NEW_ID,
        field(name("n", "queue"), String.class),
        NEW_TYPE,
        NEW_PAYLOAD,
        field(name("n", "priority"), Short.class),
        field(name("n", "max_attempts"), Integer.class),
        coalesce(
            field(name("n", "run_at"), OffsetDateTime.class),
            now().add(Sql.micros(field(name("n", "delay"), Long.class)))));
  }

  private static List<Field<?>> valuesWithKey() {
    List<Field<?>> values = new ArrayList<>(values());
    values.add(NEW_KEY);
    values.add(window());
    return values;
  }

  private static Field<OffsetDateTime> now() {
    return field(select(NOW).from(table(name("clock"))));
  }

  /** The bucket that now lies in; buckets follow each other from 1970 on. */
  private static Field<Object> window() {
    Field<OffsetDateTime> begin =
        function(
            name("date_bin"),
            SQLDataType.TIMESTAMPWITHTIMEZONE,
            Sql.micros(NEW_WINDOW),
            now(),
            inline("1970-01-01 00:00:00Z").cast(SQLDataType.TIMESTAMPWITHTIMEZONE));
    return when(
        NEW_WINDOW.isNotNull(),
        function(name("tstzrange"), SQLDataType.OTHER, begin, begin.add(Sql.micros(NEW_WINDOW))));
  }

  private static Condition ofWindow() {
    return condition("{0} operator(pg_catalog.=) {1}", UNIQUE_WINDOW, window());
  }

  private static Condition same() {
    return TYPE.eq(NEW_TYPE).and(PAYLOAD.eq(NEW_PAYLOAD));
  }

  /**
   * The task that is in the place of a new one: itself if it is there, else whoever has its key.
   * Null if its id holds another task, or if nobody can be seen.
   */
  private static Field<UUID> holder(Sql sql) {
    Condition sameKey = TYPE.eq(NEW_TYPE).and(UNIQUE_KEY.eq(NEW_KEY));
    Field<UUID> itself = field(select(ID).from(sql.tasks()).where(ID.eq(NEW_ID)).and(same()));
    Field<UUID> live =
        field(
            select(ID)
                .from(sql.tasks())
                .where(LIVE)
                .and(sameKey)
                .and(UNIQUE_WINDOW.isNull())
                .and(NEW_WINDOW.isNull()));
    Field<UUID> inWindow = field(select(ID).from(sql.tasks()).where(sameKey).and(ofWindow()));
    return when(exists(selectOne().from(sql.tasks()).where(ID.eq(NEW_ID))), itself)
        .otherwise(coalesce(live, inWindow));
  }

  List<String> sql() {
    return List.of(insertOne, insertNew, insertMissing, insertMissingOrRefuse, present);
  }

  /** Whether the server inserted none because not all could be inserted. */
  static boolean isRefusal(SQLException e) {
    return REFUSALS.contains(Database.state(e));
  }

  /**
   * Inserts tasks that have no unique keys: all, or none with a {@linkplain #isRefusal refusal}.
   * One alone goes by a statement that is cheaper to plan.
   *
   * @return how many the server says it inserted
   */
  long insertNew(Connection connection, List<NewTask> tasks) throws SQLException {
    boolean one = tasks.size() == 1;
    try (PreparedStatement statement = Bind.planned(connection, one ? insertOne : insertNew)) {
      Bind bind = Bind.to(statement);
      if (one) {
        bindOne(bind, tasks.get(0));
      } else {
        bindWithoutKeys(bind, tasks);
      }
      return statement.executeUpdate();
    }
  }

  /**
   * Inserts those that are missing.
   *
   * @param orRefuse whether to insert none, with a refusal, if one was not inserted and the reason
   *     cannot be seen or is another task of its id
   * @return for each that was not inserted who is in its place, empty if nobody can be seen or its
   *     id holds another task
   */
  Map<UUID, Optional<UUID>> insertMissing(
      Connection connection, List<NewTask> tasks, boolean orRefuse) throws SQLException {
    String sql = orRefuse ? insertMissingOrRefuse : insertMissing;
    Map<UUID, Optional<UUID>> holders = new HashMap<>();
    try (PreparedStatement statement = Bind.planned(connection, sql)) {
      bind(statement, tasks);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          holders.put(
              rows.getObject(1, UUID.class), Optional.ofNullable(rows.getObject(2, UUID.class)));
        }
      }
    }
    return holders;
  }

  /** Of the tasks whose ids are there: whether it is the same type and payload. */
  Map<UUID, Boolean> present(Connection connection, List<NewTask> tasks) throws SQLException {
    Map<UUID, Boolean> found = new HashMap<>();
    try (PreparedStatement statement = Bind.planned(connection, present)) {
      Bind.to(statement)
          .uuids(tasks.stream().map(NewTask::id).toList())
          .array("text", tasks.stream().map(NewTask::type).toArray())
          .array("text", tasks.stream().map(NewTask::payload).toArray());
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          found.put(rows.getObject(1, UUID.class), rows.getBoolean(2));
        }
      }
    }
    return found;
  }

  private static void bindOne(Bind bind, NewTask task) throws SQLException {
    bind.value(task.id())
        .value(task.queue())
        .value(task.type())
        .value(task.payload())
        .value((short) task.priority().rank())
        .value(task.maxAttempts())
        .value(text(task.runAt().map(Object::toString)))
        .value(Bind.micros(task.delay()));
  }

  private static void bind(PreparedStatement statement, List<NewTask> tasks) throws SQLException {
    bindWithoutKeys(Bind.to(statement), tasks)
        .array("text", tasks.stream().map(task -> text(task.uniqueKey())).toArray())
        .plainArray(
            tasks.stream()
                .map(task -> task.uniqueWindow().map(Bind::micros).orElse(null))
                .toArray());
  }

  private static Bind bindWithoutKeys(Bind bind, List<NewTask> tasks) throws SQLException {
    return bind.uuids(tasks.stream().map(NewTask::id).toList())
        .array("text", tasks.stream().map(NewTask::queue).toArray())
        .array("text", tasks.stream().map(NewTask::type).toArray())
        .array("text", tasks.stream().map(NewTask::payload).toArray())
        .plainArray(tasks.stream().map(task -> (short) task.priority().rank()).toArray())
        .plainArray(tasks.stream().map(NewTask::maxAttempts).toArray())
        .array(
            "timestamptz",
            tasks.stream().map(task -> text(task.runAt().map(Object::toString))).toArray())
        .plainArray(tasks.stream().map(task -> Bind.micros(task.delay())).toArray());
  }

  private static @Nullable String text(Optional<String> value) {
    return value.orElse(null);
  }
}
