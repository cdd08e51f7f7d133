package dev.dibs.jdbc;

import static dev.dibs.jdbc.Sql.CANCEL_REQUESTED;
import static dev.dibs.jdbc.Sql.ERRORS;
import static dev.dibs.jdbc.Sql.ID;
import static dev.dibs.jdbc.Sql.LEASE_UNTIL;
import static dev.dibs.jdbc.Sql.STATUS;
import static dev.dibs.jdbc.Sql.TOKEN;
import static dev.dibs.jdbc.Sql.param;
import static org.jooq.impl.DSL.any;
import static org.jooq.impl.DSL.count;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.table;

import dev.dibs.AttemptError;
import dev.dibs.Status;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Field;
import org.jooq.JSONB;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/** The statements that write nothing: one task, the counts, and why a fence held. */
final class ReadStatements {
  /** How a task stands towards a claim; {@code leased} is whether it still has a lease. */
  record Standing(Status status, @Nullable UUID token, boolean leased, boolean cancelRequested) {}

  private static final Field<JSONB> ENTRY = field(name("e", "entry"), JSONB.class);

  private final String find;
  private final String counts;
  private final String standings;
  private final String errors;

  ReadStatements(Sql sql) {
    find =
        sql.render(
            select(TaskRow.COLUMNS).from(sql.tasks()).where(ID.eq(param("id", SQLDataType.UUID))));
    counts = sql.render(select(STATUS, count()).from(sql.tasks()).groupBy(STATUS));
    standings =
        sql.render(
            select(ID, STATUS, TOKEN, field(LEASE_UNTIL.isNotNull()), CANCEL_REQUESTED)
                .from(sql.tasks())
                .where(ID.eq(any(param("ids", SQLDataType.UUID.array())))));
    errors =
        sql.render(
            select(
                    field("{0} ->> 'attempt'", String.class, ENTRY),
                    field("{0} ->> 'at'", String.class, ENTRY),
                    field("{0} ->> 'error'", String.class, ENTRY))
                .from(
                    sql.tasks(),
                    table("jsonb_array_elements({0}) with ordinality", ERRORS)
                        .as("e", "entry", "place"))
                .where(ID.eq(param("id", SQLDataType.UUID)))
                .orderBy(field(name("e", "place"))));
  }

  List<String> sql() {
    return List.of(find, counts, standings, errors);
  }

  Optional<TaskRow> find(Connection connection, UUID id) throws SQLException {
    try (PreparedStatement statement = Bind.planned(connection, find)) {
      Bind.to(statement).value(id);
      try (ResultSet rows = statement.executeQuery()) {
        return rows.next() ? Optional.of(TaskRow.read(rows)) : Optional.empty();
      }
    }
  }

  /** Oldest first. */
  List<AttemptError> errors(Connection connection, UUID id) throws SQLException {
    List<AttemptError> errors = new ArrayList<>();
    try (PreparedStatement statement = Bind.planned(connection, this.errors)) {
      Bind.to(statement).value(id);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          entry(rows.getString(1), rows.getString(2), rows.getString(3)).ifPresent(errors::add);
        }
      }
    }
    return errors;
  }

  /** Empty for what is no entry, which somebody wrote by hand. */
  private static Optional<AttemptError> entry(
      @Nullable String attempt, @Nullable String at, @Nullable String error) {
    if (attempt == null || at == null || error == null) {
      return Optional.empty();
    }
    try {
      Instant written = OffsetDateTime.parse(at).toInstant();
      return Optional.of(new AttemptError(Integer.parseInt(attempt), written, error));
    } catch (DateTimeParseException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  Map<Status, Long> counts(Connection connection) throws SQLException {
    Map<Status, Long> counts = new EnumMap<>(Status.class);
    for (Status status : Status.values()) {
      counts.put(status, 0L);
    }
    try (PreparedStatement statement = Bind.planned(connection, this.counts);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        counts.put(Status.of(rows.getString(1)), rows.getLong(2));
      }
    }
    return counts;
  }

  /** The tasks of these ids; one that is gone is not in the map. */
  Map<UUID, Standing> standings(Connection connection, Collection<UUID> ids) throws SQLException {
    Map<UUID, Standing> standings = new HashMap<>();
    try (PreparedStatement statement = Bind.planned(connection, this.standings)) {
      Bind.to(statement).uuids(ids);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          standings.put(
              rows.getObject(1, UUID.class),
              new Standing(
                  Status.of(rows.getString(2)),
                  rows.getObject(3, UUID.class),
                  rows.getBoolean(4),
                  rows.getBoolean(5)));
        }
      }
    }
    return standings;
  }
}
