package dev.dibs.examples.shellworker;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The script, as a process. */
final class ShellWorker implements AutoCloseable {
  private final Process process;

  private ShellWorker(Process process) {
    this.process = process;
  }

  /** Whether this machine has what the script needs. */
  static boolean isPossible() {
    return isOnPath("psql") && isOnPath("bash");
  }

  static ShellWorker start(String type, int port) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder("bash", "worker.sh", type, "bash", "greet.sh")
            .directory(scripts().toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.INHERIT);
    Map<String, String> environment = builder.environment();
    // Whatever else this machine has set for its own server must not lead psql elsewhere.
    environment.keySet().removeIf(name -> name.startsWith("PG"));
    environment.put("PGHOST", "localhost");
    environment.put("PGPORT", Integer.toString(port));
    environment.put("PGUSER", "postgres");
    environment.put("PGDATABASE", "postgres");
    environment.put("PGCLIENTENCODING", "UTF8");
    Process process = builder.start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
    return new ShellWorker(process);
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Lets the task in hand finish. */
  @Override
  public void close() {
    process.destroy();
    try {
      process.waitFor(30, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.destroyForcibly();
  }

  /** Beside this module's pom, started there or at the root of the project. */
  private static Path scripts() {
    Path here = Path.of(".");
    return Files.exists(here.resolve("worker.sh")) ? here : Path.of("examples", "shell-worker");
  }

  private static boolean isOnPath(String program) {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
  }
}
