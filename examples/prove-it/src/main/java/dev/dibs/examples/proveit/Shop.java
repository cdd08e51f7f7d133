package dev.dibs.examples.proveit;

import dev.dibs.Handler;
import dev.dibs.HandlerOptions;
import dev.dibs.NewTask;
import dev.dibs.Priority;
import dev.dibs.RetryPolicy;
import dev.dibs.TaskQueue;
import dev.dibs.Worker;
import java.time.Duration;

/** What the application enqueues, and how its worker is set up. */
final class Shop {
  private final TaskQueue queue;

  Shop(TaskQueue queue) {
    this.queue = queue;
  }

  /**
   * Charges the order at once, however often the button is clicked, and mails the receipt later.
   */
  void placeOrder(int order, int cents) {
    String payload = "{\"order\": %d, \"cents\": %d}".formatted(order, cents);
    queue.enqueue(
        NewTask.of("charge", payload).uniqueKey("order-" + order).priority(Priority.HIGH));
    queue.enqueue(
        NewTask.of("receipt", payload).uniqueKey("order-" + order).delay(Duration.ofMinutes(10)));
  }

  /** Production starts it; tests do not. */
  static Worker worker(TaskQueue queue, Handler charge, Handler receipt) {
    RetryPolicy patient = RetryPolicy.fixed(Duration.ofMinutes(1)).atMost(5);
    return Worker.builder(queue)
        .concurrency(20)
        .build()
        .register("charge", charge)
        .register(
            "receipt",
            receipt,
            HandlerOptions.standard()
                .retry(patient.failAtOnceOn(IllegalArgumentException.class))
                .timeout(Duration.ofSeconds(30)));
  }
}
