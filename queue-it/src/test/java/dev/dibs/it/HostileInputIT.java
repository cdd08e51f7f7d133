package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.DatabaseException;
import dev.dibs.FailedFilter;
import dev.dibs.InvalidInputException;
import dev.dibs.Status;
import dev.dibs.TaskAdmin;
import dev.dibs.TaskQueue;
import dev.dibs.Worker;
import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.jdbc.Schema;
import dev.dibs.testkit.DibsPostgres;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/** Whatever is put in comes out as it was, or is refused as documented; see {@link HostileRun}. */
class HostileInputIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  private static final long INPUTS = Boolean.getBoolean("dibs.test.full") ? 100_000 : 1_500;
  private static final AtomicLong borrowed = new AtomicLong();

  private static HikariDataSource pool;
  private static DataSource source;

  private final long seed = Long.getLong("dibs.test.seed", System.nanoTime());

  @BeforeAll
  static void connect() {
    HikariConfig config = new HikariConfig();
    config.setDataSource(postgres.dataSource());
    config.setMaximumPoolSize(6);
    pool = new HikariDataSource(config);
    source =
        new DelegatingDataSource(pool) {
          @Override
          public Connection getConnection() throws SQLException {
            // Hints to other processes are sent by a thread of the queue's own, whatever comes
            // next.
            if (!Thread.currentThread().isDaemon()) {
              borrowed.incrementAndGet();
            }
            return super.getConnection();
          }
        };
  }

  @AfterAll
  static void disconnect() {
    pool.close();
  }

  static DataSource source() {
    return source;
  }

  @BeforeEach
  void empty() throws SQLException {
    try (Connection connection = postgres.connect()) {
      Db.execute(connection, "TRUNCATE tasks");
    }
  }

  private static TaskQueue queue() {
    return PostgresTaskQueue.create(source, postgres.schema());
  }

  @Test
  void everyOperation_hostileInput_roundTripOrDocumentedException() throws SQLException {
    assertThat(findings(queue(), INPUTS)).isEmpty();
  }

  private List<String> findings(TaskQueue queue, long inputs) throws SQLException {
    try (Connection server = postgres.connect()) {
      return findings(queue, new HostileOracle(server), server, inputs);
    }
  }

  private List<String> findings(
      TaskQueue queue, HostileOracle oracle, Connection server, long inputs) throws SQLException {
    try (Connection own = postgres.connect()) {
      own.setAutoCommit(false);
      HostileRun run = new HostileRun(queue, own, server, borrowed, oracle, seed);
      run.feed(inputs);
      System.out.println(run.summary());
      return run.findings();
    }
  }

  @Test
  void admin_hostileInput_meansExactlyTheseTasks() throws SQLException {
    assertThat(adminFindings(queue())).isEmpty();
  }

  private List<String> adminFindings(TaskQueue queue) throws SQLException {
    try (Connection server = postgres.connect()) {
      HostileRun run =
          new HostileRun(queue, server, server, borrowed, new HostileOracle(server), seed);
      run.feedAdmin(INPUTS / 5);
      System.out.println(run.summary());
      return run.findings();
    }
  }

  /** The mutant whose filter does not take an error's text as it is. */
  @Test
  void findings_filterThatMeansOtherErrors_areReported() throws SQLException {
    TaskQueue mutant =
        new ForwardingTaskQueue(queue()) {
          @Override
          public TaskAdmin admin() {
            TaskAdmin admin = super.admin();
            return (TaskAdmin)
                Proxy.newProxyInstance(
                    TaskAdmin.class.getClassLoader(),
                    new Class<?>[] {TaskAdmin.class},
                    (proxy, method, arguments) -> {
                      boolean failed = method.getName().equals("failed") && arguments[0] != null;
                      Object filter = failed ? blurred((FailedFilter) arguments[0]) : null;
                      try {
                        return method.invoke(admin, failed ? new Object[] {filter} : arguments);
                      } catch (InvocationTargetException e) {
                        throw e.getCause();
                      }
                    });
          }
        };
    assertThat(adminFindings(mutant)).anyMatch(finding -> finding.contains("failed with"));
  }

  private static FailedFilter blurred(FailedFilter filter) {
    return new FailedFilter(
        filter.ids(),
        filter.queue(),
        filter.type(),
        filter.errorContains().map(text -> "x" + text.substring(text.offsetByCodePoints(0, 1))),
        filter.before(),
        filter.limit());
  }

  /** The mutant without our checks: the server finds what we did not. */
  @Test
  void findings_queueWithoutChecks_areReported() throws SQLException {
    TaskQueue unchecked =
        new ForwardingTaskQueue(queue()) {
          @Override
          public UUID enqueue(String type, String payload) {
            UUID id = UUID.randomUUID();
            try (Connection connection = postgres.connect();
                PreparedStatement insert =
                    connection.prepareStatement(
                        "INSERT INTO tasks (id, type, payload) VALUES (?, ?, ?::jsonb)")) {
              insert.setObject(1, id);
              insert.setString(2, type);
              insert.setString(3, payload);
              insert.execute();
              return id;
            } catch (SQLException e) {
              throw new DatabaseException("enqueue: SQLSTATE " + e.getSQLState(), false, e);
            }
          }
        };
    assertThat(findings(unchecked, 3_000))
        .anyMatch(finding -> finding.contains("seed " + seed) && finding.contains("SQLSTATE 22"));
  }

  @Test
  void findings_batchWrittenOneByOne_isReported() throws SQLException {
    TaskQueue piecemeal =
        new ForwardingTaskQueue(queue()) {
          @Override
          public List<UUID> enqueueAll(String type, List<String> payloads) {
            return payloads.stream().map(payload -> enqueue(type, payload)).toList();
          }
        };
    assertThat(findings(piecemeal, 3_000))
        .anyMatch(finding -> finding.contains("sent something before it refused"));
  }

  @Test
  void findings_messageWithPayload_isReported() throws SQLException {
    TaskQueue talkative =
        new ForwardingTaskQueue(queue()) {
          @Override
          public UUID enqueue(String type, String payload) {
            try {
              return super.enqueue(type, payload);
            } catch (InvalidInputException e) {
              throw new InvalidInputException(e.getMessage() + ": " + payload);
            }
          }
        };
    assertThat(findings(talkative, 3_000))
        .anyMatch(finding -> finding.contains("quotes its input"));
  }

  /** The mutant of the comparison: the text as it was sent instead of its normal form. */
  @Test
  void findings_comparisonWithTheRawText_areReported() throws SQLException {
    try (Connection server = postgres.connect()) {
      HostileOracle raw =
          new HostileOracle(server) {
            @Override
            List<String> normalForms(List<String> texts) throws SQLException {
              List<String> normal = super.normalForms(texts);
              normal.replaceAll(text -> text == null ? null : texts.get(normal.indexOf(text)));
              return normal;
            }
          };
      assertThat(findings(queue(), raw, server, 3_000))
          .anyMatch(finding -> finding.contains("came back as"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Hostile \"quoted\" 'name'",
        "a?b?",
        "{fn now()}",
        "$1 :a $$",
        "a\\b\\'",
        "%s%n{0}",
        "x; DROP TABLE tasks; --",
        "\uD83D\uDE00\u202e e\u0301",
        "a\nb\tc",
        " a ",
        "tasks, public",
        "$user",
        "dibs schema public",
        "\uFEFF\uFFFF"
      })
  void schema_hostileName_worksOrIsRefused(String name) throws SQLException {
    String quoted = '"' + name.replace("\"", "\"\"") + '"';
    try {
      Schema.install(source, name);
    } catch (InvalidInputException e) {
      assertThat(e).hasMessageContaining("schema");
      return;
    }
    try {
      TaskQueue queue = PostgresTaskQueue.create(source, name);
      UUID id = queue.enqueue("a", "{\"b\":1}");
      Claim claim = queue.claim(ClaimRequest.of("a")).get(0);
      claim.complete("[2]");
      try (Connection connection = postgres.connect()) {
        assertThat(
                Db.query(
                    connection, "SELECT result FROM " + quoted + ".tasks WHERE id = '" + id + "'"))
            .isEqualTo("[2]");
        assertThat(Db.column(connection, "SELECT id FROM " + quoted + ".claim_task()")).isEmpty();
      }
    } finally {
      Db.execute(source, "DROP SCHEMA " + quoted + " CASCADE");
    }
  }

  /** With one slot, which every attempt must give back, and a lease that must not be kept. */
  @Test
  void worker_hostileExceptions_eachIsRecordedAndTheNextTaskRuns() throws Exception {
    HostileValues values = new HostileValues(new Random(seed));
    TaskQueue queue = queue();
    queue.enqueueAll("a", Collections.nCopies(100, "1"));
    try (Worker worker =
            Worker.builder(queue)
                .concurrency(1)
                .retry((attempt, error) -> Optional.empty())
                .drainTimeout(Duration.ZERO)
                .build();
        Connection connection = postgres.connect()) {
      worker.register(
          "a",
          task -> {
            HostileInputIT.<RuntimeException>sneak(values.throwable());
          });
      worker.start();
      Db.await(connection, "SELECT count(*) = 100 FROM tasks WHERE status = 'failed'");
      assertThat(Db.query(connection, "SELECT count(*) FROM tasks WHERE error IS NULL"))
          .isEqualTo("0");
    }
    assertThat(queue.counts()).containsEntry(Status.FAILED, 100L);
  }

  @SuppressWarnings("unchecked")
  private static <E extends Throwable> void sneak(Throwable error) throws E {
    throw (E) error;
  }
}
