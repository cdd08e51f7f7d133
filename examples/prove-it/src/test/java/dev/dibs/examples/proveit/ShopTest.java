package dev.dibs.examples.proveit;

import static dev.dibs.testkit.DibsAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.Priority;
import dev.dibs.testkit.InMemoryTaskQueue;
import dev.dibs.testkit.TestWorker;
import dev.dibs.testkit.VirtualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The shop and its worker's settings, without a database and without waiting. */
class ShopTest {
  private final VirtualClock clock = VirtualClock.create();
  private final InMemoryTaskQueue queue = InMemoryTaskQueue.create(clock);
  private final Map<UUID, String> mails = new LinkedHashMap<>();
  private final List<RuntimeException> troubles = new ArrayList<>();
  private final List<UUID> calls = new ArrayList<>();
  private final TestWorker worker =
      TestWorker.of(Shop.worker(queue, task -> {}, new ReceiptHandler(this::send)), queue);

  private void send(UUID idempotencyKey, String text) {
    calls.add(idempotencyKey);
    if (!troubles.isEmpty()) {
      throw troubles.remove(0);
    }
    mails.put(idempotencyKey, text);
  }

  @Test
  void placeOrder_once_chargesNowAndMailsLater() {
    new Shop(queue).placeOrder(7, 1200);

    assertThat(queue).hasEnqueued("charge", "{\"order\":7,\"cents\":1200}");
    assertThat(queue).task("charge").hasPriority(Priority.HIGH).isDueIn(Duration.ZERO);
    assertThat(queue).task("receipt").isDueIn(Duration.ofMinutes(10));
  }

  @Test
  void placeOrder_twice_isOneOrder() {
    new Shop(queue).placeOrder(7, 1200);
    new Shop(queue).placeOrder(7, 1200);

    assertThat(queue).hasEnqueued(1, "charge").hasEnqueued(1, "receipt");
  }

  @Test
  void receipt_mailServiceDownTwice_isSentByTheThirdAttempt() {
    troubles.add(new IllegalStateException("down"));
    troubles.add(new IllegalStateException("still down"));
    new Shop(queue).placeOrder(7, 1200);
    worker.runUntilIdle();

    assertThat(queue).hasNoMoreTasks().task("receipt").isCompletedAfter(3);
    assertThat(clock.instant()).as("10 + 1 + 1 minutes later").isEqualTo("2026-01-01T00:12:00Z");
    assertThat(mails).hasSize(1);
  }

  @Test
  void receipt_noSuchAddress_failsAtOnce() {
    troubles.add(new IllegalArgumentException("no such address"));
    new Shop(queue).placeOrder(7, 1200);
    worker.runUntilIdle();

    assertThat(queue).task("receipt").isFailedWith("no such address").hasAttempts(1);
  }

  @Test
  void receipt_workerDiesAfterTheMail_isSentOnce() {
    new Shop(queue).placeOrder(7, 1200);
    worker.runFor(Duration.ofMinutes(9));
    worker.crashWorker();
    worker.runUntilIdle();

    assertThat(queue).task("receipt").isCompletedAfter(2);
    assertThat(calls).hasSize(2);
    assertThat(mails).hasSize(1);
  }

  @Test
  void receipt_leaseLostMeanwhile_isSentOnce() {
    new Shop(queue).placeOrder(7, 1200);
    worker.runFor(Duration.ofMinutes(9));
    worker.loseLease();
    worker.runUntilIdle();

    assertThat(queue).hasNoMoreTasks().task("receipt").isCompleted();
    assertThat(mails).hasSize(1);
  }
}
