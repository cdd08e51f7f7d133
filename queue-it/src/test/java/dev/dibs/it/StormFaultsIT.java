package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.DibsException;
import dev.dibs.TaskQueue;
import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.testkit.DibsPostgres;
import dev.dibs.testkit.storm.AuditTrigger;
import dev.dibs.testkit.storm.Fault;
import dev.dibs.testkit.storm.Rule;
import dev.dibs.testkit.storm.Storm;
import dev.dibs.testkit.storm.Verdict;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.ds.PGSimpleDataSource;

/** A storm with everything it has: the queue keeps every rule, and the checker sees none broken. */
class StormFaultsIT {
  private static final int CLAIMERS = 16;

  /** What an audit has made. */
  private static final String LEFT =
      """
      SELECT relname::text FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND relname ~ 'change'
      UNION ALL SELECT proname::text FROM pg_proc
        WHERE pronamespace = current_schema()::regnamespace AND proname ~ 'change'
      UNION ALL SELECT tgname::text FROM pg_trigger WHERE tgrelid = 'tasks'::regclass
      """;

  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  private static HikariDataSource pool;
  private static TaskQueue queue;

  private static final Fault[] OF_CLIENTS = {
    Fault.TERMINATED_SESSION, Fault.PAUSED_CLAIMER, Fault.HELD_ROW
  };

  @BeforeAll
  static void connect() {
    pool = newPool();
    queue = PostgresTaskQueue.create(pool, postgres.schema());
  }

  private static HikariDataSource newPool() {
    HikariConfig config = new HikariConfig();
    config.setDataSource(postgres.dataSource());
    config.setMaximumPoolSize(CLAIMERS + 1);
    config.setConnectionTimeout(60_000);
    return new HikariDataSource(config);
  }

  @AfterAll
  static void disconnect() {
    pool.close();
  }

  @Test
  void audit_createdAndClosed_seesChangesInTheirOrderAndLeavesNothing() throws SQLException {
    try (Connection connection = postgres.connect()) {
      try (AuditTrigger audit = AuditTrigger.create(postgres.dataSource(), postgres.schema())) {
        UUID id = queue.enqueue("audited", "1");
        queue.claim(ClaimRequest.of("audited")).get(0).complete();

        assertThat(
                Db.column(
                    connection,
                    "SELECT concat_ws(' ', status, attempt, inserted, claimed) FROM "
                        + audit.table()
                        + " WHERE task = '"
                        + id
                        + "' ORDER BY no"))
            .containsExactly("pending 0 t f", "processing 1 f t", "completed 1 f f");
      }
      assertThat(Db.column(connection, LEFT)).isEmpty();
    }
  }

  @Test
  void audit_thereAlready_isRefusedWithTheStatementsThatDropIt() {
    AuditTrigger audit = AuditTrigger.create(postgres.dataSource(), postgres.schema());
    try {
      Storm storm = Storm.on(queue).database(postgres.dataSource(), postgres.schema()).audit(true);
      assertThatIllegalStateException()
          .isThrownBy(storm::run)
          .withMessageContaining("another test audits this schema, or one that died has left it:")
          .withMessageContaining("DROP TRIGGER");
    } finally {
      audit.close();
    }
  }

  @Test
  void audit_roleThatDoesNotOwnTheTable_isRefusedAndLeavesNothing() throws SQLException {
    try (Connection connection = postgres.connect()) {
      String role = postgres.schema() + "_reader";
      Db.execute(
          connection,
          "CREATE ROLE " + role + " LOGIN",
          "GRANT USAGE, CREATE ON SCHEMA " + postgres.schema() + " TO " + role,
          "GRANT SELECT ON tasks TO " + role);
      try {
        PGSimpleDataSource reader = new PGSimpleDataSource();
        reader.setUrl(postgres.jdbcUrl());
        reader.setUser(role);
        Storm storm = Storm.on(queue).database(reader, postgres.schema()).audit(true);

        assertThatIllegalStateException()
            .isThrownBy(storm::run)
            .withMessageStartingWith("audit: its trigger cannot be created")
            .withMessageEndingWith("use a role that owns the table, or do without an audit");
        assertThat(Db.column(connection, LEFT)).isEmpty();
      } finally {
        Db.execute(connection, "DROP OWNED BY " + role, "DROP ROLE " + role);
      }
    }
  }

