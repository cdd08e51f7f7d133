package dev.dibs.examples.hello;

import dev.dibs.Status;
import dev.dibs.TaskQueue;
import dev.dibs.jdbc.PostgresTaskQueue;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Runs {@link Hello} on the JDBC URL among its arguments, or else on a PostgreSQL that it starts.
 * With {@code --once} it ends when the task is done: with 0, or after a minute without that with 1.
 */
public final class LocalHello {
  private LocalHello() {}

  /** Runs it. */
  public static void main(String[] args) throws IOException {
    List<String> arguments = List.of(args);
    String url = arguments.stream().filter(a -> a.startsWith("jdbc:")).findFirst().orElse("");
    if (url.isEmpty()) {
      url = startPostgres();
    }
    Hello.main(new String[] {url});
    if (arguments.contains("--once")) {
      PGSimpleDataSource dataSource = new PGSimpleDataSource();
      dataSource.setUrl(url);
      System.exit(awaitDone(PostgresTaskQueue.create(dataSource)) ? 0 : 1);
    }
  }

  private static boolean awaitDone(TaskQueue queue) {
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    while (System.nanoTime() - end < 0) {
      Map<Status, Long> counts = queue.counts();
      if (counts.getOrDefault(Status.PENDING, 0L) + counts.getOrDefault(Status.PROCESSING, 0L)
          == 0) {
        return counts.getOrDefault(Status.COMPLETED, 0L) > 0;
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
    return false;
  }

  /** Ends with this process. */
  private static String startPostgres() throws IOException {
    String user = System.getProperty("user.name", "").replaceAll("[^A-Za-z0-9._-]", "_");
    Path directory = Path.of(System.getProperty("java.io.tmpdir"), "dibs-hello-" + user);
    // A start stops and removes what killed JVMs left in this directory, and only there.
    System.setProperty("ot.epg.working-dir", directory.toString());
    Files.createDirectories(directory);
    return EmbeddedPostgres.builder()
        .setDataDirectory(Files.createTempDirectory(directory, "data-"))
        .setPGStartupWait(Duration.ofSeconds(60))
        .setServerConfig("fsync", "on")
        .setServerConfig("synchronous_commit", "on")
        .start()
        .getJdbcUrl("postgres", "postgres");
  }
}
