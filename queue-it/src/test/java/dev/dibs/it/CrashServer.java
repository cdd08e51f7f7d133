package dev.dibs.it;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import io.zonky.test.db.postgres.util.LinuxUtils;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A server of one's own that dies as under kill -9 and starts again on its data and port. The
 * embedded library can only stop a server in an orderly way, so its binaries are run from here.
 */
final class CrashServer implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final String binary;
  private final Map<String, String> settings;
  private final Path data;
  private final int port;
  private Process postmaster;

  private CrashServer(String binary, Path data, Map<String, String> settings) throws IOException {
    this.binary = binary;
    this.settings = Map.copyOf(settings);
    this.data = data;
    try (ServerSocket socket = new ServerSocket(0)) {
      this.port = socket.getLocalPort();
    }
  }

  /** A new database with its data in this directory, not yet started. */
  static CrashServer create(Path data, Map<String, String> settings) throws IOException {
    String options;
    try (EmbeddedPostgres server =
        EmbeddedPostgres.builder()
            .setDataDirectory(data)
            .setCleanDataDirectory(false)
            .setPGStartupWait(PATIENCE)
            .start()) {
      options = Files.readString(data.resolve("postmaster.opts"));
    }
    return new CrashServer(options.substring(0, options.indexOf(" \"")), data, settings);
  }

  /** Another server of the same release and settings, with its data in that directory. */
  CrashServer onDataOf(Path copy) throws IOException {
    return new CrashServer(binary, copy, settings);
  }

  Path data() {
    return data;
  }

  int port() {
    return port;
  }

  PGSimpleDataSource dataSource() {
    PGSimpleDataSource dataSource = new PGSimpleDataSource();
    dataSource.setUrl("jdbc:postgresql://localhost:" + port + "/postgres?user=postgres");
    return dataSource;
  }

  /** Starts it and returns when it answers. */
  void start() throws Exception {
    postmaster = launch();
    Poll.until("the server answers; its log is " + log(), PATIENCE, this::answers);
  }

  private Process launch() throws IOException {
    List<String> command = new ArrayList<>();
    if (LinuxUtils.isUnshareAvailable()) {
      // PostgreSQL refuses to run as root.
      command.addAll(List.of("unshare", "-U"));
    }
    command.addAll(List.of(binary, "-D", data.toString(), "-p", Integer.toString(port)));
    settings.forEach((name, value) -> command.addAll(List.of("-c", name + "=" + value)));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
        .start();
  }

  private Path log() {
    return data.resolveSibling(data.getFileName() + ".log");
  }

  private boolean answers() throws IOException {
    if (!postmaster.isAlive()) {
      // A child that was forked while the old server was killed may have held on to its memory.
      postmaster = launch();
    }
    try (Connection connection = dataSource().getConnection()) {
      return connection.isValid(1);
    } catch (SQLException e) {
      return false;
    }
  }

  /** SIGKILL to the postmaster and then to all its children. */
  void crash() throws InterruptedException {
    if (postmaster != null) {
      List<ProcessHandle> children = postmaster.descendants().toList();
      postmaster.destroyForcibly();
      children.forEach(ProcessHandle::destroyForcibly);
      postmaster.waitFor();
      postmaster = null;
    }
  }

  @Override
  public void close() throws InterruptedException {
    crash();
  }
}
