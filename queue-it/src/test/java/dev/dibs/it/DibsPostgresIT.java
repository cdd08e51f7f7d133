package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.dibs.testkit.DibsPostgres;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;
import org.junit.platform.testkit.engine.Events;

/** Runs small test classes inside this one; they share its server and have their own schemas. */
class DibsPostgresIT {

  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.withEmptySchema();

  /** The schemas that the inner classes saw. */
  private static final List<String> seen = new CopyOnWriteArrayList<>();

  /** What the last inner class printed. */
  private static final ByteArrayOutputStream printed = new ByteArrayOutputStream();

  private static final String CLAIMED_ROW =
      """
      insert into tasks (type, payload, status, started_at, attempt, token, lease_until)
      values ('t', '{}', 'processing', now(), 1, gen_random_uuid(), now() + interval '1 min')
      """;
  private static final String FINISH_BY_HAND =
      "update tasks set status = 'completed', completed_at = now()";

  @BeforeEach
  void forgetSeen() {
    seen.clear();
  }

  @Test
  void schema_passingClass_isDropped() throws SQLException {
    run(PassingCase.class).assertStatistics(tests -> tests.succeeded(2).failed(0));

    assertThat(seen).hasSize(2).allMatch(schema -> schema.equals("it_passingcase_1"));
    assertThat(exists("it_passingcase_1")).isFalse();
  }

  @Test
  void schema_failingTest_isKeptAndOneLineOpensIt() throws SQLException {
    run(FailingCase.class);

    assertThat(exists("it_failingcase_1")).isTrue();
    assertThat(printed.toString(StandardCharsets.UTF_8).lines())
        .singleElement()
        .asString()
        .contains("psql \"postgresql://postgres@", "?options=-csearch_path%3Dit_failingcase_1\"");
  }

  @Test
  void schema_nameTakenByKeptOne_takesNextNumber() throws SQLException {
    execute(postgres, "create schema it_passingcase_1");

    run(PassingCase.class);

    assertThat(seen).contains("it_passingcase_2");
    execute(postgres, "drop schema it_passingcase_1");
  }

  @Test
  void schema_nestedClass_isThatOfItsEnclosingClass() {
    run(EnclosingCase.class).assertStatistics(tests -> tests.succeeded(2));

    assertThat(seen).containsExactly("it_enclosingcase_1", "it_enclosingcase_1");
  }

  @Test
  void parameters_extendWith_areResolved() {
    run(ParameterCase.class).assertStatistics(tests -> tests.succeeded(1));
  }

  @Test
  void afterEach_leaseWithoutToken_failsNamingRuleAndTask() {
    assertThat(failureOf(LeaseWithoutTokenCase.class))
        .contains("LEASE_WITHOUT_TOKEN", "00000000-0000-0000-0000-000000000123");
  }

  @Test
  void afterEach_claimedRowFinishedByHand_failsUnlessTagged() {
    Events tests = run(FinishByHandCase.class);

    tests.assertStatistics(counts -> counts.succeeded(1).failed(1));
    assertThat(message(tests)).contains("untagged", "LEASE_AFTER_FINISH");
  }

  @Test
  void afterEach_tableOfOtherShape_isNotChecked() {
    run(EightColumnsCase.class).assertStatistics(tests -> tests.succeeded(1));
  }

  @Test
  void afterAll_transactionLeftOpen_failsNamingItsBackend() throws SQLException {
    Events classes = runAll(OpenTransactionCase.class).containerEvents();

    assertThat(message(classes))
        .contains("it_opentransactioncase_1", "idle in transaction", "lock table tasks");
    OpenTransactionCase.forgotten.close();
  }

  @Test
  void dataSource_outsideTestClass_throws() {
    assertThatThrownBy(() -> DibsPostgres.create().dataSource())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("static");
  }

  @Test
  void connect_emptySchema_searchPathIsSchemaWithoutTables() throws SQLException {
    assertThat(text(postgres, "select current_schema()")).isEqualTo(postgres.schema());
    assertThat(text(postgres, "select to_regclass('tasks')")).isNull();
  }

