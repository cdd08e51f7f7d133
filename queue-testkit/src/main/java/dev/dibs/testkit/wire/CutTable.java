package dev.dibs.testkit.wire;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** The rows of one queue, read from the table itself. */
final class CutTable {
  /**
   * What the rows say.
   *
   * @param rows how many there are
   * @param meaning all that is the same in each run that went well: no ids, no exact times
   * @param text everything but the lease, which a repetition may begin anew
   */
  record State(int rows, String meaning, String text) {}

  private static final String STATE =
      """
      select count(*),
        coalesce(jsonb_agg(
          to_jsonb(t)
            - '{id, queue, unique_key, token, errors}'::text[]
            - '{created_at, started_at, completed_at, run_at, lease_until}'::text[]
          || jsonb_build_object(
            'claimed', token is not null,
            'ended', completed_at is not null,
            'due_in_hours', floor(extract(epoch from run_at - clock_timestamp()) / 3600),
            'leased_for_hours', floor(extract(epoch from lease_until - clock_timestamp()) / 3600),
            'errors', (
              select coalesce(jsonb_agg(e - 'at' order by place), '[]')
              from jsonb_array_elements(errors) with ordinality as x(e, place)))
          order by id)::text, '[]'),
        coalesce(jsonb_agg(to_jsonb(t) - 'lease_until' order by id)::text, '[]')
      from tasks t
      where queue = ?
      """;

  private final Connection connection;

  /** Reads with a connection of its own whose schema is that of the tasks. */
  CutTable(Connection connection) {
    this.connection = connection;
  }

  State read(String queue) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(STATE)) {
      statement.setString(1, queue);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return new State(row.getInt(1), row.getString(2), row.getString(3));
      }
    }
  }

  void delete(String queue) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("delete from tasks where queue = ?")) {
      statement.setString(1, queue);
      statement.executeUpdate();
    }
  }
}
