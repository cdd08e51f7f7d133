package dev.dibs.testkit;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A server from binaries on the class path. Loaded only when asked for: they are optional. */
final class EmbeddedServer implements TestServer {

  private static final String WORKING_DIRECTORY = "ot.epg.working-dir";

  private final EmbeddedPostgres postgres;

  private EmbeddedServer(EmbeddedPostgres postgres) {
    this.postgres = postgres;
  }

  static TestServer start() {
    Path directory = workingDirectory();
    EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder();
    try {
      // A start stops and removes what killed JVMs left, but looks only at children of this
      // directory; the library's own default puts data beside it, where nothing is ever found.
      Files.createDirectories(directory);
      builder.setDataDirectory(Files.createTempDirectory(directory, "data-"));
      Path output = Files.createTempFile(directory, "output-", ".txt");
      output.toFile().deleteOnExit();
      return new EmbeddedServer(start(builder, output));
    } catch (IOException e) {
      throw new UncheckedIOException("The embedded PostgreSQL could not be started", e);
    }
  }

  private static EmbeddedPostgres start(EmbeddedPostgres.Builder builder, Path output)
      throws IOException {
    builder
        .setPGStartupWait(Duration.ofSeconds(60))
        .setOutputRedirector(ProcessBuilder.Redirect.appendTo(output.toFile()))
        // One log file that never rotates, so that a reader can go on from an offset.
        .setServerConfig("logging_collector", "on")
        .setServerConfig("log_rotation_age", "0")
        .setServerConfig("log_rotation_size", "0");
    TestServer.options().forEach(builder::setServerConfig);
    try {
      return builder.start();
    } catch (IOException | RuntimeException e) {
      throw new IllegalStateException(
          "The embedded PostgreSQL did not start; its output was: " + Files.readString(output), e);
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
