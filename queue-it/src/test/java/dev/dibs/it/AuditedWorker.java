package dev.dibs.it;

import com.zaxxer.hikari.HikariDataSource;
import dev.dibs.ClaimUpdate;
import dev.dibs.Outcome;
import dev.dibs.Retention;
import dev.dibs.TaskQueue;
import dev.dibs.Worker;
import dev.dibs.jdbc.PostgresTaskQueue;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.postgresql.ds.PGSimpleDataSource;

/** A worker process of its own that writes each start of a handler into {@link KillAudit}. */
final class AuditedWorker {
  /** What every one of them is told. */
  record Settings(
      String jdbcUrl,
      String schema,
      Duration lease,
      int workMillis,
      boolean forgets,
      boolean deletes) {}

  private AuditedWorker() {}

  /** Arguments: name, then the settings. */
  public static void main(String[] arguments) throws Exception {
    String name = arguments[0];
    String schema = arguments[2];
    int workMillis = Integer.parseInt(arguments[4]);
    PGSimpleDataSource dataSource = new PGSimpleDataSource();
    dataSource.setUrl(arguments[1]);
    dataSource.setApplicationName(name);
    HikariDataSource pool = new HikariDataSource();
    pool.setDataSource(dataSource);
    pool.setMaximumPoolSize(3);
    TaskQueue queue = PostgresTaskQueue.create(pool, schema);
    Connection audit = dataSource.getConnection();
    audit.setSchema(schema);
    PreparedStatement start = audit.prepareStatement(KillAudit.START);
    Retention forever = Retention.forever();
    Worker worker =
        Worker.builder(Boolean.parseBoolean(arguments[5]) ? forgetful(queue) : queue)
            .name(name)
            .concurrency(10)
            .lease(Duration.ofMillis(Long.parseLong(arguments[3])))
            .retention(
                Boolean.parseBoolean(arguments[6]) ? forever.completed(Duration.ZERO) : forever)
            .build();
    worker.register(
        "a",
        task -> {
          synchronized (start) {
            start.setObject(1, task.id());
            start.setInt(2, task.attempt());
            start.setString(3, name);
            start.executeUpdate();
          }
          int millis = ThreadLocalRandom.current().nextInt(workMillis);
          new CountDownLatch(1).await(millis, TimeUnit.MILLISECONDS);
        });
    worker.start();
  }

  /** Acknowledges some first completions without having written them. */
  private static TaskQueue forgetful(TaskQueue queue) {
    return new ForwardingTaskQueue(queue) {
      @Override
      public List<Outcome> applyAll(List<ClaimUpdate> updates) {
        List<ClaimUpdate> kept = updates.stream().filter(update -> !isForgotten(update)).toList();
        List<Outcome> written = new ArrayList<>(super.applyAll(kept));
        return updates.stream()
            .map(update -> isForgotten(update) ? Outcome.APPLIED : written.remove(0))
            .toList();
      }
    };
  }

  private static boolean isForgotten(ClaimUpdate update) {
    return update instanceof ClaimUpdate.Complete
        && update.claim().attempt() == 1
        && update.claim().id().hashCode() % 10 == 0;
  }

  static Process start(String name, Settings settings, Path output) throws IOException {
    return ChildJvm.program(
            AuditedWorker.class,
            List.of("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"),
            name,
            settings.jdbcUrl(),
            settings.schema(),
            Long.toString(settings.lease().toMillis()),
            Integer.toString(settings.workMillis()),
            Boolean.toString(settings.forgets()),
            Boolean.toString(settings.deletes()))
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
        .start();
  }
}
