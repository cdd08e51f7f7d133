package dev.dibs.it;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.Outcome;
import dev.dibs.TaskQueue;
import dev.dibs.jdbc.PostgresTaskQueue;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import javax.sql.DataSource;

/**
 * Claimants that were paused beyond their leases. All but the queue they write through is the real
 * one: their leases end by the database's clock, and what became of their tasks was done by it.
 */
final class Zombies {
  /** What became of the task while its first claimant was paused. */
  enum Fate {
    RUNS,
    COMPLETED,
    FAILED,
    /** Gives the attempt back: its number is the zombie's again. */
    SNOOZED,
    /** Failed, put back by hand with attempt 0, and taken again: under the zombie's number. */
    REDRIVEN;

    private ClaimUpdate end(Claim claim) {
      return switch (this) {
        case RUNS -> new ClaimUpdate.Extend(claim, Duration.ofHours(1));
        case COMPLETED -> new ClaimUpdate.Complete(claim);
        case SNOOZED -> new ClaimUpdate.Release(claim, Duration.ofHours(1));
        case FAILED, REDRIVEN -> new ClaimUpdate.Fail(claim, "broken");
      };
    }
  }

  private static final String REDRIVE =
      """
      UPDATE tasks SET status = 'pending', attempt = 0, started_at = NULL, completed_at = NULL
      WHERE status = 'failed' AND type = '%s'
      """;
  private static final String ROWS =
      "SELECT id, concat_ws(' ', xmin, ctid, t::text) FROM tasks t WHERE type = ?";
  private static final List<String> FUNCTIONS =
      List.of(
          "complete_task(z.id, z.token)",
          "fail_task(z.id, z.token, 'boom')",
          "extend_task(z.id, z.token)",
          "release_task(z.id, z.token)");

  private final DataSource dataSource;
  private final String schema;
  private final String type;
  private final List<Claim> zombies;

  /** Makes so many of one fate; the type must be one that nobody else uses. */
  Zombies(DataSource dataSource, String schema, Fate fate, int count, String type)
      throws SQLException {
    this.dataSource = dataSource;
    this.schema = schema;
    this.type = type;
    newQueue().enqueueAll(type, Collections.nCopies(count, "1"));
    this.zombies = claim(count, Duration.ofMillis(1));
    awaitExpiry();
    List<Claim> next = claim(count, Duration.ofHours(1));
    applied(next.stream().map(fate::end).toList());
    if (fate == Fate.REDRIVEN) {
      try (Connection connection = connect()) {
        Db.execute(connection, REDRIVE.formatted(type));
      }
      claim(count, Duration.ofHours(1));
    }
  }

  /** Has each try every verb in every way; returns how many were refused in all they tried. */
  int refused(TaskQueue queue) throws SQLException {
    Map<UUID, String> before = rows();
    Set<UUID> passed = new HashSet<>();
    for (Claim zombie : zombies) {
      for (ClaimUpdate update : updates(zombie)) {
        if (queue.apply(update) != Outcome.LEASE_LOST) {
          passed.add(zombie.id());
        }
      }
    }
    for (int verb = 0; verb < updates(zombies.get(0)).size(); verb++) {
      int each = verb;
      List<Outcome> outcomes =
          queue.applyAll(zombies.stream().map(zombie -> updates(zombie).get(each)).toList());
      for (int i = 0; i < outcomes.size(); i++) {
        if (outcomes.get(i) != Outcome.LEASE_LOST) {
          passed.add(zombies.get(i).id());
        }
      }
    }
    passed.addAll(passedFunctions());
    Map<UUID, String> after = rows();
    before.forEach(
        (id, row) -> {
          if (!row.equals(after.get(id))) {
            passed.add(id);
          }
        });
    return zombies.size() - passed.size();
  }

  /** How many writes {@link #refused} lets each zombie try. */
  static int writesOfEach() {
    return 2 * 6 + FUNCTIONS.size();
  }

  private static List<ClaimUpdate> updates(Claim zombie) {
    return List.of(
        new ClaimUpdate.Complete(zombie),
        new ClaimUpdate.Fail(zombie, "boom"),
        new ClaimUpdate.Retry(zombie, "boom", Duration.ofMinutes(1)),
        new ClaimUpdate.Release(zombie, Duration.ZERO),
        new ClaimUpdate.Release(zombie, Duration.ofMinutes(1)),
        new ClaimUpdate.Extend(zombie, Duration.ofMinutes(10)));
  }

  private Set<UUID> passedFunctions() throws SQLException {
    Set<UUID> passed = new HashSet<>();
    try (Connection connection = connect()) {
      Array ids = connection.createArrayOf("uuid", zombies.stream().map(Claim::id).toArray());
      Array tokens = connection.createArrayOf("uuid", zombies.stream().map(Claim::token).toArray());
      for (String function : FUNCTIONS) {
        String sql = "SELECT z.id FROM unnest(?, ?) AS z (id, token) WHERE " + function;
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
          statement.setArray(1, ids);
          statement.setArray(2, tokens);
          try (ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
              passed.add(rows.getObject(1, UUID.class));
            }
          }
        }
      }
    }
    return passed;
  }

  /** Each row with the identity of its version, which a write that changes nothing would change. */
  private Map<UUID, String> rows() throws SQLException {
    Map<UUID, String> found = new HashMap<>();
    try (Connection connection = connect();
        PreparedStatement statement = connection.prepareStatement(ROWS)) {
      statement.setString(1, type);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          found.put(rows.getObject(1, UUID.class), rows.getString(2));
        }
      }
    }
    return found;
  }

  private List<Claim> claim(int count, Duration lease) {
    List<Claim> claims = newQueue().claim(ClaimRequest.of(type).limit(count).lease(lease));
    expect(claims.size() == count, "claimed " + claims.size() + " of " + count);
    return claims;
  }

  private void applied(List<ClaimUpdate> updates) {
    List<Outcome> outcomes = newQueue().applyAll(updates);
    expect(
        outcomes.stream().allMatch(outcome -> outcome == Outcome.APPLIED),
        "outcomes: " + outcomes.stream().collect(Collectors.toSet()));
  }

  private void awaitExpiry() throws SQLException {
    try (Connection connection = connect()) {
      String live = "SELECT 1 FROM tasks WHERE lease_until >= clock_timestamp() AND type = '";
      while (Db.query(connection, live + type + "'") != null) {
        Thread.onSpinWait();
      }
    }
  }

  private static void expect(boolean condition, String message) {
    if (!condition) {
      throw new IllegalStateException(message);
    }
  }

  /** A new one has no cursor yet and finds what has expired at once. */
  private TaskQueue newQueue() {
    return PostgresTaskQueue.create(dataSource, schema);
  }

  private Connection connect() throws SQLException {
    Connection connection = dataSource.getConnection();
    connection.setSchema(schema);
    return connection;
  }
}
