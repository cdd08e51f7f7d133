package dev.dibs.it;

import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.postgresql.ds.PGSimpleDataSource;

/** A PgBouncer in transaction mode before a server, where this machine has one. */
public final class PgBouncer implements AutoCloseable {
  private static final Pattern VERSION = Pattern.compile("PgBouncer (\\d+)\\.(\\d+)");

  private final Process process;
  private final int port;

  private PgBouncer(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /** Its program, among those of the PATH and of the administrator. */
  public static Optional<Path> program() {
    String path = System.getenv().getOrDefault("PATH", "") + File.pathSeparator + "/usr/sbin";
    return Stream.of(path.split(File.pathSeparator))
        .map(directory -> Path.of(directory, "pgbouncer"))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** Starts it; {@link #close} ends it. */
  public static PgBouncer start(
      Path program, PGSimpleDataSource server, int poolSize, Path directory)
      throws IOException, InterruptedException {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    List<String> settings = new ArrayList<>();
    settings.add("[databases]");
    settings.add(
        "postgres = host=%s port=%d dbname=%s user=%s password=%s"
            .formatted(
                server.getServerNames()[0],
                server.getPortNumbers()[0],
                server.getDatabaseName(),
                server.getUser(),
                Optional.ofNullable(server.getPassword()).orElse("none")));
    settings.add("[pgbouncer]");
    settings.add("listen_addr = localhost");
    settings.add("listen_port = " + port);
    settings.add("unix_socket_dir =");
    settings.add("auth_type = any");
    settings.add("pool_mode = transaction");
    settings.add("default_pool_size = " + poolSize);
    settings.add("ignore_startup_parameters = extra_float_digits");
    if (knowsPreparedStatements(program)) {
      settings.add("max_prepared_statements = 0");
    }
    if ("root".equals(System.getProperty("user.name"))) {
      settings.add("user = nobody");
    }
    Path file = Files.write(directory.resolve("pgbouncer.ini"), settings);
    Path output = directory.resolve("pgbouncer.txt");
    Process process =
        new ProcessBuilder(program.toString(), file.toString())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!listens(port)) {
      if (!process.isAlive() || System.nanoTime() > end) {
        process.destroyForcibly();
        throw new IllegalStateException("PgBouncer does not start: " + Files.readString(output));
      }
      process.waitFor(50, TimeUnit.MILLISECONDS);
    }
    return new PgBouncer(process, port);
  }

  /** Since 1.21 it can follow a client's prepared statements from session to session. */
  private static boolean knowsPreparedStatements(Path program) throws IOException {
    Process process = new ProcessBuilder(program.toString(), "--version").start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    Matcher version = VERSION.matcher(text);
    if (!version.find()) {
      throw new IllegalStateException("not the version of a PgBouncer: " + text);
    }
    return Integer.parseInt(version.group(1)) * 1000 + Integer.parseInt(version.group(2)) >= 1021;
  }

  private static boolean listens(int port) {
    try {
      new Socket("localhost", port).close();
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** How to connect through it; the parameters begin with an ampersand, or there are none. */
  public PGSimpleDataSource dataSource(String parameters) {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setUrl("jdbc:postgresql://localhost:" + port + "/postgres?user=any" + parameters);
    return source;
  }

  @Override
  public void close() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }
}
