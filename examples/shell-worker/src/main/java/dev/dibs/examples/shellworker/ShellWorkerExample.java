package dev.dibs.examples.shellworker;

import dev.dibs.Status;
import dev.dibs.TaskQueue;
import dev.dibs.Worker;
import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.jdbc.Schema;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/** Has a Java worker and a shell worker share some tasks, on a PostgreSQL that it starts. */
public final class ShellWorkerExample {
  private static final int TASKS = 120;
  private static final String TYPE = "greet";

  /** What a careless script would trip over, each inside a JSON string. */
  private static final List<String> NAMES =
      List.of(
          "Ada",
          "Robert'); DROP TABLE tasks;--",
          "a|b|c|",
          "$(touch owned) `touch owned` $HOME",
          "back\\\\slash and \\\"quotes\\\"",
          "two\\nlines\\tand a tab",
          ":payload :'payload' :\\\"schema\\\"",
          "  spaces  ",
          "* ? [a-z] ~ ! & ; < > #",
          "J\\u00fcrgen \\ud83d\\ude80 %s %d");

  private ShellWorkerExample() {}

  /** Exits with 0 if every task was done, unharmed, and none twice. */
  public static void main(String[] args) throws Exception {
    Greeted greeted = run();
    System.out.println(greeted.summary());
    System.exit(greeted.isRight() ? 0 : 1);
  }

  static Greeted run() throws IOException, SQLException {
    try (EmbeddedPostgres postgres = LocalPostgres.start()) {
      GreetedTable table = GreetedTable.create(postgres.getPostgresDatabase());
      Schema.install(postgres.getPostgresDatabase());
      TaskQueue queue = PostgresTaskQueue.create(postgres.getPostgresDatabase());
      queue.enqueueAll(
          TYPE, IntStream.range(0, TASKS).mapToObj(ShellWorkerExample::payload).toList());

      Worker worker = Worker.builder(queue).name("java").concurrency(1).build();
      worker.register(
          TYPE,
          task -> {
            // About as long as the processes of the shell worker take, so that both get their part.
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
            table.add(task.id(), "java", task.payload());
          });
      if (ShellWorker.isPossible()) {
        try (ShellWorker shell = ShellWorker.start(TYPE, postgres.getPort());
            worker) {
          await(() -> table.countOf("shell") > 0 || !shell.isAlive());
          worker.start();
          await(() -> isDone(queue));
        }
      } else {
        System.out.println("psql or bash is not on the PATH: the Java worker works alone.");
        try (worker) {
          worker.start();
          await(() -> isDone(queue));
        }
      }
      return table.read(TASKS);
    }
  }

  private static String payload(int number) {
    return "{\"number\": " + number + ", \"name\": \"" + NAMES.get(number % NAMES.size()) + "\"}";
  }

  private static boolean isDone(TaskQueue queue) {
    return queue.counts().getOrDefault(Status.COMPLETED, 0L) == TASKS;
  }

  /** Waits two minutes at most; what was not reached by then shows in the result. */
  private static void await(BooleanSupplier reached) {
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
    while (!reached.getAsBoolean() && System.nanoTime() - end < 0) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
    }
  }
}
