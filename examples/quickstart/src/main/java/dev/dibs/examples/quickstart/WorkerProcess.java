package dev.dibs.examples.quickstart;

import dev.dibs.RetryPolicy;
import dev.dibs.Worker;
import dev.dibs.jdbc.PostgresTaskQueue;
import java.time.Duration;

/** A process with one Dibs worker. */
final class WorkerProcess {
  static final Duration LEASE = Duration.ofSeconds(5);

  private WorkerProcess() {}

  /** Ends when the parent says so or is gone. */
  public static void main(String[] args) throws Exception {
    Parent parent = new Parent(args);
    try (Database database = parent.openDatabase()) {
      CarePlanHandler handler =
          new CarePlanHandler(
              new RunLog(database, "dibs", parent.processName()),
              new Mailer(database),
              parent.throwEvery());
      Worker worker =
          Worker.builder(PostgresTaskQueue.create(database.dataSource(), Database.SCHEMA))
              .name(parent.processName())
              .concurrency(parent.concurrency())
              .lease(LEASE)
              .retry(RetryPolicy.exponential(Duration.ofMillis(200), Duration.ofSeconds(2)))
              .build();
      worker.register(
          CarePlan.TYPE, task -> handler.handle(task.id(), task.payload(), task.attempt()));
      parent.awaitGo();
      worker.start();
      parent.awaitEnd();
      worker.close();
    }
  }
}
