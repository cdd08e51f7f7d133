package dev.dibs.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.dibs.it.TestSize;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.postgresql.Driver;
import org.postgresql.PGProperty;

/** A port that is taken between its choice and the server's start. */
class EmbeddedServerIT {
  /** More than a test may take: the end of the wait is not what ends a failed start. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.withEmptySchema();

  @TempDir private Path directory;

  private int choices;

  /** These one after the other, and the last from then on. */
  private IntSupplier ports(int... ports) {
    return () -> ports[Math.min(choices++, ports.length - 1)];
  }

  /** Who has the port. */
  private enum Taker {
    CONNECTION_GOING_OUT,
    /** Costs the ten seconds for which the library waits for its answer. */
    SILENT_SERVER;

    private static final InetAddress LOCALHOST = InetAddress.getLoopbackAddress();

    Closeable take(int port) throws IOException {
      if (this == SILENT_SERVER) {
        return new ServerSocket(port, 1, LOCALHOST);
      }
      Socket socket = new Socket();
      socket.bind(new InetSocketAddress(LOCALHOST, port));
      return socket;
    }
  }

  static List<Taker> takers() {
    return Arrays.asList(Taker.values()).subList(0, TestSize.of(1, 2));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  @Test
  void start_portTakenByAnotherPostgres_doesNotPassItOffAsItsOwn() {
    int port = portOf(postgres.jdbcUrl());

    assertThatExceptionOfType(PortTakenException.class)
        .isThrownBy(() -> EmbeddedServer.start(ports(port), PATIENCE))
        .withMessageContaining("port " + port);
    assertThat(choices).isEqualTo(2);
  }

  private static int portOf(String jdbcUrl) {
    Properties parts = Driver.parseURL(jdbcUrl, null);
    return Integer.parseInt(PGProperty.PG_PORT.getOrDefault(parts));
  }

  @ParameterizedTest
  @MethodSource("takers")
  void start_portTakenTheFirstTime_startsOnTheNext(Taker taker) throws IOException {
    int port = freePort();
    try (Closeable other = taker.take(port)) {
      assertThat(other).isNotNull();
      int next = freePort();
      try (TestServer server = EmbeddedServer.start(ports(port, next), PATIENCE)) {
        assertThat(portOf(server.jdbcUrl())).isEqualTo(next);
      }
    }
    assertThat(choices).isEqualTo(2);
  }

  @Test
  void failure_addressInUse_isTakenForThePort() throws IOException {
    assertThat(failure("LOG:  could not bind IPv4 address: Address already in use"))
        .isInstanceOf(PortTakenException.class)
        .hasMessageStartingWith("port 5432 was taken meanwhile; it said:\ncould not start server");
  }

  @Test
  void failure_anyOtherReason_isNotTakenForThePort() throws IOException {
    assertThat(failure("FATAL:  could not map anonymous shared memory"))
        .isNotInstanceOf(PortTakenException.class)
        .hasMessage(
            "The embedded PostgreSQL did not start; it said:\ncould not start server\nFATAL:  could"
                + " not map anonymous shared memory")
        .hasRootCauseMessage("gave up");
  }

  private IllegalStateException failure(String serversLog) throws IOException {
    Path output = Files.writeString(directory.resolve("output.txt"), "could not start server\n");
    Path log = Files.createDirectories(directory.resolve("data").resolve("log"));
    Files.writeString(log.resolve("postgresql.log"), serversLog);
    return StartFailure.of(5432, output, log.getParent(), new IOException("gave up"));
  }
}
