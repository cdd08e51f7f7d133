package dev.dibs.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.dibs.ClaimRequest;
import dev.dibs.InvalidInputException;
import dev.dibs.NewTask;
import dev.dibs.Status;
import dev.dibs.Task;
import dev.dibs.TaskQueue;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class InMemoryTaskQueueTest implements TaskQueueContract {
  private Instant now = Instant.parse("2026-01-01T00:00:00.000000999Z");
  private final InMemoryTaskQueue queue = InMemoryTaskQueue.create(() -> now);

  @Override
  public TaskQueue queue() {
    return queue;
  }

  @Override
  public void forward(Duration time) {
    now = now.plus(time);
  }

  @Test
  void create_nullClock_isRefused() {
    assertThatExceptionOfType(InvalidInputException.class)
        .isThrownBy(() -> InMemoryTaskQueue.create(null))
        .withMessageContaining("clock");
  }

  @Test
  void create_noClock_usesTheMachines() {
    TaskQueue real = InMemoryTaskQueue.create();
    UUID id = real.enqueue(newTask());
    real.enqueue(newTask().delay(Duration.ofMinutes(1)));

    assertThat(real.claim(request().limit(2))).extracting(c -> c.id()).containsExactly(id);
  }

  @Test
  void claim_leaseEndsAtThisVeryMoment_stillHolds() {
    queue.enqueue(newTask());
    queue.claim(request().lease(Duration.ofSeconds(10)));

    forward(Duration.ofSeconds(10));
    assertThat(queue.claim(request())).isEmpty();
    forward(Duration.ofNanos(1000));
    assertThat(queue.claim(request())).hasSize(1);
  }

  @Test
  void claim_dueAtThisVeryMoment_isTaken() {
    queue.enqueue(newTask().delay(Duration.ofSeconds(10)));

    forward(Duration.ofSeconds(10).minusNanos(1000));
    assertThat(queue.claim(request())).isEmpty();
    forward(Duration.ofNanos(1000));
    assertThat(queue.claim(request())).hasSize(1);
  }

  @Test
  void everyTime_isCutToMicroseconds() {
    UUID id = queue.enqueue(newTask().delay(Duration.ofNanos(1999)));
    forward(Duration.ofSeconds(1));
    queue.claim(request()).get(0).complete();

    Task task = queue.find(id).orElseThrow();
    assertThat(task.createdAt()).isEqualTo("2026-01-01T00:00:00Z");
    assertThat(task.runAt()).isEqualTo("2026-01-01T00:00:00.000001Z");
    assertThat(task.startedAt()).contains(Instant.parse("2026-01-01T00:00:01Z"));
    assertThat(task.completedAt()).contains(Instant.parse("2026-01-01T00:00:01Z"));
  }

  @Test
  void within_anyConnection_enqueuesAtOnce() {
    Connection untouched =
        (Connection)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {Connection.class},
                (proxy, method, arguments) -> {
                  throw new AssertionError("the connection is used: " + method);
                });
    queue.within(untouched).enqueue("send_email", "{}");

    assertThat(queue.counts()).containsEntry(Status.PENDING, 1L);
    assertThat(queue.claim(ClaimRequest.of("send_email"))).hasSize(1);
  }

  @Test
  void addWakeUp_claimInsideTheWakeUp_findsTheTask() {
    UUID[] claimed = new UUID[1];
    queue.addWakeUp(() -> claimed[0] = queue.claim(request()).get(0).id());
    UUID id = queue.enqueue(newTask());

    assertThat(claimed[0]).isEqualTo(id);
  }

  @Test
  void toString_tasksThere_showsNoPayload() {
    queue.enqueue(NewTask.of("send_email", "{\"password\": 1}"));

    assertThat(queue.toString()).contains("PENDING=1").doesNotContain("password");
  }
}
