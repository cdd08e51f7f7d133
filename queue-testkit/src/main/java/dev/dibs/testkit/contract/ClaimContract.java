package dev.dibs.testkit.contract;

import static dev.dibs.testkit.contract.QueueUnderTest.ids;
import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.Outcome;
import dev.dibs.Status;
import dev.dibs.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Which tasks a claim takes, which it leaves, and what it makes of them. */
interface ClaimContract extends QueueUnderTest {

  @Test
  default void claim_nothingThere_isEmpty() {
    assertThat(queue().claim(request())).isEmpty();
  }

  @Test
  default void claim_pendingTask_startsItsFirstAttempt() {
    Task before = read(queue().enqueue(newTask()));
    Claim claim = claimOne();

    assertThat(claim.id()).isEqualTo(before.id());
    assertThat(claim.type()).isEqualTo(TYPE);
    assertThat(claim.payload()).isEqualTo(before.payload());
    assertThat(claim.attempt()).isEqualTo(1);
    assertThat(claim.alone()).isFalse();
    assertThat(claim.isLeaseLost()).isFalse();
    assertThat(claim.token()).isNotNull();
    Task after = read(before.id());
    assertThat(claim.task()).isEqualTo(after);
    assertThat(after.status()).isEqualTo(Status.PROCESSING);
    assertThat(after.attempt()).isEqualTo(1);
    assertThat(after.startedAt()).isPresent();
    assertThat(after.startedAt().orElseThrow()).isAfterOrEqualTo(before.createdAt());
    assertThat(after.runAt()).isEqualTo(before.runAt());
    assertThat(after.createdAt()).isEqualTo(before.createdAt());
    assertThat(after.completedAt()).isEmpty();
  }

  @Test
  default void claim_limit_isNotExceeded() {
    queue().enqueueAll(TYPE, List.of("1", "2", "3", "4", "5"));

    assertThat(queue().claim(request())).as("one unless told otherwise").hasSize(1);
    assertThat(queue().claim(request().limit(3))).hasSize(3);
    assertThat(queue().claim(request().limit(3))).hasSize(1);
    assertThat(queue().claim(request().limit(3))).isEmpty();
  }

  @Test
  default void claim_takenTask_isNotTakenAgain() {
    claimed();

    assertThat(queue().claim(request())).isEmpty();
    forward(LEASE.minusSeconds(20));
    assertThat(queue().claim(request())).isEmpty();
  }

  @Test
  default void claim_otherType_isLeftUntouched() {
    Task other = read(queue().enqueue(OTHER_TYPE, "{}"));

    assertThat(queue().claim(request().limit(10))).isEmpty();
    assertThat(read(other.id())).isEqualTo(other);
  }

  @Test
  default void claim_typeOfOtherCase_isLeftUntouched() {
    queue().enqueue("SEND_EMAIL", "{}");
    assertThat(queue().claim(request())).isEmpty();
  }

  @Test
  default void claim_otherQueue_isLeftUntouched() {
    Task other = read(queue().enqueue(newTask().queue("bulk")));

    assertThat(queue().claim(request().limit(10))).isEmpty();
    assertThat(read(other.id())).isEqualTo(other);
    assertThat(ids(claimSoon(request().queue("bulk")))).containsExactly(other.id());
  }

  @Test
  default void claim_severalTypes_takesAllOfThem() {
    UUID first = queue().enqueue(TYPE, "{}");
    UUID second = queue().enqueue(OTHER_TYPE, "{}");

    assertThat(ids(queue().claim(ClaimRequest.of(TYPE, OTHER_TYPE).limit(10))))
        .containsExactlyInAnyOrder(first, second);
  }

  @Test
  default void claim_delayedTask_isNotEarly() {
    UUID id = queue().enqueue(newTask().delay(Duration.ofMinutes(10)));

    assertThat(queue().claim(request())).isEmpty();
    forward(Duration.ofMinutes(9));
    assertThat(queue().claim(request())).isEmpty();
    forward(Duration.ofMinutes(1));
    assertThat(claimOne().id()).isEqualTo(id);
  }

  @Test
  default void claim_runAtInThePast_isDueAtOnce() {
    UUID id = queue().enqueue(newTask().runAt(Instant.parse("2001-01-01T00:00:00Z")));
    assertThat(claimOne().id()).isEqualTo(id);
  }

  @Test
  default void claim_expiredLease_startsAnotherAttempt() {
    Claim first = claimed();
    expireLeases();
    Claim second = claimOne();

    assertThat(second.id()).isEqualTo(first.id());
    assertThat(second.attempt()).isEqualTo(2);
    assertThat(second.token()).isNotEqualTo(first.token());
    assertThat(second.task().startedAt().orElseThrow())
        .isAfter(first.task().startedAt().orElseThrow().minus(LEASE));
    assertThat(read(first.id())).isEqualTo(second.task());
  }

  @Test
  default void claim_leaseOfTheRequest_isWhatHolds() {
    queue().enqueue(newTask());
    queue().claim(request().lease(Duration.ofDays(30)));

    forward(Duration.ofDays(29));
    assertThat(queue().claim(request())).isEmpty();
    forward(Duration.ofDays(2));
    assertThat(claimOne().attempt()).isEqualTo(2);
  }

  @Test
  default void claim_attemptsUsedUpButPending_isTaken() {
    queue().enqueue(newTask().maxAttempts(1));
    Claim last = claimOne();
    assertThat(queue().apply(new ClaimUpdate.Retry(last, "again", Duration.ZERO)))
        .isEqualTo(Outcome.APPLIED);

    assertThat(claimOne().attempt()).isEqualTo(2);
  }

  @Test
  default void claim_finishedTasks_areNeverTaken() {
    claimed().complete();
    Claim failed = claimed();
    queue().apply(new ClaimUpdate.Fail(failed, "no"));

    forward(Duration.ofDays(40));
    assertThat(queue().claim(request().limit(10))).isEmpty();
  }

  @Test
  default void claim_manyThreads_takeEachTaskOnce() throws Exception {
    int tasks = 200;
    int threads = 4;
    for (int i = 0; i < tasks; i++) {
      queue().enqueue(newTask());
    }

    List<Claim> claims = new ArrayList<>();
    CyclicBarrier start = new CyclicBarrier(threads);
    Callable<List<Claim>> claimer =
        () -> {
          start.await();
          return claimUntilEmpty();
        };
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      for (Future<List<Claim>> claimed :
          executor.invokeAll(Collections.nCopies(threads, claimer))) {
        claims.addAll(claimed.get());
      }
    } finally {
      executor.shutdownNow();
    }
    // A claim may have found nothing because the rows that were left were locked at that moment.
    while (claims.size() < tasks) {
      List<Claim> rest = claimSoon(request().limit(tasks));
      assertThat(rest).as("the rest of %d tasks", tasks).isNotEmpty();
      claims.addAll(rest);
    }

    assertThat(new HashSet<>(ids(claims))).hasSize(tasks);
    assertThat(claims).hasSize(tasks).allMatch(claim -> claim.attempt() == 1);
  }

  private List<Claim> claimUntilEmpty() {
    List<Claim> all = new ArrayList<>();
    List<Claim> claims = queue().claim(request().limit(7));
    while (!claims.isEmpty()) {
      all.addAll(claims);
      claims = queue().claim(request().limit(7));
    }
    return all;
  }
}
