package dev.dibs.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** For each rule a row that breaks it and nothing else, and rows that keep them all. */
class TableInvariantsIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  private static final String TOKEN = "'00000000-0000-0000-0000-000000000001'";
  private static final String ERROR =
      "{\"at\": \"2026-01-01\", \"error\": \"boom\", \"attempt\": 1}";

  private Connection sql;

  /** What the table itself refuses is allowed in a transaction that never commits. */
  @BeforeEach
  void open() throws SQLException {
    sql = postgres.connect();
    sql.setAutoCommit(false);
    run("drop index tasks_unique_live_idx, tasks_unique_window_idx");
    run("alter table tasks drop constraint dibs_errors");
  }

  @AfterEach
  void close() throws SQLException {
    sql.rollback();
    sql.close();
  }

  private void run(String statement) throws SQLException {
    try (Statement running = sql.createStatement()) {
      running.execute(statement);
    }
  }

  private void insert(String columns, String values) throws SQLException {
    run("insert into tasks (type, payload, %s) values ('a', '1', %s)".formatted(columns, values));
  }

  private void assertBroken(String rule) throws SQLException {
    assertThat(TableInvariants.violations(sql, false))
        .singleElement()
        .satisfies(violation -> assertThat(violation).startsWith(rule + ": task "));
    run("truncate tasks");
  }

  @Test
  void violations_eachRuleOfDelivery_isFound() throws SQLException {
    insert("status, token", "'cancelled', " + TOKEN);
    assertBroken("CANCEL_WITHOUT_TIME");
    insert("status, cancel_requested", "'cancelled', true");
    assertBroken("CANCEL_WITHOUT_TIME");
    insert("cancel_requested", "true");
    assertBroken("CANCEL_UNHEARD");
    insert("status, cancel_requested", "'failed', true");
    assertBroken("FAILED_INSTEAD_OF_CANCELLED");
    insert("result, token", "'1', " + TOKEN);
    assertBroken("RESULT_OF_UNFINISHED");
    for (String errors :
        List.of(
            "{}",
            "[]",
            "[1]",
            "[{\"at\": \"2026-01-01\", \"error\": null, \"attempt\": 1}]",
            "[{\"at\": \"2026-01-01\", \"error\": \"boom\"}]",
            "[" + (ERROR + ",").repeat(10) + ERROR + "]")) {
      insert("errors", "'" + errors + "'");
      assertBroken("HISTORY_MALFORMED");
    }
  }

  @Test
  void violations_keyHeldTwice_isFound() throws SQLException {
    insert("unique_key", "'k'");
    insert("unique_key, status, started_at", "'k', 'processing', now()");
    assertKeyBroken();
    for (int i = 0; i < 2; i++) {
      insert("unique_key, unique_window, status", "'k', '[2026-01-01, 2026-01-02)', 'completed'");
    }
    assertKeyBroken();
  }

  private void assertKeyBroken() throws SQLException {
    assertThat(TableInvariants.violations(sql, false))
        .singleElement()
        .satisfies(violation -> assertThat(violation).contains("UNIQUE_BROKEN", "(2 in all)"));
    run("truncate tasks");
  }

  @Test
  void violations_rowsAsTheyMayBe_areNone() throws SQLException {
    insert(
        "status, completed_at, token, cancel_requested", "'cancelled', now(), " + TOKEN + ", true");
    insert("status", "'cancelled'");
    insert("status, result, completed_at, token", "'completed', '1', now(), " + TOKEN);
    insert("errors", "'[" + (ERROR + ",").repeat(9) + ERROR + "]'");
    insert("unique_key", "'k'");
    insert("unique_key, status", "'k', 'completed'");
    insert("unique_key", "'l'");
    insert("unique_key, unique_window", "'k', '[2026-01-01, 2026-01-02)'");
    insert("unique_key, unique_window", "'k', '[2026-01-01, 2026-01-03)'");
    insert("unique_key, unique_window", "'l', '[2026-01-01, 2026-01-02)'");

    assertThat(TableInvariants.violations(sql, false)).isEmpty();
  }
}
