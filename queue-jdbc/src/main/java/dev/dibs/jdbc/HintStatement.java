package dev.dibs.jdbc;

import static dev.dibs.jdbc.Sql.ID;
import static dev.dibs.jdbc.Sql.param;
import static dev.dibs.jdbc.Sql.text;
import static org.jooq.impl.DSL.any;
import static org.jooq.impl.DSL.function;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.select;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jooq.Field;
import org.jooq.impl.SQLDataType;

/** Says on the channel that there are tasks; writes nothing. */
final class HintStatement {
  /** The channel of every queue of a database; the payload says which. */
  static final String CHANNEL = "dibs";

  private final String say;
  private final String sayIfSeen;

  HintStatement(Sql sql) {
    Field<String> said =
        function(name("pg_notify"), SQLDataType.CLOB, inline(CHANNEL), text("payload"));
    say = sql.render(select(said));
    // Of equal payloads in one transaction the server sends one.
    sayIfSeen =
        sql.render(
            select(ID, said)
                .from(sql.tasks())
                .where(ID.eq(any(param("ids", SQLDataType.UUID.array())))));
  }

  List<String> sql() {
    return List.of(say, sayIfSeen);
  }

  void say(Connection connection, String payload) throws SQLException {
    try (PreparedStatement statement = Bind.planned(connection, say)) {
      Bind.to(statement).value(payload);
      statement.execute();
    }
  }

  /**
   * Says it if one of these tasks is there.
   *
   * @return those that are: whose transactions have committed
   */
  Set<UUID> sayIfSeen(Connection connection, String payload, Collection<UUID> ids)
      throws SQLException {
    Set<UUID> seen = new HashSet<>();
    try (PreparedStatement statement = Bind.planned(connection, sayIfSeen)) {
      Bind.to(statement).value(payload).uuids(ids);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          seen.add(rows.getObject(1, UUID.class));
        }
      }
    }
    return seen;
  }
}
