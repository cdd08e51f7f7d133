package dev.dibs.examples.benchmark.contender;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;

/** Plain inserts into the table of Dibs, as programs in other languages write them. */
final class DibsTable implements Contender.Producer {
  private final DataSource pool;

  DibsTable(DataSource pool) {
    this.pool = pool;
  }

  @Override
  public void one(String payload) throws SQLException {
    many(List.of(payload));
  }

  @Override
  public void many(List<String> payloads) throws SQLException {
    try (Connection connection = pool.getConnection();
        PreparedStatement statement =
            connection.prepareStatement(
                "INSERT INTO tasks(type, payload)"
                    + " SELECT '"
                    + Dibs.TYPE
                    + "', payload::jsonb FROM unnest(?::text[]) AS payload")) {
      statement.setArray(1, connection.createArrayOf("text", payloads.toArray()));
      statement.executeUpdate();
    }
  }
}
