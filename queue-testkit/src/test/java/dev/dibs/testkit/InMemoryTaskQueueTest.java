package dev.dibs.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.FailedFilter;
import dev.dibs.InvalidInputException;
import dev.dibs.NewTask;
import dev.dibs.Outcome;
import dev.dibs.Retention;
import dev.dibs.Status;
import dev.dibs.Task;
import dev.dibs.TaskQueue;
import dev.dibs.testkit.contract.TaskQueueContract;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
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
  void enqueue_windowsFromTheEpochOn_beginAndEndToTheMicrosecond() {
    Duration day = Duration.ofDays(1);
    UUID first = queue.enqueue(newTask().uniqueKey("k", day));
    forward(day.minusNanos(1000));
    assertThat(queue.enqueue(newTask().uniqueKey("k", day))).isEqualTo(first);
    forward(Duration.ofNanos(1000));
    assertThat(queue.enqueue(newTask().uniqueKey("k", day))).isNotEqualTo(first);

    forward(Duration.between(now, Instant.parse("1969-12-31T23:59:59.999999Z")));
    UUID before = queue.enqueue(newTask().uniqueKey("k", day));
    assertThat(before).isNotEqualTo(first);
    forward(Duration.ofNanos(1000));
    assertThat(queue.enqueue(newTask().uniqueKey("k", day))).isNotEqualTo(before);
  }

  @Test
  void sweep_atTheVeryEnd_deletes() {
    Retention hour = Retention.forever().completed(Duration.ofHours(1));
    Claim claim = claimed();
    claim.complete();
    forward(Duration.ofHours(1).minusNanos(1000));
    assertThat(queue.admin().sweep(hour, UUID.randomUUID())).isFalse();
    assertThat(queue.find(claim.id())).isPresent();

    forward(Duration.ofNanos(1000));
    assertThat(queue.admin().sweep(hour, UUID.randomUUID())).isFalse();
    assertThat(queue.find(claim.id())).isEmpty();
  }

  @Test
  void sweep_bucketEndsAtThisVeryMoment_deletes() {
    Retention none = Retention.forever().cancelled(Duration.ZERO);
    UUID id = queue.enqueue(newTask().uniqueKey("k", Duration.ofDays(1)));
    queue.cancel(id);
    forward(Duration.ofDays(1).minusNanos(1000));
    queue.admin().sweep(none, UUID.randomUUID());
    assertThat(queue.find(id)).isPresent();

    forward(Duration.ofNanos(1000));
    queue.admin().sweep(none, UUID.randomUUID());
    assertThat(queue.find(id)).isEmpty();
  }

  @Test
  void redrive_failedWhenNeverTrusted_isTrustedAgain() {
    queue.enqueue(newTask().maxAttempts(1));
    for (int expiry = 0; expiry < 3; expiry++) {
      queue.claim(request());
      expireLeases();
    }
    assertThat(queue.claim(request())).isEmpty();
    assertThat(queue.admin().redrive(FailedFilter.all()).tasks()).hasSize(1);

    Claim claim = queue.claim(request()).get(0);
    assertThat(claim.alone()).isFalse();
    expireLeases();
    assertThat(queue.claim(request()).get(0).alone()).isFalse();
  }

  @Test
  void failed_atOneTime_areInOrderOfUnsignedIds() {
    UUID second = failed(newTask().id(new UUID(-1, 0)), "broken").id();
    UUID first = failed(newTask().id(new UUID(1, 0)), "broken").id();

    assertThat(queue.admin().failed(FailedFilter.all()))
        .extracting(Task::id)
        .containsExactly(first, second);
  }

  @Test
  void redriveAndStats_standingClock_areOfThisMoment() {
    Task failed = failed(newTask(), "broken");
    forward(Duration.ofHours(1));
    queue.admin().redrive(FailedFilter.all());
    Task task = queue.find(failed.id()).orElseThrow();

    assertThat(task.runAt()).isEqualTo("2026-01-01T01:00:00Z");
    assertThat(task.startedAt()).isEmpty();
    assertThat(queue.admin().stats().get(0).oldestReady()).contains(Duration.ZERO);
    assertThat(queue.errors(failed.id()).get(0).at()).isEqualTo("2026-01-01T00:00:00Z");
  }

  @Test
  void cancel_taskThatWasPutBackByHand_leavesNoLease() {
    Model model = new Model();
    TaskQueue other = InMemoryTaskQueue.over(() -> now, model);
    UUID id = other.enqueue(newTask());
    Claim claim = other.claim(request()).get(0);
    other.cancel(id);
    model.putBack(id);

    assertThat(other.claim(request())).as("a claim that meets it ends it").isEmpty();
    assertThat(other.find(id).orElseThrow().status()).isEqualTo(Status.CANCELLED);
    assertThat(other.errors(id)).as("it was not running").isEmpty();
    assertThat(model.find(id).orElseThrow().leaseUntil()).isEmpty();
    assertThat(other.apply(new ClaimUpdate.Complete(claim))).isEqualTo(Outcome.LEASE_LOST);
  }

  @Test
  void putBack_runningTask_isNeitherHeldNorExpired() {
    Model model = new Model();
    TaskQueue other = InMemoryTaskQueue.over(() -> now, model);
    UUID id = other.enqueue(newTask());
    Claim claim = other.claim(request()).get(0);
    model.putBack(id);
    Task task = other.find(id).orElseThrow();
    assertThat(task.status()).isEqualTo(Status.PENDING);
    assertThat(task.startedAt()).isEmpty();
    assertThat(model.find(id).orElseThrow().leaseUntil())
        .contains(claim.task().startedAt().orElseThrow().plus(ClaimRequest.DEFAULT_LEASE));
    for (ClaimUpdate update :
        List.of(new ClaimUpdate.Complete(claim), new ClaimUpdate.Release(claim, Duration.ZERO))) {
      assertThat(other.apply(update)).as("%s", update).isEqualTo(Outcome.LEASE_LOST);
    }

    expireLeases();
    assertThat(other.claim(request()).get(0).attempt()).isEqualTo(2);
    assertThat(other.errors(id)).as("nobody held it").isEmpty();
    assertThat(model.find(id).orElseThrow().expiries()).isZero();
    expireLeases();
    other.claim(request());
    assertThat(model.find(id).orElseThrow().expiries()).isEqualTo(1);
  }

  @Test
  void putBack_taskThatDoesNotRun_changesNothing() {
    Model model = new Model();
    TaskQueue other = InMemoryTaskQueue.over(() -> now, model);
    UUID id = other.enqueue(newTask());
    other.apply(new ClaimUpdate.Retry(other.claim(request()).get(0), "boom", Duration.ZERO));
    Task retried = other.find(id).orElseThrow();
    model.putBack(id);
    assertThat(other.find(id)).contains(retried);
    other.claim(request()).get(0).complete();
    Task completed = other.find(id).orElseThrow();
    model.putBack(id);
    assertThat(other.find(id)).contains(completed);

    model.putBack(UUID.randomUUID());
    assertThat(other.counts()).containsEntry(Status.COMPLETED, 1L);
  }

  @Test
  void claim_besideOtherStatements_passesOverWhatTheyHaveLocked() {
    Model model = new Model();
    TaskQueue other = InMemoryTaskQueue.over(() -> now, model);
    UUID locked = other.enqueue(newTask());
    UUID free = other.enqueue(newTask());

    assertThat(model.claim(now, UUID.randomUUID(), request().limit(2), Set.of(locked)))
        .extracting(ModelTask::id)
        .containsExactly(free);
    assertThat(other.find(locked).orElseThrow().status()).isEqualTo(Status.PENDING);
  }

  @Test
  void restartTurns_afterAClaim_beginsWithTheFirstType() {
    Model model = new Model();
    TaskQueue other = InMemoryTaskQueue.over(() -> now, model);
    other.enqueueAll("a", List.of("1", "2"));
    other.enqueueAll("b", List.of("1", "2"));
    ClaimRequest both = ClaimRequest.of("a", "b");
    assertThat(other.claim(both).get(0).type()).isEqualTo("a");
    model.restartTurns();

    assertThat(other.claim(both).get(0).type()).isEqualTo("a");
    assertThat(other.claim(both).get(0).type()).isEqualTo("b");
  }

  @Test
  void enqueue_windowOfSplitSeconds_beginsAndEndsToTheMicrosecond() {
    Duration window = Duration.ofMillis(1500);
    now = Instant.EPOCH;
    UUID first = queue.enqueue(newTask().uniqueKey("k", window));
    forward(window.minusNanos(1000));
    assertThat(queue.enqueue(newTask().uniqueKey("k", window))).isEqualTo(first);
    forward(Duration.ofNanos(1000));
    UUID second = queue.enqueue(newTask().uniqueKey("k", window));
    assertThat(second).isNotEqualTo(first);
    forward(window.minusNanos(1000));
    assertThat(queue.enqueue(newTask().uniqueKey("k", window))).isEqualTo(second);
  }

  @Test
  void toString_tasksThere_showsNoPayload() {
    queue.enqueue(NewTask.of("send_email", "{\"password\": 1}"));

    assertThat(queue.toString()).contains("PENDING=1").doesNotContain("password");
  }
}
