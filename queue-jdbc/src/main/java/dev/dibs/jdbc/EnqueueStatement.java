package dev.dibs.jdbc;

import static dev.dibs.jdbc.Sql.CLOCK;
import static dev.dibs.jdbc.Sql.ID;
import static dev.dibs.jdbc.Sql.MAX_ATTEMPTS;
import static dev.dibs.jdbc.Sql.PAYLOAD;
import static dev.dibs.jdbc.Sql.PRIORITY;
import static dev.dibs.jdbc.Sql.QUEUE;
import static dev.dibs.jdbc.Sql.RUN_AT;
import static dev.dibs.jdbc.Sql.STATUS;
import static dev.dibs.jdbc.Sql.TYPE;
import static dev.dibs.jdbc.Sql.param;
import static dev.dibs.jdbc.Sql.unnest;
import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.excluded;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.table;
import static org.jooq.impl.DSL.with;

import dev.dibs.NewTask;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.InsertOnDuplicateStep;
import org.jooq.JSONB;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.impl.SQLDataType;

/**
 * Inserts many tasks with one statement. A task whose id is there already is passed over if it is
 * the same task; what happens to one that is not depends on whose transaction it is:
 *
 * <ul>
 *   <li>{@link #insert}, in a transaction of its own: the conflict is turned into a status that the
 *       table's CHECK refuses, so that the server undoes the whole statement. It costs nothing
 *       where there is no conflict, and no second statement comes between.
 *   <li>{@link #insertWithin}, in the caller's: a refused statement would spoil the transaction, so
 *       the conflicts are looked for first and nothing is sent to be inserted where there are any.
 * </ul>
 */
final class EnqueueStatement {
  /** The constraint that names a conflict; see {@link #insert}. */
  static final String CONFLICT_CONSTRAINT = "tasks_status_check";

  private static final Field<UUID> NEW_ID = field(name("n", "id"), UUID.class);
  private static final Field<String> NEW_TYPE = field(name("n", "type"), String.class);
  private static final Field<JSONB> NEW_PAYLOAD =
      field(name("n", "payload"), String.class).cast(SQLDataType.JSONB);
  private static final Condition OTHER = TYPE.ne(excluded(TYPE)).or(PAYLOAD.ne(excluded(PAYLOAD)));

  private final String insert;
  private final String insertWithin;
  private final String conflicts;

  EnqueueStatement(Sql sql) {
    insert =
        sql.render(
            rows(sql).onConflict(ID).doUpdate().set(STATUS, inline("id conflict")).where(OTHER));
    insertWithin = sql.render(rows(sql).onConflict(ID).doNothing());
    conflicts =
        sql.render(
            select(ID)
                .from(
                    sql.tasks(),
                    unnest(
                            param("ids", SQLDataType.UUID.array()),
                            param("types", SQLDataType.CLOB.array()),
                            param("payloads", SQLDataType.CLOB.array()))
                        .as("n", "id", "type", "payload"))
                .where(ID.eq(NEW_ID))
                .and(TYPE.ne(NEW_TYPE).or(PAYLOAD.ne(NEW_PAYLOAD))));
  }

  private static InsertOnDuplicateStep<Record> rows(Sql sql) {
    Field<OffsetDateTime> now = field(name("now"), OffsetDateTime.class);
    CommonTableExpression<?> clock = name("clock").asMaterialized(select(CLOCK.as(now)));
    Table<?> rows =
        unnest(
                param("ids", SQLDataType.UUID.array()),
                param("queues", SQLDataType.CLOB.array()),
                param("types", SQLDataType.CLOB.array()),
                param("payloads", SQLDataType.CLOB.array()),
                param("priorities", SQLDataType.SMALLINT.array()),
                param("max_attempts", SQLDataType.INTEGER.array()),
                param("run_ats", SQLDataType.TIMESTAMPWITHTIMEZONE.array()),
                param("delays", SQLDataType.BIGINT.array()))
            .as(
                "n",
                "id",
                "queue",
                "type",
                "payload",
                "priority",
                "max_attempts",
                "run_at",
                "delay");
    return with(clock)
        .insertInto(sql.tasks(), ID, QUEUE, TYPE, PAYLOAD, PRIORITY, MAX_ATTEMPTS, RUN_AT)
        .select(
            select(
                    NEW_ID,
                    field(name("n", "queue"), String.class),
                    NEW_TYPE,
                    NEW_PAYLOAD,
                    field(name("n", "priority"), Short.class),
                    field(name("n", "max_attempts"), Integer.class),
                    coalesce(
                        field(name("n", "run_at"), OffsetDateTime.class),
                        field(select(now).from(table(name("clock"))))
                            .add(Sql.micros(field(name("n", "delay"), Long.class)))))
                .from(rows));
  }

  List<String> sql() {
    return List.of(insert, insertWithin, conflicts);
  }

  /** Inserts all or, with a violation of {@link #CONFLICT_CONSTRAINT}, none. */
  void insert(Connection connection, List<NewTask> tasks) throws SQLException {
    execute(connection, insert, tasks);
  }

  /** Inserts all, or none if the returned set of conflicting ids is not empty. */
  Set<UUID> insertWithin(Connection connection, List<NewTask> tasks) throws SQLException {
    Set<UUID> found = conflicts(connection, tasks);
    if (found.isEmpty() && execute(connection, insertWithin, tasks) < tasks.size()) {
      // Some were there, or came while the insert waited for them.
      found = conflicts(connection, tasks);
    }
    return found;
  }

  /** The ids that hold a task of another type or payload. */
  Set<UUID> conflicts(Connection connection, List<NewTask> tasks) throws SQLException {
    Set<UUID> found = new HashSet<>();
    try (PreparedStatement statement = Bind.planned(connection, conflicts)) {
      Bind.to(statement)
          .array("uuid", tasks.stream().map(NewTask::id).toArray())
          .array("text", tasks.stream().map(NewTask::type).toArray())
          .array("text", tasks.stream().map(NewTask::payload).toArray());
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          found.add(rows.getObject(1, UUID.class));
        }
      }
    }
    return found;
  }

  private static int execute(Connection connection, String sql, List<NewTask> tasks)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      Bind.to(statement)
          .array("uuid", tasks.stream().map(NewTask::id).toArray())
          .array("text", tasks.stream().map(NewTask::queue).toArray())
          .array("text", tasks.stream().map(NewTask::type).toArray())
          .array("text", tasks.stream().map(NewTask::payload).toArray())
          .array("int2", tasks.stream().map(task -> (short) task.priority().rank()).toArray())
          .array("int4", tasks.stream().map(NewTask::maxAttempts).toArray())
          .array(
              "timestamptz",
              tasks.stream().map(task -> task.runAt().map(Object::toString).orElse(null)).toArray())
          .array("int8", tasks.stream().map(task -> Bind.micros(task.delay())).toArray());
      return statement.executeUpdate();
    }
  }
}
