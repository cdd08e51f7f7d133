package dev.dibs.testkit;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Rules that every committed row of {@code tasks} keeps at any time, checked in the search path's
 * schema. They leave alone what the SQL contract lets other programs write into a task that Dibs
 * has never claimed.
 */
final class TableInvariants {

  /** Absent, and adopted or foreign tables without the columns, count as nothing to check. */
  private static final String APPLICABLE =
      """
      select count(*) = 5 from pg_attribute
      where attrelid = to_regclass('tasks')
        and attname in ('token', 'lease_until', 'attempt', 'max_attempts', 'expiries')
      """;

  /** One row per broken rule: its name, how many tasks break it, and the first of them. */
  private static final String VIOLATIONS =
      """
      select rule, count(*), min(id::text)
      from tasks
        cross join (select ?::boolean as by_hand) as writes
        cross join lateral (values
          ('LEASE_WITHOUT_TOKEN',
            status = 'processing' and lease_until is not null and token is null),
          ('NEGATIVE_COUNT', attempt < 0 or expiries < 0),
          ('CLAIM_INCOMPLETE',
            status = 'processing' and token is not null and not by_hand
              and (started_at is null or lease_until is null or attempt < 1)),
          ('LEASE_AFTER_FINISH',
            status in ('completed', 'failed', 'cancelled')
              and token is not null and lease_until is not null and not by_hand),
          ('FINISH_WITHOUT_TIME',
            status in ('completed', 'failed')
              and token is not null and completed_at is null and not by_hand)
        ) as rules (rule, broken)
      where broken
      group by rule
      order by rule
      """;

  private TableInvariants() {}

  /**
   * Reads the committed rows.
   *
   * @param byHand whether tests claim or finish tasks by a plain UPDATE, as older workers do: it
   *     leaves the columns of an earlier claim as they were
   * @return one line per broken rule, with a task's id; empty when all hold or no table is there
   */
  static List<String> violations(Connection connection, boolean byHand) throws SQLException {
    List<String> violations = new ArrayList<>();
    if (!applicable(connection)) {
      return violations;
    }
    try (PreparedStatement statement = connection.prepareStatement(VIOLATIONS)) {
      statement.setBoolean(1, byHand);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          violations.add(
              "%s: task %s (%d in all)"
                  .formatted(rows.getString(1), rows.getString(3), rows.getLong(2)));
        }
      }
    }
    return violations;
  }

  private static boolean applicable(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(APPLICABLE);
        ResultSet row = statement.executeQuery()) {
      return row.next() && row.getBoolean(1);
    }
  }
}
