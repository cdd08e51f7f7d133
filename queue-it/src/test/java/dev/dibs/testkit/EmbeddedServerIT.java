package dev.dibs.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
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

  private static ServerSocket taken() throws IOException {
    return new ServerSocket(0, 1, InetAddress.getByName("localhost"));
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

  @Test
  void start_portTakenTheFirstTime_startsOnTheNext() throws IOException {
    try (ServerSocket other = taken();
        ServerSocket free = taken()) {
      int next = free.getLocalPort();
      free.close();
      try (TestServer server = EmbeddedServer.start(ports(other.getLocalPort(), next), PATIENCE)) {
        assertThat(portOf(server.jdbcUrl())).isEqualTo(next);
      }
    }
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