  private static Events run(Class<?> testClass) {
    return runAll(testClass).testEvents();
  }

  private static EngineExecutionResults runAll(Class<?> testClass) {
    PrintStream original = System.err;
    printed.reset();
    System.setErr(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      return EngineTestKit.engine("junit-jupiter").selectors(selectClass(testClass)).execute();
    } finally {
      System.setErr(original);
    }
  }

  private static String failureOf(Class<?> testClass) {
    return message(run(testClass));
  }

  private static String message(Events events) {
    return events.failed().stream()
        .map(Event::getPayload)
        .map(payload -> payload.orElseThrow().toString())
        .reduce("", String::concat);
  }

  private static boolean exists(String schema) throws SQLException {
    return text(postgres, "select to_regnamespace('" + schema + "')") != null;
  }

  private static void execute(DibsPostgres server, String sql) throws SQLException {
    try (Connection connection = server.connect();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.execute();
    }
  }

  private static String text(DibsPostgres server, String sql) throws SQLException {
    try (Connection connection = server.connect();
        PreparedStatement statement = connection.prepareStatement(sql);
        ResultSet row = statement.executeQuery()) {
      row.next();
      return row.getString(1);
    }
  }

  static class PassingCase {
    @RegisterExtension static final DibsPostgres inner = DibsPostgres.create();

    @Test
    void first() throws SQLException {
      seen.add(inner.schema());
      execute(inner, CLAIMED_ROW);
    }

    @Test
    void second() {
      seen.add(inner.schema());
    }
  }

  static class FailingCase {
    @RegisterExtension static final DibsPostgres inner = DibsPostgres.create();

    @Test
    void fails() {
      throw new AssertionError("on purpose");
    }

    @Test
    void passes() {}
  }

  static class EnclosingCase {
    @RegisterExtension static final DibsPostgres inner = DibsPostgres.withEmptySchema();

    @Test
    void outside() {
      seen.add(inner.schema());
    }

    @Nested
    class Inside {
      @Test
      void inside() {
        seen.add(inner.schema());
      }
    }
  }

  @ExtendWith(DibsPostgres.class)
  static class ParameterCase {
    @Test
    void both(DibsPostgres inner, DataSource source) throws SQLException {
      assertThat(text(inner, "select count(*) from tasks")).isEqualTo("0");
      source.getConnection().close();
    }
  }

  static class LeaseWithoutTokenCase {
    @RegisterExtension static final DibsPostgres inner = DibsPostgres.create();

    @Test
    void leaves() throws SQLException {
      execute(
          inner,
          """
          insert into tasks (id, type, payload, status, lease_until)
          values ('00000000-0000-0000-0000-000000000123', 't', '{}', 'processing', now())
          """);
    }
  }

  static class FinishByHandCase {
    @RegisterExtension static final DibsPostgres inner = DibsPostgres.create();

    @BeforeEach
    void finish() throws SQLException {
      execute(inner, CLAIMED_ROW);
      execute(inner, FINISH_BY_HAND);
    }

    @Test
    @Tag("writes-by-hand")
    void tagged() {}

    @Test
    void untagged() {}
  }

  static class EightColumnsCase {
    @RegisterExtension static final DibsPostgres inner = DibsPostgres.withEmptySchema();

    @Test
    void creates() throws SQLException {
      execute(inner, "create table tasks (id uuid, status text)");
      execute(inner, "insert into tasks values (gen_random_uuid(), 'processing')");
    }
  }

  static class OpenTransactionCase {
    @RegisterExtension static final DibsPostgres inner = DibsPostgres.create();
    static Connection forgotten;

    @Test
    void forgets() throws SQLException {
      forgotten = inner.connect();
      forgotten.setAutoCommit(false);
      try (PreparedStatement lock =
          forgotten.prepareStatement("lock table tasks in row exclusive mode")) {
        lock.execute();
      }
    }
  }
}
