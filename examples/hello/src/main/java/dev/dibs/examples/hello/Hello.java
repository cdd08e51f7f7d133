package dev.dibs.examples.hello;

// tag::readme[]
import com.zaxxer.hikari.HikariDataSource;
import dev.dibs.TaskQueue;
import dev.dibs.Worker;
import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.jdbc.Schema;

public final class Hello {
  public static void main(String[] args) {
    HikariDataSource dataSource = new HikariDataSource(); // or whichever pool you have
    dataSource.setJdbcUrl(args[0]);
    Schema.install(dataSource);

    TaskQueue queue = PostgresTaskQueue.create(dataSource);
    queue.enqueue("send_email", "{\"to\": \"ada@example.org\"}");

    Worker worker = Worker.builder(queue).concurrency(5).shutdownHook(true).build();
    // A mail service that is given the id as its idempotency key never sends the same mail twice.
    worker.register(
        "send_email", task -> System.out.println(task.id() + " mails " + task.payload()));
    worker.start(); // and works until the process is told to end; then what runs may finish
  }
}
// end::readme[]
