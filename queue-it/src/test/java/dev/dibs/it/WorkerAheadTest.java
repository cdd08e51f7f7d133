package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.HandlerOptions;
import dev.dibs.NewTask;
import dev.dibs.Priority;
import dev.dibs.Status;
import dev.dibs.TaskQueue;
import dev.dibs.Worker;
import dev.dibs.testkit.InMemoryTaskQueue;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a worker claims beyond its slots, and how many handlers of a type it runs at a time. */
@Timeout(60)
class WorkerAheadTest {
  private static final int LARGE = 100;

  private final TaskQueue queue = InMemoryTaskQueue.create();

  @Test
  void handlersThatReturnAtOnce_areClaimedForInLargeBatches() throws Exception {
    int tasks = 20_000;
    queue.enqueueAll("a", Collections.nCopies(tasks, "1"));
    AtomicInteger largest = new AtomicInteger();
    CountDownLatch handled = new CountDownLatch(tasks);
    try (Worker worker = worker(countingClaims(largest)).concurrency(2).build()) {
      worker.register("a", task -> handled.countDown()).start();
      handled.await();
    }
    assertThat(largest.get()).isGreaterThan(100);
    assertThat(queue.counts()).containsEntry(Status.COMPLETED, (long) tasks);
  }

  @Test
  void handlersThatTakeLong_areClaimedForOneByOne() throws Exception {
    queue.enqueueAll("a", Collections.nCopies(20, "1"));
    AtomicInteger largest = new AtomicInteger();
    CountDownLatch handled = new CountDownLatch(20);
    CyclicBarrier both = new CyclicBarrier(2);
    try (Worker worker = worker(countingClaims(largest)).concurrency(2).build()) {
      worker
          .register(
              "a",
              task -> {
                both.await();
                handled.countDown();
                // What takes long: a wait that nothing ends before its time.
                new CountDownLatch(1).await(150, TimeUnit.MILLISECONDS);
              })
          .start();
      handled.await();
    }
    assertThat(largest.get()).isLessThanOrEqualTo(2);
  }

  /** They return at once until a large claim has been made: none that follows returns. */
  @Test
  void handlersThatBecomeSlow_whatWasClaimedAheadIsLeftToOthers() throws Exception {
    int tasks = 20_000;
    List<UUID> ids = queue.enqueueAll("a", Collections.nCopies(tasks, "1"));
    CompletableFuture<List<Claim>> large = new CompletableFuture<>();
    Set<UUID> begun = ConcurrentHashMap.newKeySet();
    Set<UUID> left = ConcurrentHashMap.newKeySet();
    CountDownLatch bothStuck = new CountDownLatch(2);
    CountDownLatch go = new CountDownLatch(1);
    try (Worker slow = worker(keepingClaimOf(LARGE, large)).concurrency(2).build();
        Worker fast = worker(queue).concurrency(2).build()) {
      slow.register(
              "a",
              task -> {
                begun.add(task.id());
                if (large.isDone()) {
                  bothStuck.countDown();
                  go.await();
                }
              })
          .start();
      bothStuck.await();
      CountDownLatch others = new CountDownLatch(tasks - begun.size());
      fast.register(
              "a",
              task -> {
                left.add(task.id());
                others.countDown();
              })
          .start();
      others.await();
      go.countDown();
    }
    assertThat(large.join())
        .extracting(Claim::id)
        .filteredOn(left::contains)
        .hasSizeGreaterThanOrEqualTo(LARGE - 2);
    assertThat(left).doesNotContainAnyElementsOf(begun);
    assertThat(queue.counts()).containsEntry(Status.COMPLETED, (long) tasks);
    assertThat(ids).allMatch(id -> queue.find(id).orElseThrow().attempt() == 1);
  }

  @Test
  void limitOfAType_twoMeet_butNeverThree() throws Exception {
    AtomicInteger now = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CyclicBarrier two = new CyclicBarrier(2);
    CountDownLatch handled = new CountDownLatch(400);
    for (Priority priority : Priority.values()) {
      for (int i = 0; i < 100; i++) {
        queue.enqueue(NewTask.of("limited", "1").priority(priority));
      }
    }
    try (Worker worker = worker(queue).concurrency(10).build()) {
      worker
          .register(
              "limited",
              task -> {
                most.accumulateAndGet(now.incrementAndGet(), Math::max);
                two.await();
                now.decrementAndGet();
                handled.countDown();
              },
              HandlerOptions.standard().concurrency(2))
          .start();
      handled.await();
    }
    assertThat(most.get()).isEqualTo(2);
  }

  /** The control: what the test above would see of a worker that does not keep to the limit. */
  @Test
  void withoutALimit_threeMeet() throws Exception {
    queue.enqueueAll("unlimited", List.of("1", "2", "3"));
    CyclicBarrier three = new CyclicBarrier(3);
    CountDownLatch handled = new CountDownLatch(3);
    try (Worker worker = worker(queue).concurrency(10).build()) {
      worker
          .register(
              "unlimited",
              task -> {
                three.await();
                handled.countDown();
              })
          .start();
      handled.await();
    }
  }

  @Test
  void typeAtItsLimit_doesNotHoldUpTheOthers() throws Exception {
    queue.enqueueAll("limited", Collections.nCopies(1_000, "1"));
    queue.enqueueAll("other", Collections.nCopies(1_000, "1"));
    CountDownLatch go = new CountDownLatch(1);
    CountDownLatch others = new CountDownLatch(1_000);
    CountDownLatch limited = new CountDownLatch(1_000);
    try (Worker worker = worker(queue).concurrency(10).build()) {
      worker
          .register(
              "limited",
              task -> {
                go.await();
                limited.countDown();
              },
              HandlerOptions.standard().concurrency(2))
          .register("other", task -> others.countDown())
          .start();
      others.await();
      assertThat(limited.getCount()).isEqualTo(1_000);
      go.countDown();
      limited.await();
    }
    assertThat(queue.counts()).containsEntry(Status.COMPLETED, 2_000L);
  }

  private static Worker.Builder worker(TaskQueue queue) {
    return Worker.builder(queue).pollInterval(Duration.ofMillis(5));
  }

  private TaskQueue countingClaims(AtomicInteger largest) {
    return new ForwardingTaskQueue(queue) {
      @Override
      public List<Claim> claim(ClaimRequest request) {
        List<Claim> claims = super.claim(request);
        largest.accumulateAndGet(claims.size(), Math::max);
        return claims;
      }
    };
  }

  /** Keeps the first claim of at least so many, before its claimant has it. */
  private TaskQueue keepingClaimOf(int tasks, CompletableFuture<List<Claim>> kept) {
    return new ForwardingTaskQueue(queue) {
      @Override
      public List<Claim> claim(ClaimRequest request) {
        List<Claim> claims = super.claim(request);
        if (claims.size() >= tasks) {
          kept.complete(claims);
        }
        return claims;
      }
    };
  }
}
