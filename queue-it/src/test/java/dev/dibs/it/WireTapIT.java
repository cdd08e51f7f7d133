package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dibs.testkit.DibsPostgres;
import dev.dibs.testkit.wire.WireTap;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.ds.PGSimpleDataSource;
import org.postgresql.jdbc.PreferQueryMode;

class WireTapIT {

  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.withEmptySchema();

  private PGSimpleDataSource source;
  private WireTap tap;
  private ExecutorService pool;

  @BeforeEach
  void openTap() throws SQLException {
    pool = Executors.newFixedThreadPool(8);
    source = postgres.dataSource().unwrap(PGSimpleDataSource.class);
    tap = WireTap.recording(source.getServerNames()[0], source.getPortNumbers()[0]);
    source.setServerNames(new String[] {"localhost"});
    source.setPortNumbers(new int[] {tap.port()});
  }

  @AfterEach
  void closeTap() {
    tap.close();
    pool.shutdownNow();
  }

  @Test
  void statements_transactionWithOneQuery_countsThree() throws SQLException {
    try (Connection connection = source.getConnection()) {
      tap.reset();
      connection.setAutoCommit(false);
      query(connection, "select 1");
      connection.commit();
    }

    assertThat(tap.statements()).isEqualTo(3);
    assertThat(tap.sql()).containsExactly("BEGIN", "select 1", "COMMIT");
  }

  @Test
  void statements_simpleProtocol_countsEachQuery() throws SQLException {
    source.setPreferQueryMode(PreferQueryMode.SIMPLE);
    try (Connection connection = source.getConnection()) {
      tap.reset();
      query(connection, "select 1");
      query(connection, "select 2");
    }

    assertThat(tap.sql()).containsExactly("select 1", "select 2");
  }

  @Test
  void sql_statementPreparedOnServer_isNamedAtEachExecution() throws SQLException {
    source.setPrepareThreshold(1);
    try (Connection connection = source.getConnection()) {
      tap.reset();
      query(connection, "select 1 as kept");
      query(connection, "select 1 as kept");
    }

    assertThat(tap.sql()).containsExactly("select 1 as kept", "select 1 as kept");
  }

  @Test
  void sql_batch_namesEachExecution() throws SQLException {
    try (Connection connection = source.getConnection()) {
      query(connection, "create temporary table items (name text)");
      try (PreparedStatement statement =
          connection.prepareStatement("insert into items values (?)")) {
        tap.reset();
        for (String name : new String[] {"x", "y", "z"}) {
          statement.setString(1, name);
          statement.addBatch();
        }
        statement.executeBatch();
      }
    }

    assertThat(tap.sql()).hasSize(3).containsOnly("insert into items values ($1)");
  }

  @Test
  void sql_notRecording_isEmpty() throws SQLException {
    PGSimpleDataSource direct = postgres.dataSource().unwrap(PGSimpleDataSource.class);
    try (WireTap silent = WireTap.to(direct.getServerNames()[0], direct.getPortNumbers()[0])) {
      source.setPortNumbers(new int[] {silent.port()});
      try (Connection connection = source.getConnection()) {
        query(connection, "select 1");
      }

      assertThat(silent.statements()).isPositive();
      assertThat(silent.sql()).isEmpty();
    }
  }

  @Test
  void peakConnections_oneAfterAnother_isOne() throws SQLException {
    for (int i = 0; i < 100; i++) {
      source.getConnection().close();
    }

    assertThat(tap.connections()).isEqualTo(100);
    assertThat(tap.openConnections()).isZero();
    assertThat(tap.peakConnections()).isEqualTo(1);
  }

  @Test
  void peakConnections_eightThreadsWithOneEach_isNeverNine() {
    List<CompletableFuture<Void>> threads =
        IntStream.range(0, 8)
            .mapToObj(i -> CompletableFuture.runAsync(this::openAndClose, pool))
            .toList();
    threads.forEach(CompletableFuture::join);

    assertThat(tap.connections()).isEqualTo(800);
    assertThat(tap.peakConnections()).isBetween(2, 8);
  }

  @Test
  void peakConnections_twoAtOnce_staysTwoUntilReset() throws SQLException {
    try (Connection first = source.getConnection()) {
      source.getConnection().close();
      query(first, "select 1");
      assertThat(tap.peakConnections()).isEqualTo(2);
      tap.reset();

      assertThat(tap.openConnections()).isEqualTo(1);
      assertThat(tap.peakConnections()).isEqualTo(1);
      assertThat(tap.connections()).isZero();
    }
  }

  @Test
  void cancel_runningStatement_passes() throws Exception {
    try (Connection connection = source.getConnection();
        Connection watcher = postgres.connect();
        Statement sleeper = connection.createStatement()) {
      CompletableFuture<Void> running =
          CompletableFuture.runAsync(
              () ->
                  assertThatThrownBy(() -> sleeper.execute("select pg_sleep(600)"))
                      .isInstanceOf(SQLException.class)
                      .hasMessageContaining("cancel"));
      awaitActive(watcher, "select pg_sleep(600)");
      sleeper.cancel();

      running.get(30, TimeUnit.SECONDS);
    }
    assertThat(tap.connections()).isEqualTo(1);
  }

  @Test
  void message_severalMegabytes_arrivesWhole() throws SQLException {
    String text = "x".repeat(5_000_000);
    try (Connection connection = source.getConnection();
        PreparedStatement statement = connection.prepareStatement("select ?")) {
      statement.setString(1, text);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        assertThat(row.getString(1).equals(text)).isTrue();
      }
    }
  }

  @Test
  void close_openConnection_cutsIt() throws SQLException {
    try (Connection connection = source.getConnection()) {
      tap.close();

      assertThatThrownBy(() -> query(connection, "select 1")).isInstanceOf(SQLException.class);
    }
    assertThatThrownBy(() -> source.getConnection()).isInstanceOf(SQLException.class);
  }

  private void openAndClose() {
    try {
      for (int i = 0; i < 100; i++) {
        source.getConnection().close();
      }
    } catch (SQLException e) {
      throw new CompletionException(e);
    }
  }

  private static void query(Connection connection, String sql) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.execute();
    }
  }

  private static void awaitActive(Connection watcher, String sql) throws SQLException {
    String active =
        "select count(*) > 0 from pg_stat_activity where state = 'active' and query = ?";
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    try (PreparedStatement statement = watcher.prepareStatement(active)) {
      statement.setString(1, sql);
      while (System.nanoTime() < deadline) {
        try (ResultSet row = statement.executeQuery()) {
          row.next();
          if (row.getBoolean(1)) {
            return;
          }
        }
      }
    }
    throw new AssertionError("Not running within 30 s: " + sql);
  }
}
