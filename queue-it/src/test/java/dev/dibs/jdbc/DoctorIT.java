package dev.dibs.jdbc;

import static dev.dibs.jdbc.DurableServer.QUOTED;
import static dev.dibs.jdbc.DurableServer.SCHEMA;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.zaxxer.hikari.HikariDataSource;
import dev.dibs.DatabaseException;
import dev.dibs.InvalidInputException;
import dev.dibs.it.WrappedSource;
import dev.dibs.it.WrappedSource.Wrapping;
import dev.dibs.jdbc.Doctor.Bounds;
import dev.dibs.jdbc.Doctor.Finding;
import dev.dibs.jdbc.Doctor.Severity;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.lang.reflect.Method;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * The connection and the server: nothing is found where nothing is wrong, and one thing if one is.
 */
@Timeout(120)
class DoctorIT {
  @RegisterExtension static final DurableServer server = new DurableServer();

  @Test
  void check_allIsWell_findsNothing() {
    assertThat(Doctor.check(server.dataSource(), SCHEMA)).isEmpty();
  }

  @Test
  void check_defaultsOfAnEmbeddedServer_findsWhatMakesItFast() throws IOException {
    try (EmbeddedPostgres fast = EmbeddedPostgres.builder().start()) {
      PGSimpleDataSource dataSource = new PGSimpleDataSource();
      dataSource.setUrl(fast.getJdbcUrl("postgres", "postgres") + "&socketTimeout=60");
      Schema.install(dataSource);
      assertThat(Doctor.check(dataSource))
          .extracting(Finding::toString)
          .satisfiesExactly(
              one -> assertThat(one).startsWith("PROBLEM: synchronous_commit is off"),
              one -> assertThat(one).startsWith("PROBLEM: fsync is off"));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void check_pool_findsNothingAndLeavesTheConnectionAsFound(boolean autocommit) throws Exception {
    try (HikariDataSource pool = pool(server.dataSource())) {
      pool.setAutoCommit(autocommit);
      for (int i = 0; i < 10; i++) {
        assertThat(Doctor.check(pool, SCHEMA)).isEmpty();
      }
      assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
      try (Connection connection = pool.getConnection()) {
        assertThat(connection.getAutoCommit()).isEqualTo(autocommit);
        assertThat(DurableServer.query(connection, "SELECT count(*) FROM pg_prepared_statements"))
            .isEqualTo("0");
      }
    }
  }

  @Test
  void finding_asText_isOneLine() {
    assertThat(new Finding(Severity.WARNING, "it is so", "do this"))
        .hasToString("WARNING: it is so. Cure: do this.");
  }

  @Test
  void check_invalidArguments_areRefused() {
    assertThatExceptionOfType(InvalidInputException.class)
        .isThrownBy(() -> Doctor.check(null))
        .withMessage("dataSource: must not be null");
    assertThatExceptionOfType(InvalidInputException.class)
        .isThrownBy(() -> Doctor.check(server.dataSource(), null))
        .withMessageStartingWith("schema: must not be null");
  }

  @Test
  void check_noServer_isADatabaseException() {
    PGSimpleDataSource nowhere = server.dataSource();
    nowhere.setUrl("jdbc:postgresql://localhost:1/postgres?user=postgres");
    assertThatExceptionOfType(DatabaseException.class)
        .isThrownBy(() -> Doctor.check(nowhere, SCHEMA))
        .withMessageStartingWith("check: no connection to the database");
  }

  @ParameterizedTest
  @CsvSource({
    "default_transaction_isolation=serializable,     PROBLEM, run at SERIALIZABLE, READ COMMITTED",
    "default_transaction_isolation=repeatable\\ read, PROBLEM, run at REPEATABLE READ, READ COMMITTED",
    "synchronous_commit=off,                         PROBLEM, synchronous_commit is off, synchronous_commit = on",
    "default_transaction_read_only=on,               PROBLEM, read-only, default_transaction_read_only = off",
  })
  void check_settingOfTheConnection_isFound(
      String option, Severity severity, String found, String cure) {
    PGSimpleDataSource dataSource = server.dataSource();
    dataSource.setOptions("-c " + option);
    assertOnly(Doctor.check(dataSource, SCHEMA)).isEqualTo(severity, found, cure);
  }

  @ParameterizedTest
  @ValueSource(strings = {"autovacuum", "track_counts", "full_page_writes"})
  void check_settingOfTheServer_isFound(String setting) throws SQLException {
    set(setting, "off");
    try {
      assertOnly(Doctor.check(server.dataSource(), SCHEMA))
          .isEqualTo(Severity.WARNING, setting + " is off", "set " + setting + " = on");
    } finally {
      set(setting, "on");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void check_noSocketTimeout_isFound(boolean pooled) {
    PGSimpleDataSource dataSource = server.dataSource();
    dataSource.setSocketTimeout(0);
    try (HikariDataSource pool = pool(dataSource)) {
      assertOnly(Doctor.check(pooled ? pool : dataSource, SCHEMA))
          .isEqualTo(Severity.WARNING, "no socket timeout", "socketTimeout=60");
    }
  }

  @Test
  void check_hiddenDriver_isFound() {
    DataSource hiding = answering(server.dataSource(), Map.of("isWrapperFor", false));
    assertOnly(Doctor.check(hiding, SCHEMA))
        .isEqualTo(Severity.PROBLEM, "do not unwrap", "supports unwrap");
  }

  @Test
  void check_brokenMethodOfThePool_isAFindingAndHidesNoOther() {
    PGSimpleDataSource dataSource = server.dataSource();
    dataSource.setOptions("-c synchronous_commit=off");
    DataSource broken =
        answering(dataSource, Map.of("getNetworkTimeout", new AbstractMethodError()));
    assertThat(Doctor.check(broken, SCHEMA))
        .extracting(Finding::found)
        .satisfiesExactly(
            one -> assertThat(one).contains("socket timeout could not be made"),
            one -> assertThat(one).contains("synchronous_commit"));
  }

  /** What a pooler does: it tells a process id that is not the server's. */
  @Test
  void check_otherBackendThanTold_isFoundUnlessNothingIsPrepared() {
    PGSimpleDataSource dataSource = server.dataSource();
    DataSource pooler = answering(dataSource, Map.of("getBackendPID", 4711));
    assertOnly(Doctor.check(pooler, SCHEMA))
        .isEqualTo(Severity.WARNING, "told backend 4711", "prepareThreshold=0");
    dataSource.setPrepareThreshold(0);
    assertThat(Doctor.check(pooler, SCHEMA)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"-1, ahead of", "1, behind"})
  void check_clockOfThisMachineIsWrong_isFound(int hours, String found) {
    Clock wrong = Clock.offset(Clock.systemUTC(), Duration.ofHours(hours));
    assertOnly(Doctor.check(server.dataSource(), SCHEMA, Bounds.USUAL.clock(wrong)))
        .isEqualTo(Severity.WARNING, found + " the one of this machine", "NTP");
  }

  @Test
  void check_serverNewerThanKnown_isFound() {
    assertOnly(Doctor.check(server.dataSource(), SCHEMA, Bounds.USUAL.newestServer(13)))
        .isEqualTo(Severity.WARNING, "the server is PostgreSQL", "upgrade Dibs");
  }

  @Test
  void check_connectionsNearlyUsedUp_isFound() throws SQLException {
    List<Connection> many = new ArrayList<>();
    try {
      // 27 of 30 are for ordinary roles; the doctor's own is the 26th.
      for (int i = 0; i < 25; i++) {
        many.add(server.connect());
      }
      assertOnly(Doctor.check(server.dataSource(), SCHEMA))
          .isEqualTo(Severity.WARNING, "26 of the server's 27 connections", "max_connections");
    } finally {
      for (Connection connection : many) {
        connection.close();
      }
    }
  }

  @Test
  void check_tableLockedByAMigration_isNotWaitedFor() throws SQLException {
    try (Connection migration = server.connect()) {
      migration.setAutoCommit(false);
      DurableServer.execute(migration, "LOCK TABLE " + QUOTED + ".tasks IN ACCESS EXCLUSIVE MODE");
      assertThat(Doctor.check(server.dataSource(), SCHEMA, Bounds.USUAL.timeoutSeconds(1)))
          .isNotEmpty()
          .allSatisfy(one -> assertThat(one.found()).contains("could not be made"));
    }
  }

  @FunctionalInterface
  interface OnlyFinding {
    void isEqualTo(Severity severity, String found, String cure);
  }

  static OnlyFinding assertOnly(List<Finding> findings) {
    return (severity, found, cure) ->
        assertThat(findings)
            .singleElement()
            .satisfies(
                one -> assertThat(one.severity()).isEqualTo(severity),
                one -> assertThat(one.found()).contains(found),
                one -> assertThat(one.cure()).contains(cure));
  }

  private static HikariDataSource pool(DataSource dataSource) {
    HikariDataSource pool = new HikariDataSource();
    pool.setDataSource(dataSource);
    pool.setMaximumPoolSize(1);
    return pool;
  }

  private static void set(String setting, String value) throws SQLException {
    server.execute("ALTER SYSTEM SET " + setting + " = " + value, "SELECT pg_reload_conf()");
    try (Connection connection = server.connect()) {
      DurableServer.await(() -> DurableServer.query(connection, "SHOW " + setting).equals(value));
    }
  }

  /** Gives the answers instead of the real ones, and so do the objects that it gives. */
  private static DataSource answering(DataSource dataSource, Map<String, Object> answers) {
    return WrappedSource.of(dataSource, new Answers(answers));
  }

  private record Answers(Map<String, Object> byMethod) implements Wrapping {
    @Override
    public @Nullable Object call(Object real, Method method, Object @Nullable [] arguments)
        throws Throwable {
      Object answer = byMethod.get(method.getName());
      if (answer instanceof Error error) {
        throw error;
      }
      if (answer != null) {
        return answer;
      }
      Object result = WrappedSource.pass(real, method, arguments);
      boolean leadsOn = method.getName().equals("unwrap") && result instanceof PGConnection;
      return leadsOn ? WrappedSource.wrap(PGConnection.class, result, this) : result;
    }
  }
}
