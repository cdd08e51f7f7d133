package dev.dibs.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.dibs.Claim;
import dev.dibs.Handler;
import dev.dibs.NewTask;
import dev.dibs.TaskQueue;
import dev.dibs.jdbc.PostgresTaskQueue;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class IdempotencyCheckIT {
  private static final NewTask TASK = NewTask.of("charge", "{\"order\": 7}");

  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  @BeforeAll
  static void createTables() throws SQLException {
    try (Connection connection = postgres.connect()) {
      run(connection, "create table charges (task uuid, cents int)");
      run(connection, "create table guarded (task uuid primary key, cents int)");
      run(connection, "create table account (balance int not null)");
    }
  }

  private static IdempotencyCheck check(Function<DataSource, Handler> handler) {
    return check(postgres.schemaDataSource(), handler);
  }

  private static IdempotencyCheck check(
      DataSource dataSource, Function<DataSource, Handler> handler) {
    return IdempotencyCheck.on(dataSource, postgres.schema())
        .handler(handler)
        .task(TASK)
        .reset("truncate charges, guarded, account", "insert into account values (100)")
        .effects(
            "select 'charge', cents from charges union all select 'guarded', cents from guarded")
        .effects("select 'balance', balance from account");
  }

  private static void run(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static void insert(Connection connection, String table, Claim task) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("insert into " + table + " values (?, 12)")) {
      statement.setObject(1, task.id());
      statement.executeUpdate();
    }
  }

  private static Handler statementByStatement(DataSource source) {
    return task -> {
      try (Connection connection = source.getConnection()) {
        insert(connection, "charges", task);
        run(connection, "update account\n   set balance = balance - 12");
      }
    };
  }

  private static Handler inOneTransaction(DataSource source) {
    return task -> {
      try (Connection connection = source.getConnection()) {
        connection.setAutoCommit(false);
        insert(connection, "charges", task);
        run(connection, "update account set balance = balance - 12");
        connection.commit();
      }
    };
  }

  private static Handler withTheCompletion(DataSource source) {
    return task -> {
      try (Connection connection = source.getConnection()) {
        connection.setAutoCommit(false);
        insert(connection, "charges", task);
        run(connection, "update account set balance = balance - 12");
        task.completeIn(connection);
        connection.commit();
      }
    };
  }

  @Test
  void run_taskThatIsNotDueYet_isHandledAtOnce() {
    IdempotencyCheck check = check(IdempotencyCheckIT::withTheCompletion);

    assertThat(check.task(TASK.delay(Duration.ofMinutes(10))).run().passed()).isTrue();
  }

  @Test
  void run_keyThatAnotherTaskHas_saysWhichTask() {
    TaskQueue queue = PostgresTaskQueue.create(postgres.dataSource(), postgres.schema());
    UUID holder = queue.enqueue(NewTask.of(TASK.type(), "1").uniqueKey("order-7"));
    IdempotencyCheck check =
        check(IdempotencyCheckIT::withTheCompletion).task(TASK.uniqueKey("order-7"));

    assertThatIllegalStateException()
        .isThrownBy(check::run)
        .withMessageContaining("task " + holder + " has its unique key");
  }

  @Test
  void run_connectionOfAResultSet_isCountedToo() {
    IdempotencyCheck check =
        check(
            source ->
                task -> {
                  try (Connection connection = source.getConnection();
                      Statement statement = connection.createStatement();
                      ResultSet rows = statement.executeQuery("select 1")) {
                    insert(rows.getStatement().getConnection(), "charges", task);
                  }
                });

    assertThat(check.run().statements())
        .containsExactly("select 1", "insert into charges values (?, 12)");
  }

  @Test
  void run_eachStatementCommitsByItself_isFoundAtEveryPoint() {
    IdempotencyReport report = check(IdempotencyCheckIT::statementByStatement).run();

    assertThat(report.passed()).isFalse();
    assertThat(report.points()).isEqualTo(3);
    assertThat(report.statements())
        .containsExactly(
            "insert into charges values (?, 12)", "update account set balance = balance - 12");
    assertThat(report.effects()).isEqualTo("charge | 12\nbalance | 88");
    assertThat(report.findings())
        .containsExactly(
            new IdempotencyReport.Finding(
                "statement 1: insert into charges values (?, 12)",
                "charge | 12\ncharge | 12\nbalance | 88"),
            new IdempotencyReport.Finding(
                "statement 2: update account set balance = balance - 12",
                "charge | 12\ncharge | 12\nbalance | 76"),
            new IdempotencyReport.Finding(
                IdempotencyReport.END, "charge | 12\ncharge | 12\nbalance | 76"));
  }

  @Test
  void verify_eachStatementCommitsByItself_showsBothEffects() {
    IdempotencyCheck check = check(IdempotencyCheckIT::statementByStatement);

    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(check::verify)
        .withMessage(
            """
            handler of 'charge': killed after each of 3 points and run again, with other effects for 3
              effects of one undisturbed run:
                  charge | 12
                  balance | 88
              killed after statement 1: insert into charges values (?, 12)
              and run again:
                  charge | 12
                  charge | 12
                  balance | 88
              killed after statement 2: update account set balance = balance - 12
              and run again:
                  charge | 12
                  charge | 12
                  balance | 76
              killed after the return of the handler, before its completion was written
              and run again:
                  charge | 12
                  charge | 12
                  balance | 76""");
  }

  @Test
  void run_oneTransactionButNotTheCompletion_isFoundAfterTheCommit() {
    IdempotencyReport report = check(IdempotencyCheckIT::inOneTransaction).run();

    assertThat(report.findings())
        .extracting(IdempotencyReport.Finding::killedAfter)
        .containsExactly("statement 3: COMMIT", IdempotencyReport.END);
  }

  @Test
  void run_completeInTheSameTransaction_passes() {
    IdempotencyReport report = check(IdempotencyCheckIT::withTheCompletion).verify();

    assertThat(report.passed()).isTrue();
    assertThat(report.points()).isEqualTo(5);
    assertThat(report.statements()).hasSize(4).endsWith("COMMIT");
    assertThat(report)
        .hasToString(
            "handler of 'charge': killed after each of 5 points and run again, always with the effects"
                + " of one run");
  }

  @Test
  void run_poolOfOneConnectionWithoutAutocommit_passes() {
    HikariConfig config = new HikariConfig();
    config.setDataSource(postgres.schemaDataSource());
    config.setMaximumPoolSize(1);
    config.setAutoCommit(false);
    try (HikariDataSource pool = new HikariDataSource(config)) {
      assertThat(check(pool, IdempotencyCheckIT::withTheCompletion).verify().points()).isEqualTo(5);
      assertThat(check(pool, IdempotencyCheckIT::inOneTransaction).run().findings()).hasSize(2);
    }
  }

  @Test
  void run_guardThatSkipsWhatIsThere_passes() {
    assertThat(
            check(
                    source ->
                        task -> {
                          try (Connection connection = source.getConnection();
                              PreparedStatement statement =
                                  connection.prepareStatement(
                                      "insert into guarded values (?, 12) on conflict do nothing")) {
                            statement.setObject(1, task.id());
                            statement.executeUpdate();
                          }
                        })
                .run()
                .passed())
        .isTrue();
  }

  @Test
  void run_guardThatFailsTheSecondRun_isFound() {
    IdempotencyReport report =
        check(
                source ->
                    task -> {
                      try (Connection connection = source.getConnection()) {
                        insert(connection, "guarded", task);
                      }
                    })
            .run();

    assertThat(report.findings()).hasSize(2);
    assertThat(report.findings().get(0).effects())
        .startsWith(
            "the second run failed: org.postgresql.util.PSQLException: ERROR: duplicate key");
  }

  @Test
  void run_handlerThatCatchesEverything_getsNoFurtherInTheDatabase() {
    List<String> tried = new ArrayList<>();
    check(
            source ->
                task -> {
                  try (Connection connection = source.getConnection()) {
                    connection.setAutoCommit(false);
                    try {
                      insert(connection, "charges", task);
                    } catch (Throwable killed) {
                      tried.add("insert: " + killed.getMessage());
                    }
                    try {
                      connection.commit();
                    } catch (Throwable killed) {
                      tried.add("commit: " + killed.getMessage());
                    }
                    task.completeIn(connection);
                    connection.commit();
                  }
                })
        .run();

    assertThat(tried)
        .startsWith(
            "insert: killed by IdempotencyCheck after insert into charges values (?, 12)",
            "commit: killed by IdempotencyCheck after insert into charges values (?, 12)");
  }

  /** A service that is given the task's id sends once; one that is not sends again. */
  @Test
  void run_mailsFromTheHandler_areFoundUnlessTheyCarryTheId() {
    List<String> sent = new ArrayList<>();
    Map<UUID, String> sentById = new TreeMap<>();
    IdempotencyCheck check =
        IdempotencyCheck.on(postgres.schemaDataSource(), postgres.schema())
            .handler(source -> task -> sent.add("mail to ada"))
            .task(TASK)
            .reset(sent::clear)
            .effects(() -> sent);
    IdempotencyReport report = check.run();

    assertThat(report.findings())
        .containsExactly(
            new IdempotencyReport.Finding(IdempotencyReport.END, "[mail to ada, mail to ada]"));
    check
        .handler(source -> task -> sentById.put(task.id(), "mail to ada"))
        .reset(sentById::clear)
        .effects(() -> sentById)
        .verify();
  }

  @Test
  void run_handlerThatFailsByItself_isNoFinding() {
    assertThatIllegalStateException()
        .isThrownBy(
            () ->
                check(
                        source ->
                            task -> {
                              throw new IllegalArgumentException("no such order");
                            })
                    .run())
        .withMessageContaining("does not complete its task when nobody kills it")
        .satisfies(e -> assertThat(e).hasRootCauseMessage("no such order"));
    assertThatIllegalStateException()
        .isThrownBy(() -> check(source -> task -> task.snooze(Duration.ofDays(1))).run())
        .withMessageContaining("does not complete its task");
  }

  @Test
  void run_incompleteOrBroken_saysWhat() {
    assertThatIllegalStateException()
        .isThrownBy(() -> IdempotencyCheck.on(postgres.schemaDataSource(), postgres.schema()).run())
        .withMessageContaining("handler(…), task(…) and effects(…)");
    assertThatIllegalStateException()
        .isThrownBy(() -> check(source -> task -> {}).reset("no sql").run())
        .withMessageContaining("the reset failed: ERROR: syntax error");
    assertThatIllegalStateException()
        .isThrownBy(() -> check(source -> task -> {}).effects("select nothing").run())
        .withMessageContaining("the effects cannot be read: ERROR");
  }

  @Test
  void run_endlessStatements_isRefused() {
    int[] statements = {0};
    assertThatIllegalStateException()
        .isThrownBy(
            () ->
                check(
                        source ->
                            task -> {
                              try (Connection connection = source.getConnection()) {
                                for (int i = 0; i <= IdempotencyCheck.MAX_STATEMENTS; i++) {
                                  statements[0]++;
                                  run(connection, "select 1");
                                }
                              }
                            })
                    .run())
        .withMessageContaining("more than 1000 statements");
    assertThat(statements[0]).as("found in the first run").isEqualTo(1001);
  }
}
