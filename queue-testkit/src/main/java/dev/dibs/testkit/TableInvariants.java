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

  /** Rules of one migration, for tables that have its columns. */
  private record Rules(List<String> columns, String broken) {}

  private static final Rules TASKS =
      new Rules(
          List.of("token", "lease_until", "attempt", "max_attempts", "expiries"),
          """
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
          """);

  private static final Rules DELIVERY =
      new Rules(
          List.of(
              "errors", "unique_key", "unique_window", "cancel_requested", "progress", "result"),
          """
          ('CANCEL_WITHOUT_TIME',
            status = 'cancelled' and completed_at is null and not by_hand
              and (token is not null or cancel_requested)),
          ('CANCEL_UNHEARD', status = 'pending' and cancel_requested and not by_hand),
          ('FAILED_INSTEAD_OF_CANCELLED',
            status = 'failed' and cancel_requested and not by_hand),
          ('UNIQUE_BROKEN',
            id in (
              select pg_catalog.unnest(pg_catalog.array_agg(o.id)) from tasks o
              where o.unique_key is not null and (o.live or o.unique_window is not null)
              group by o.type, o.unique_key, o.unique_window having count(*) > 1)),
          ('HISTORY_MALFORMED',
            case when errors is null then false
              when jsonb_typeof(errors) <> 'array' then true
              else jsonb_array_length(errors) not between 1 and 10 or exists (
                select from jsonb_array_elements(errors) as e (error)
                where (jsonb_typeof(error -> 'attempt') = 'number'
                  and jsonb_typeof(error -> 'at') = 'string'
                  and jsonb_typeof(error -> 'error') = 'string') is not true) end),
          ('RESULT_OF_UNFINISHED',
            status <> 'completed' and result is not null and token is not null and not by_hand)
          """);

  /** Absent tables, and those without the columns, count as nothing to check. */
  private static final String APPLICABLE =
      """
      select count(*) = pg_catalog.cardinality(given.columns)
      from (select ?::text[] as columns) as given
        left join pg_attribute
          on attrelid = to_regclass('tasks')::oid and attname::text = any (given.columns)
          and not attisdropped
      group by given.columns
      """;

  /** One row per broken rule: its name, how many tasks break it, and the first of them. */
  private static final String VIOLATIONS =
      """
      select rule, count(*), min(id::text)
      from tasks
        cross join (select ?::boolean as by_hand) as writes
        cross join lateral (values %s) as rules (rule, broken)
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
    for (Rules rules : List.of(TASKS, DELIVERY)) {
      if (applicable(connection, rules)) {
        violations.addAll(violations(connection, rules, byHand));
      }
    }
    return violations;
  }

  private static List<String> violations(Connection connection, Rules rules, boolean byHand)
      throws SQLException {
    List<String> violations = new ArrayList<>();
    String sql = VIOLATIONS.formatted(rules.broken());
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
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

  private static boolean applicable(Connection connection, Rules rules) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(APPLICABLE)) {
      statement.setArray(1, connection.createArrayOf("text", rules.columns().toArray()));
      try (ResultSet row = statement.executeQuery()) {
        return row.next() && row.getBoolean(1);
      }
    }
  }
}
