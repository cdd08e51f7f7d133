package dev.dibs.it;

import dev.dibs.Worker;
import dev.dibs.jdbc.PostgresTaskQueue;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A worker process of its own. A task whose payload is {@code "kill"} kills it with SIGKILL; one
 * that is {@code "hang"} never ends, one that is {@code "wait"} ends when the process can read a
 * byte.
 */
final class KillerWorker {
  private KillerWorker() {}

  /** Arguments: JDBC URL, schema, concurrency, lease in milliseconds. */
  public static void main(String[] arguments) throws Exception {
    PGSimpleDataSource dataSource = new PGSimpleDataSource();
    dataSource.setUrl(arguments[0]);
    Worker worker =
        Worker.builder(PostgresTaskQueue.create(dataSource, arguments[1]))
            .concurrency(Integer.parseInt(arguments[2]))
            .lease(Duration.ofMillis(Long.parseLong(arguments[3])))
            .shutdownHook(true)
            .build();
    worker.register(
        "a",
        task -> {
          if (task.payload().equals("\"kill\"")) {
            // No shutdown hook, no finally, no last word: what kill -9 does.
            new ProcessBuilder("kill", "-9", Long.toString(ProcessHandle.current().pid()))
                .start()
                .waitFor();
          } else if (task.payload().equals("\"wait\"")) {
            System.out.println("waits");
            System.in.read();
          } else if (task.payload().equals("\"hang\"")) {
            System.out.println("hangs");
            new CountDownLatch(1).await();
          }
        });
    worker.start();
  }

  static Process start(String jdbcUrl, String schema, int concurrency, Duration lease)
      throws IOException {
    return ChildJvm.program(
            KillerWorker.class,
            List.of("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"),
            jdbcUrl,
            schema,
            Integer.toString(concurrency),
            Long.toString(lease.toMillis()))
        .redirectErrorStream(true)
        .start();
  }
}