  /** The transaction keeps the trigger from being dropped as well. */
  @Test
  @Timeout(60)
  void audit_transactionLeftOpen_isInTheVerdict() throws SQLException {
    try (Connection connection = postgres.connect();
        Connection left = postgres.connect()) {
      left.setAutoCommit(false);
      AtomicInteger claims = new AtomicInteger();
      TaskQueue leaving =
          new ForwardingTaskQueue(queue) {
            @Override
            public List<Claim> claim(ClaimRequest request) {
              if (claims.incrementAndGet() == 5) {
                leaveOpen(left);
              }
              return super.claim(request);
            }
          };
      Verdict verdict =
          Storm.on(leaving)
              .database(postgres.dataSource(), postgres.schema())
              .tasks(1_000)
              .claimers(4)
              .work(Duration.ofMillis(40))
              .audit(true)
              .seed(1)
              .run();
      left.rollback();
      Db.execute(
          connection,
          "DROP TRIGGER note_task_change ON tasks",
          "DROP FUNCTION note_task_change()",
          "DROP TABLE task_changes");

      assertThat(verdict.count(Rule.IDLE_IN_TX)).as(verdict.toString()).isEqualTo(2);
      assertThat(verdict.toString())
          .contains("its trigger cannot be dropped, a transaction has locked the table: end it")
          .contains("DROP TRIGGER");
    }
  }

  private static void leaveOpen(Connection connection) {
    try {
      Db.execute(connection, "UPDATE tasks SET error = error WHERE false");
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void storm_databaseWithoutTheTable_isRefused() {
    assertThatIllegalStateException()
        .isThrownBy(() -> Storm.on(queue).database(postgres.dataSource(), "nowhere").run())
        .withMessageStartingWith("database: the table \"nowhere\".\"tasks\" cannot be read");
  }

  /** Claims of few are calls of a function, whose text does not name the table. */
  @Test
  void storm_terminatedSessions_interruptsClaimsToo() {
    AtomicInteger failed = new AtomicInteger();
    try (HikariDataSource claims = newPool()) {
      TaskQueue claiming = PostgresTaskQueue.create(claims, postgres.schema());
      TaskQueue counting =
          new ForwardingTaskQueue(queue) {
            @Override
            public List<Claim> claim(ClaimRequest request) {
              try {
                return claiming.claim(request);
              } catch (DibsException e) {
                failed.incrementAndGet();
                throw e;
              }
            }
          };
      Verdict verdict =
          Storm.on(counting)
              .database(postgres.dataSource(), postgres.schema())
              .tasks(6_000)
              .claimers(CLAIMERS)
              .maxBatch(20)
              .lease(Duration.ofSeconds(1))
              .work(Duration.ofMillis(20))
              .faults(Fault.TERMINATED_SESSION)
              .seed(3)
              .run();

      assertThat(verdict.passed()).as(verdict.toString()).isTrue();
      assertThat(failed).as(verdict.summary()).hasPositiveValue();
    }
  }

  @Test
  void storm_allOptionsAndFaults_keepsEveryRule() {
    for (int seed = 1; seed <= TestSize.of(1, 20); seed++) {
      Verdict verdict =
          Storm.on(queue)
              .database(postgres.dataSource(), postgres.schema())
              .tasks(TestSize.of(6_000, 20_000))
              .claimers(CLAIMERS)
              .seed(seed)
              .late(40)
              .unique(30)
              .transactional(50)
              .retries(5)
              .releases(5)
              .maxBatch(seed % 4 < 2 ? 20 : 400)
              .lease(Duration.ofSeconds(1))
              .work(Duration.ofMillis(20))
              .faults(OF_CLIENTS)
              .audit(seed % 2 == 1)
              .run();

      System.out.println("faults  " + verdict.summary());
      assertThat(verdict.passed()).as(verdict.toString()).isTrue();
      assertThat(OF_CLIENTS).as(verdict.summary()).allMatch(fault -> verdict.injected(fault) > 0);
    }
  }
}
