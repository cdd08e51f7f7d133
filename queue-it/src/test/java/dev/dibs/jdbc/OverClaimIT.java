package dev.dibs.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.testkit.DibsPostgres;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGStatement;

/**
 * The trap of BUG #15715: a plan that was made for the empty table and kept, with the joins off
 * that would hide it, runs the picking subquery of the textbook claim once for every row of the
 * table.
 */
class OverClaimIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  private static final int LIMIT = 10;

  @BeforeEach
  void emptyAndAnalysed() throws SQLException {
    try (Connection connection = postgres.connect();
        Statement statement = connection.createStatement()) {
      statement.execute("ALTER TABLE tasks SET (autovacuum_enabled = off)");
      statement.execute("TRUNCATE tasks");
      statement.execute("VACUUM ANALYZE tasks");
    }
  }

  @Test
  void claim_textbookInSubquery_takesMoreThanItsLimit() throws SQLException {
    try (Connection connection = trapped();
        PreparedStatement claim =
            kept(
                connection,
                """
                UPDATE tasks SET status = 'processing', attempt = attempt + 1, token = gen_random_uuid(),
                  started_at = now(), lease_until = now() + interval '1 minute'
                WHERE id IN (
                  SELECT id FROM tasks WHERE status = 'pending' AND type = ? AND run_at <= now()
                  ORDER BY run_at, id LIMIT ? FOR UPDATE SKIP LOCKED)
                RETURNING id
                """)) {
      claim.setString(1, "a");
      claim.setInt(2, LIMIT);
      runOnEmptyTable(claim);
      fill(connection);
      assertThat(rows(claim)).as("returned by the mutant").isGreaterThan(LIMIT);
    }
  }

  /** As it is sent, and in its function. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void claim_ours_neverTakesMoreThanItsLimit(int form) throws SQLException {
    try (Connection connection = trapped();
        PreparedStatement claim =
            kept(connection, new ClaimStatement(new Sql(postgres.schema())).sql().get(form))) {
      Bind bind =
          Bind.to(claim)
              .value(1_000_000L)
              .array("text", new String[] {"a", "a"})
              .array("int2", new Short[] {1, 3})
              .array("timestamptz", new String[] {"-infinity", "-infinity"})
              .array("uuid", new UUID[] {new UUID(0, 0), new UUID(0, 0)})
              .array("int4", new Integer[] {LIMIT, LIMIT})
              .value("default");
      if (form == 0) {
        bind.value("default").value(LIMIT).value("default");
      }
      bind.value(LIMIT).value(UUID.randomUUID()).value(60_000_000L);
      runOnEmptyTable(claim);
      fill(connection);
      for (int claims = 1; claims <= 20; claims++) {
        assertThat(rows(claim)).as("returned").isEqualTo(LIMIT);
        assertThat(processing(connection)).as("marked").isEqualTo(claims * LIMIT);
      }
    }
  }

  private static Connection trapped() throws SQLException {
    Connection connection = postgres.connect();
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET plan_cache_mode = force_generic_plan");
      statement.execute("SET enable_hashjoin = off");
      statement.execute("SET enable_mergejoin = off");
    }
    return connection;
  }

  private static PreparedStatement kept(Connection connection, String sql) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    statement.unwrap(PGStatement.class).setPrepareThreshold(1);
    return statement;
  }

  private static void runOnEmptyTable(PreparedStatement claim) throws SQLException {
    for (int i = 0; i < 6; i++) {
      assertThat(rows(claim)).isZero();
    }
    assertThat(claim.unwrap(PGStatement.class).isUseServerPrepare()).isTrue();
  }

  private static void fill(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "INSERT INTO tasks(type, payload) SELECT 'a', '{}' FROM generate_series(1, 3000)");
    }
  }

  private static int rows(PreparedStatement claim) throws SQLException {
    int rows = 0;
    try (ResultSet result = claim.executeQuery()) {
      while (result.next()) {
        rows++;
      }
    }
    return rows;
  }

  private static int processing(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT count(*) FROM tasks WHERE status = 'processing'")) {
      row.next();
      return row.getInt(1);
    }
  }
}
