package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dibs.testkit.DibsPostgres;
import dev.dibs.testkit.wire.Cut;
import dev.dibs.testkit.wire.FaultProxy;
import java.io.EOFException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.PGProperty;
import org.postgresql.ds.PGSimpleDataSource;

@Timeout(60)
class FaultProxyIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.withEmptySchema();

  private static final String INSERT = "INSERT INTO entries VALUES (1)";
  private static final String COUNT = "SELECT count(*) FROM entries";

  private PGSimpleDataSource source;
  private FaultProxy proxy;

  @BeforeEach
  void openProxy() throws SQLException {
    try (Connection connection = postgres.connect()) {
      Db.execute(connection, "DROP TABLE IF EXISTS entries", "CREATE TABLE entries (n integer)");
    }
    source = postgres.dataSource().unwrap(PGSimpleDataSource.class);
    source.setCurrentSchema(postgres.schema());
    proxy = FaultProxy.to(source.getServerNames()[0], source.getPortNumbers()[0]);
    source.setServerNames(new String[] {"localhost"});
    source.setPortNumbers(new int[] {proxy.port()});
    source.setSocketTimeout(1);
  }

  @AfterEach
  void closeProxy() {
    proxy.close();
  }

  @Test
  void drop_request_isNotExecutedAndTheClientSeesTheEnd() throws SQLException {
    assertThat(insertCut(Cut.request(1).from(INSERT).drop())).isInstanceOf(EOFException.class);
    assertThat(entries()).isEqualTo("0");
  }

  @Test
  void drop_answer_isCommittedAndTheClientSeesTheEnd() throws SQLException {
    assertThat(insertCut(Cut.answer(1).from(INSERT))).isInstanceOf(EOFException.class);
    assertThat(entries()).isEqualTo("1");
  }

  @Test
  void reset_answer_isCommittedAndTheClientSeesTheReset() throws SQLException {
    assertThat(insertCut(Cut.answer(1).from(INSERT).reset())).isInstanceOf(SocketException.class);
    assertThat(entries()).isEqualTo("1");
  }

  @Test
  void stall_answer_isCommittedAndTheClientGivesUp() throws SQLException {
    assertThat(insertCut(Cut.answer(1).from(INSERT).stall()))
        .isInstanceOf(SocketTimeoutException.class);
    assertThat(entries()).isEqualTo("1");
  }

  /** Parse, Bind, Describe and Execute reach the server; only Sync would commit. */
  @Test
  void stall_sync_isNotCommitted() throws SQLException {
    assertThat(insertCut(Cut.request(5).from(INSERT).stall()))
        .isInstanceOf(SocketTimeoutException.class);
    assertThat(entries()).isEqualTo("0");
  }

  @Test
  void request_afterThoseOfTheStatement_cutsTheNext() throws SQLException {
    try (Connection connection = source.getConnection()) {
      proxy.arm(Cut.request(6));
      Db.execute(connection, INSERT);
      assertThat(proxy.hasCut()).isFalse();
      assertThatThrownBy(() -> Db.execute(connection, "SELECT 1")).isInstanceOf(SQLException.class);
      assertThat(proxy.hasCut()).isTrue();
    }
    assertThat(entries()).isEqualTo("1");
  }

  @Test
  void disarm_cutNotReached_neverCuts() throws SQLException {
    try (Connection connection = source.getConnection()) {
      proxy.arm(Cut.request(1));
      proxy.disarm();
      Db.execute(connection, INSERT);
      assertThat(proxy.hasCut()).isFalse();
    }
  }

  @Test
  void cut_oneConnection_leavesTheOthers() throws SQLException {
    try (Connection other = source.getConnection()) {
      insertCut(Cut.request(1).from(INSERT));
      assertThat(Db.query(other, COUNT)).isEqualTo("0");
    }
  }

  @Test
  void refuse_newConnection_failsUntilHealed() throws SQLException {
    try (Connection open = source.getConnection()) {
      proxy.refuse();
      assertThatExceptionOfType(SQLException.class)
          .isThrownBy(source::getConnection)
          .matches(e -> e.getSQLState().startsWith("08"));
      assertThat(Db.query(open, COUNT)).isEqualTo("0");
      proxy.heal();
      source.getConnection().close();
      assertThat(proxy.connections()).isEqualTo(2);
    }
  }

  @Test
  void silence_request_arrivesLateWhenResumed() throws Exception {
    source.setSocketTimeout(30);
    try (Connection connection = source.getConnection()) {
      proxy.arm(Cut.request(1).from(INSERT).silence());
      CompletableFuture<Void> insert =
          CompletableFuture.runAsync(
              () -> {
                try {
                  Db.execute(connection, INSERT);
                } catch (SQLException e) {
                  throw new IllegalStateException(e);
                }
              });
      assertThat(proxy.awaitCut(Duration.ofSeconds(30))).isTrue();
      assertThat(entries()).isEqualTo("0");
      proxy.resume();
      insert.get(30, TimeUnit.SECONDS);
    }
    assertThat(entries()).isEqualTo("1");
  }

  /** The first message of a connection asks for encryption, which the proxy answers itself. */
  @Test
  void silence_connecting_worksWhenResumed() throws Exception {
    source.setSocketTimeout(30);
    source.setProperty(PGProperty.SSL_RESPONSE_TIMEOUT, "30000");
    proxy.arm(Cut.request(1).silence());
    CompletableFuture<Connection> connecting =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return source.getConnection();
              } catch (SQLException e) {
                throw new IllegalStateException(e);
              }
            });
    assertThat(proxy.awaitCut(Duration.ofSeconds(30))).isTrue();
    proxy.resume();
    try (Connection connection = connecting.get(30, TimeUnit.SECONDS)) {
      assertThat(Db.query(connection, COUNT)).isEqualTo("0");
    }
  }

  @Test
  void silence_healed_newConnectionsWorkAndOldOnesStaySilent() throws SQLException {
    try (Connection old = source.getConnection()) {
      proxy.fallSilent();
      assertThatThrownBy(source::getConnection).isInstanceOf(SQLException.class);
      proxy.heal();
      try (Connection fresh = source.getConnection()) {
        Db.execute(fresh, INSERT);
      }
      assertThatThrownBy(() -> Db.query(old, COUNT))
          .hasCauseInstanceOf(SocketTimeoutException.class);
    }
  }

  @Test
  void cut_messageZero_isRefused() {
    assertThatThrownBy(() -> Cut.answer(0)).isInstanceOf(IllegalArgumentException.class);
    assertThat(Cut.answer(3).from("a \"b\"").stall())
        .hasToString("Cut.answer(3).from(\"a \\\"b\\\"\").stall()");
  }

  /** What the driver met. */
  private Throwable insertCut(Cut cut) throws SQLException {
    try (Connection connection = source.getConnection()) {
      proxy.arm(cut);
      SQLException failure =
          assertThatExceptionOfType(SQLException.class)
              .isThrownBy(() -> Db.execute(connection, INSERT))
              .actual();
      assertThat(proxy.hasCut()).isTrue();
      return failure.getCause();
    }
  }

  private static String entries() throws SQLException {
    try (Connection connection = postgres.connect()) {
      return Db.query(connection, COUNT);
    }
  }
}
