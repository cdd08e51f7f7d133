package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.zaxxer.hikari.HikariDataSource;
import dev.dibs.DatabaseException;
import dev.dibs.Status;
import dev.dibs.TaskQueue;
import dev.dibs.Worker;
import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.jdbc.Schema;
import dev.dibs.testkit.DibsPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import javax.sql.DataSource;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.postgresql.ds.PGSimpleDataSource;
import org.postgresql.util.PSQLException;

/** All of Dibs through a PgBouncer in transaction mode, and what its users must know. */
@Timeout(300)
class PgBouncerIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.withEmptySchema();

  private static final String SKIPPED = "PgBouncerIT is skipped: this machine has no pgbouncer";

  @TempDir Path directory;

  @BeforeAll
  static void sayIfSkipped() {
    if (PgBouncer.program().isEmpty()) {
      System.out.println(SKIPPED);
    }
  }

  @BeforeEach
  void skip() {
    Assumptions.assumeTrue(PgBouncer.program().isPresent(), SKIPPED);
  }

  @Test
  void bouncer_withoutPreparedStatements_installsEnqueuesAndWorks() throws Exception {
    int sessions = 3;
    int producers = 4;
    int enqueues = TestSize.of(50, 2_000);
    int tasks = producers * enqueues + 1;
    try (PgBouncer bouncer = start(sessions);
        HikariDataSource pool = pool(bouncer, 10, 0)) {
      Schema.install(pool, postgres.schema());
      WatchedQueue queue = new WatchedQueue(PostgresTaskQueue.create(pool, postgres.schema()));
      try (Worker worker = Worker.builder(queue).build()) {
        worker.register("a", task -> Db.query(pool, "SELECT 1")).start();
        CompletableFuture<?>[] producing = new CompletableFuture<?>[producers];
        for (int i = 0; i < producers; i++) {
          producing[i] =
              CompletableFuture.runAsync(
                  () -> Collections.nCopies(enqueues, "1").forEach(one -> queue.enqueue("a", one)));
        }
        try (Connection connection = pool.getConnection()) {
          connection.setAutoCommit(false);
          queue.within(connection).enqueue("a", "\"undone\"");
          connection.rollback();
          queue.within(connection).enqueue("a", "\"kept\"");
          connection.commit();
        }
        CompletableFuture.allOf(producing).get();
        queue.awaitCompleted(tasks);
      }
      assertThat(queue.failures()).isEmpty();
      assertThat(queue.counts()).containsEntry(Status.COMPLETED, (long) tasks);
      String used =
          Db.query(
              postgres.dataSource(),
              "SELECT count(*) FROM pg_stat_activity WHERE application_name = '"
                  + postgres.schema()
                  + "'");
      System.out.printf(
          "pgbouncer: %d tasks over %s of %d server sessions, 0 calls failed%n",
          tasks, used, sessions);
      assertThat(Integer.parseInt(used)).isBetween(1, sessions);
    }
  }

  /**
   * The driver numbers its prepared statements for each of its connections; two of these share a
   * session, and the second finds the first one's. Dibs leaves none behind.
   */
  @Test
  void bouncer_preparedStatements_areTheOnesThatCollide() throws Exception {
    Schema.install(postgres.dataSource(), postgres.schema());
    try (PgBouncer bouncer = start(1)) {
      overTwoConnections(
          bouncer,
          pool -> PostgresTaskQueue.create(pool, postgres.schema()).enqueue("unused", "1"));
      assertThatExceptionOfType(PSQLException.class)
          .isThrownBy(() -> overTwoConnections(bouncer, PgBouncerIT::prepare))
          .matches(e -> e.getSQLState().equals("42P05"));
    }
  }

  private static void prepare(DataSource pool) throws SQLException {
    try (Connection connection = pool.getConnection();
        PreparedStatement statement = connection.prepareStatement("SELECT ?::integer")) {
      statement.setInt(1, 1);
      statement.execute();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"currentSchema=other", "options=-c%20search_path=other"})
  void bouncer_schemaInTheUrl_isATypedErrorThatNamesTheParameter(String parameter)
      throws Exception {
    try (PgBouncer bouncer = start(1)) {
      TaskQueue queue =
          PostgresTaskQueue.create(bouncer.dataSource("&" + parameter), postgres.schema());
      assertThatExceptionOfType(DatabaseException.class)
          .isThrownBy(queue::counts)
          .withMessageContaining("no connection to the database")
          .withMessageContaining("unsupported startup parameter");
    }
  }

  /** By this a program can tell that a pooler stands between it and the server. */
  @Test
  void backendPid_throughABouncer_isNotTheSessions() throws Exception {
    try (PgBouncer bouncer = start(1)) {
      for (int i = 0; i < 5; i++) {
        assertThat(pids(bouncer.dataSource("").getConnection())).doesNotHaveDuplicates();
      }
      assertThat(pids(postgres.connect()).stream().distinct()).hasSize(1);
    }
  }

  private static List<String> pids(Connection opened) throws SQLException {
    try (Connection connection = opened) {
      return List.of(
          Integer.toString(connection.unwrap(PGConnection.class).getBackendPID()),
          Db.query(connection, "SELECT pg_backend_pid()"));
    }
  }

  /** What is done with a pool. */
  private interface Use {
    void of(DataSource pool) throws SQLException;
  }

  /** Often enough for the driver to prepare a statement on both. */
  private static void overTwoConnections(PgBouncer bouncer, Use use) throws SQLException {
    for (int i = 0; i < 2; i++) {
      try (HikariDataSource pool = pool(bouncer, 1, 5)) {
        for (int n = 0; n < 10; n++) {
          use.of(pool);
        }
      }
    }
  }

  private PgBouncer start(int sessions) throws Exception {
    return PgBouncer.start(
        PgBouncer.program().orElseThrow(),
        postgres.dataSource().unwrap(PGSimpleDataSource.class),
        sessions,
        directory);
  }

  private static HikariDataSource pool(PgBouncer bouncer, int size, int threshold) {
    PGSimpleDataSource source = bouncer.dataSource("");
    source.setPrepareThreshold(threshold);
    source.setApplicationName(postgres.schema());
    HikariDataSource pool = new HikariDataSource();
    pool.setDataSource(source);
    pool.setMaximumPoolSize(size);
    return pool;
  }
}
