package dev.dibs.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.Claim;
import dev.dibs.HandlerOptions;
import dev.dibs.NewTask;
import dev.dibs.RetryPolicy;
import dev.dibs.Status;
import dev.dibs.Task;
import dev.dibs.TaskQueue;
import dev.dibs.Worker;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each way an attempt can end leaves the same behind a {@link TestWorker} and a {@link Worker}. */
class TestWorkerOutcomesTest {
  private static final Duration LEASE = Duration.ofMillis(300);

  /** What a handler may do; {@code pass} lets a little time pass. */
  enum Way {
    RETURNS {
      @Override
      void handle(Claim task, TaskQueue queue, Runnable pass) {}
    },
    THROWS_ONCE {
      @Override
      void handle(Claim task, TaskQueue queue, Runnable pass) {
        if (task.attempt() == 1) {
          throw new IllegalStateException("broken " + task.attempt());
        }
      }
    },
    THROWS_ALWAYS {
      @Override
      void handle(Claim task, TaskQueue queue, Runnable pass) {
        throw new IllegalStateException("broken " + task.attempt());
      }
    },
    FAILS_AT_ONCE {
      @Override
      void handle(Claim task, TaskQueue queue, Runnable pass) {
        throw new IllegalStateException("wrapped", new IllegalArgumentException("bad input"));
      }
    },
    SNOOZES_ONCE {
      @Override
      void handle(Claim task, TaskQueue queue, Runnable pass) {
        if (task.task().progress().isEmpty()) {
          task.progress("1");
          task.snooze(Duration.ofMillis(1));
        }
      }
    },
    RELEASES_ONCE {
      @Override
      void handle(Claim task, TaskQueue queue, Runnable pass) {
        if (task.task().progress().isEmpty()) {
          task.progress("1");
          task.release();
        }
      }
    },
    LEAVES_A_RESULT {
      @Override
      void handle(Claim task, TaskQueue queue, Runnable pass) {
        task.progress("{\"done\":50}");
        task.complete("{\"sum\": 1.50}");
      }
    },
    THROWS_AFTER_COMPLETING {
      @Override
      void handle(Claim task, TaskQueue queue, Runnable pass) {
        task.complete();
        throw new IllegalStateException("too late");
      }
    },
    COMPLETES_IN_A_TRANSACTION {
      @Override
      void handle(Claim task, TaskQueue queue, Runnable pass) {
        task.completeIn(connectionToNothing());
      }
    },
    IS_CANCELLED_AND_STOPS {
      @Override
      void handle(Claim task, TaskQueue queue, Runnable pass) throws InterruptedException {
        queue.cancel(task.id());
        while (!task.isCancelled()) {
          pass.run();
        }
        throw new InterruptedException("cancelled");
      }
    },
    IS_CANCELLED_AND_INTERRUPTED {
      @Override
      void handle(Claim task, TaskQueue queue, Runnable pass) throws InterruptedException {
        queue.cancel(task.id());
        waitForInterrupt(pass);
      }
    },
    IS_CANCELLED_AND_RETURNS {
      @Override
      void handle(Claim task, TaskQueue queue, Runnable pass) {
        queue.cancel(task.id());
      }
    },
    TIMES_OUT {
      @Override
      void handle(Claim task, TaskQueue queue, Runnable pass) throws InterruptedException {
        waitForInterrupt(pass);
      }
    },
    TIMES_OUT_AND_RETURNS {
      @Override
      void handle(Claim task, TaskQueue queue, Runnable pass) {
        while (!Thread.interrupted()) {
          pass.run();
        }
      }
    },
    MEETS_ITS_OWN_UNIQUE_KEY {
      @Override
      void handle(Claim task, TaskQueue queue, Runnable pass) {
        UUID same = queue.enqueue(NewTask.of(task.type(), "9").uniqueKey("k"));
        task.complete("\"" + same.equals(task.id()) + "\"");
      }
    };

    abstract void handle(Claim task, TaskQueue queue, Runnable pass) throws Exception;

    private static void waitForInterrupt(Runnable pass) throws InterruptedException {
      while (!Thread.interrupted()) {
        pass.run();
      }
      throw new InterruptedException("interrupted");
    }
  }

  @ParameterizedTest
  @EnumSource
  void attempt_everyWay_leavesTheSame(Way way) {
    VirtualClock clock = VirtualClock.create();
    InMemoryTaskQueue queue = InMemoryTaskQueue.create(clock);
    Worker worker = worker(way, queue, () -> clock.advance(Duration.ofMillis(10)));
    UUID id = enqueue(queue);
    TestWorker.of(worker, queue).runUntilIdle();

    assertThat(left(queue, id)).isEqualTo(leftByTheWorker(way));
  }

  private static List<Object> leftByTheWorker(Way way) {
    InMemoryTaskQueue queue = InMemoryTaskQueue.create(slowClock());
    UUID id = enqueue(queue);
    try (Worker worker = worker(way, queue, () -> LockSupport.parkNanos(1_000_000))) {
      worker.start();
      long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
      while (isLive(queue)) {
        assertThat(System.nanoTime()).as("%s ends", way).isLessThan(end);
        LockSupport.parkNanos(1_000_000);
      }
    }
    return left(queue, id);
  }

  /** So slow that no lease ends while a thread waits for a processor, and a pause does end. */
  private static InstantSource slowClock() {
    long begun = System.nanoTime();
    return () -> Instant.EPOCH.plusNanos((System.nanoTime() - begun) / 100);
  }

  private static Connection connectionToNothing() {
    return (Connection)
        Proxy.newProxyInstance(
            TestWorkerOutcomesTest.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            (proxy, method, arguments) -> {
              throw new AssertionError("the connection is used: " + method);
            });
  }

  private static boolean isLive(TaskQueue queue) {
    Map<Status, Long> counts = queue.counts();
    return counts.get(Status.PENDING) + counts.get(Status.PROCESSING) > 0;
  }

  private static Worker worker(Way way, TaskQueue queue, Runnable pass) {
    return Worker.builder(queue)
        .lease(LEASE)
        .retry(RetryPolicy.never())
        .describeErrors(e -> "described: " + e.getMessage())
        .pollInterval(Duration.ofMillis(5))
        .build()
        .register(
            "a",
            task -> way.handle(task, queue, pass),
            HandlerOptions.standard()
                .retry(
                    RetryPolicy.fixed(Duration.ofMillis(1))
                        .failAtOnceOn(IllegalArgumentException.class))
                .timeout(Duration.ofMillis(600)));
  }

  private static UUID enqueue(TaskQueue queue) {
    return queue.enqueue(NewTask.of("a", "{}").maxAttempts(3).uniqueKey("k"));
  }

  private static List<Object> left(TaskQueue queue, UUID id) {
    Task task = queue.find(id).orElseThrow();
    return List.of(
        task.status(),
        "attempt " + task.attempt(),
        "error " + task.error(),
        "progress " + task.progress(),
        "result " + task.result(),
        "errors " + queue.errors(id).stream().map(e -> e.attempt() + " " + e.error()).toList(),
        queue.counts());
  }
}
