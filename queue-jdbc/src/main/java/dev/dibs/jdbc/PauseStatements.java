package dev.dibs.jdbc;

import static dev.dibs.jdbc.Sql.text;
import static org.jooq.impl.DSL.deleteFrom;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.insertInto;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.select;

import dev.dibs.Pause;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Table;

/** The statements on {@code dibs_pauses}, one row for each pause. */
final class PauseStatements {
  private final String pause;
  private final String resume;
  private final String pauses;

  PauseStatements(Sql sql) {
    Table<Record> table = sql.table("dibs_pauses", "p");
    Field<String> kind = field(name("p", "kind"), String.class);
    Field<String> paused = field(name("p", "name"), String.class);
    Field<String> givenKind = text("kind");
    Field<String> givenName = text("name");
    pause =
        sql.render(
            insertInto(table, kind, paused)
                .values(givenKind, givenName)
                .onConflict(kind, paused)
                .doNothing());
    resume = sql.render(deleteFrom(table).where(kind.eq(givenKind)).and(paused.eq(givenName)));
    pauses = sql.render(select(kind, paused).from(table));
  }

  List<String> sql() {
    return List.of(pause, resume, pauses);
  }

  /** Whether there was none. */
  boolean pause(Connection connection, Pause given) throws SQLException {
    return write(connection, pause, given);
  }

  /** Whether there was one. */
  boolean resume(Connection connection, Pause given) throws SQLException {
    return write(connection, resume, given);
  }

  private static boolean write(Connection connection, String sql, Pause given) throws SQLException {
    try (PreparedStatement statement = Bind.planned(connection, sql)) {
      Bind.to(statement).value(given.kind().name().toLowerCase(Locale.ROOT)).value(given.name());
      return statement.executeUpdate() > 0;
    }
  }

  /** Without those of blank names, which plain SQL can write and Java gives to nothing. */
  List<Pause> pauses(Connection connection) throws SQLException {
    List<Pause> all = new ArrayList<>();
    try (PreparedStatement statement = Bind.planned(connection, pauses);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        Pause.Kind kind = Pause.Kind.valueOf(rows.getString(1).toUpperCase(Locale.ROOT));
        String name = rows.getString(2);
        if (!name.isBlank()) {
          all.add(new Pause(kind, name));
        }
      }
    }
    return all;
  }
}
