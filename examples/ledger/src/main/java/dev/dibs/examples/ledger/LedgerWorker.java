package dev.dibs.examples.ledger;

import com.zaxxer.hikari.HikariDataSource;
import dev.dibs.Worker;
import dev.dibs.jdbc.PostgresTaskQueue;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** A worker in a process of its own, which is killed again and again. */
final class LedgerWorker {
  static final int KILLED = 128 + 9;
  static final int RUNS = 30;

  private static final int CONCURRENCY = 4;

  private LedgerWorker() {}

  /** Arguments: JDBC URL, the way to book. Ends when its input does, also if the parent dies. */
  public static void main(String[] args) throws IOException {
    Way way = Way.valueOf(args[1]);
    try (HikariDataSource dataSource = new HikariDataSource()) {
      dataSource.setJdbcUrl(args[0]);
      dataSource.setMaximumPoolSize(CONCURRENCY + 3); // the worker itself needs three at most
      try (Worker worker =
          Worker.builder(PostgresTaskQueue.create(dataSource))
              .concurrency(CONCURRENCY)
              .lease(Duration.ofSeconds(1))
              .build()) {
        worker.register(way.type(), new KilledAtRun(RUNS, way.handler(dataSource)));
        worker.start();
        while (System.in.read() >= 0) {
          // Nothing else is said.
        }
      }
    }
  }

  static Process start(String jdbcUrl, Way way) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            // For processes that live for a second.
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            LedgerWorker.class.getName(),
            jdbcUrl,
            way.name())
        .redirectOutput(ProcessBuilder.Redirect.INHERIT)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }
}
