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
  private static final Duration PATIENCE = Duration.ofSeconds(2);

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
  void start_portTakenBothTimes_saysSoInTheServersWords() throws IOException {
    try (ServerSocket other = taken()) {
      assertThatExceptionOfType(PortTakenException.class)
          .isThrownBy(() -> EmbeddedServer.start(ports(other.getLocalPort()), PATIENCE))
          .withMessageContaining("port " + other.getLocalPort() + " was taken meanwhile; it said:")
          .withMessageContaining("Address already in use");
      assertThat(choices).isEqualTo(2);
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

  @Test
  void start_portTakenTheFirstTime_startsOnTheNext() throws IOException {
    try (ServerSocket other = taken();
        ServerSocket free = taken()) {
      int next = free.getLocalPort();
      free.close();
      try (TestServer server =
          EmbeddedServer.start(ports(other.getLocalPort(), next), Duration.ofSeconds(20))) {
        assertThat(portOf(server.jdbcUrl())).isEqualTo(next);
      }
    }
  }

  @Test
  void failure_anyOtherReason_isNotTakenForThePort() throws IOException {
    Path output = Files.writeString(directory.resolve("output.txt"), "could not start server\n");
    Path log = Files.createDirectories(directory.resolve("data").resolve("log"));
    Files.writeString(log.resolve("postgresql.log"), "FATAL:  could not map anonymous memory\n");

    assertThat(StartFailure.of(5432, output, log.getParent(), new IOException("gave up")))
        .isNotInstanceOf(PortTakenException.class)
        .hasMessage(
            "The embedded PostgreSQL did not start; it said:\ncould not start server\nFATAL:  could"
                + " not map anonymous memory")
        .hasRootCauseMessage("gave up");
  }
}
