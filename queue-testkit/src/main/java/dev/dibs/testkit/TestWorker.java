package dev.dibs.testkit;

import static dev.dibs.testkit.InMemoryTaskQueue.present;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.InvalidInputException;
import dev.dibs.Task;
import dev.dibs.Worker;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Runs the handlers of a {@link Worker} on the calling thread, one attempt at a time, and moves the
 * clock over delays, back-offs and leases instead of waiting for them.
 *
 * <pre>{@code
 * InMemoryTaskQueue queue = InMemoryTaskQueue.create(VirtualClock.create());
 * Worker worker = Worker.builder(queue).build();            // yours, as in production; not started
 * worker.register("send_email", task -> mailer.send(task.payload()));
 *
 * queue.enqueue(NewTask.of("send_email", "{}").delay(Duration.ofDays(1)));
 * TestWorker.of(worker, queue).runUntilIdle();
 * }</pre>
 *
 * <p><b>What is real.</b> The worker's own code runs the handlers: retry policies, maximum
 * attempts, {@code failAtOnceOn}, timeouts, {@code describeErrors}, snooze, release and cancelling
 * have the outcomes that they have in production. What differs: one attempt runs at a time, time
 * passes in a handler only if somebody moves the clock, and {@code completeIn} completes at once,
 * whatever becomes of the connection's transaction (handlers that use it are better tested on a
 * PostgreSQL). {@code RetryPolicy.exponential} draws its jitter at random here too.
 *
 * <p><b>Bad days.</b> {@link #loseLease} and {@link #crashWorker} strike at the point of a handler
 * that calls them, for example in a stub it uses; between attempts they strike the next one, when
 * its handler has ended and its end is not yet written. Either way the task runs again.
 *
 * <p>Not thread-safe: used by one thread; the clock alone may be moved by others.
 */
public final class TestWorker {
  private static final int DEFAULT_LIMIT = 10_000;

  private enum BadDay {
    NONE,
    LOSE_LEASE,
    CRASH
  }

  private final Worker worker;
  private final InMemoryTaskQueue queue;
  private final VirtualClock clock;
  private final ScheduledExecutorService timer;
  private int limit = DEFAULT_LIMIT;
  private BadDay next = BadDay.NONE;
  private @Nullable Claim running;
  private boolean crashed;

  private TestWorker(Worker worker, InMemoryTaskQueue queue, VirtualClock clock) {
    this.worker = worker;
    this.queue = queue;
    this.clock = clock;
    this.timer = new VirtualTimer(clock.time());
  }

  /**
   * Takes over the work of this worker, which is not to be started.
   *
   * @throws InvalidInputException if an argument is null, or the queue's clock is no {@link
   *     VirtualClock}
   */
  public static TestWorker of(Worker worker, InMemoryTaskQueue queue) {
    present("worker", worker);
    if (present("queue", queue).backstage().clock() instanceof VirtualClock clock) {
      return new TestWorker(worker, queue, clock);
    }
    throw new InvalidInputException(
        "queue: its clock must be a VirtualClock; make it with"
            + " InMemoryTaskQueue.create(VirtualClock.create())");
  }

  /**
   * How many attempts one call may run, 1 to 10,000,000, before it takes the work to be endless.
   * Defaults to 10,000.
   *
   * @return this worker
   * @throws InvalidInputException if it is outside its bound
   */
  public TestWorker limit(int attempts) {
    if (attempts < 1 || attempts > 10_000_000) {
      throw new InvalidInputException("limit: must be 1 to 10000000, was " + attempts);
    }
    limit = attempts;
    return this;
  }

  /**
   * Runs until nothing is left to do for this worker: no pending task of its queue and types, now
   * or later, and none whose lease will end. The clock then stands where the last attempt was due.
   * Paused types and queues, and types without a handler, are left alone.
   *
   * @return for each attempt, in order, its task as it stood right after it, or when it was
   *     deleted; empty if there was nothing to do
   * @throws AssertionError if there is more to do after {@link #limit} attempts, as when a task
   *     enqueues its own successor; the message names the types
   * @throws IllegalStateException if no handler is registered, or a handler calls it
   */
  public List<Task> runUntilIdle() {
    return run(Instant.MAX);
  }

  /**
   * Lets so much time pass and runs what becomes due in it; what is due later waits. {@link
   * Duration#ZERO} runs what is due now.
   *
   * @return as {@link #runUntilIdle} returns it
   * @throws InvalidInputException if {@code time} is null or negative
   * @throws AssertionError as {@link #runUntilIdle} throws it
   * @throws IllegalStateException as {@link #runUntilIdle} throws it
   */
  public List<Task> runFor(Duration time) {
    if (present("time", time).isNegative()) {
      throw new InvalidInputException("time: must not be negative, was " + time);
    }
    Instant end = clock.instant().plus(time);
    List<Task> ran = run(end);
    if (clock.instant().isBefore(end)) {
      clock.advanceTo(end);
    }
    return ran;
  }

  /**
   * The process stands still beyond its lease, and somebody else claims the task. A handler that
   * calls this is interrupted and sees {@link Claim#isLeaseLost}, as when the worker goes on and
   * its renewal is refused; what it writes with its claim is refused too. The other one never ends
   * its attempt, so the task runs here again when that lease is over.
   *
   * <p>Does nothing to a task that its handler has settled.
   */
  public void loseLease() {
    if (running == null) {
      next = BadDay.LOSE_LEASE;
    } else {
      takeOver(running);
    }
  }

  /**
   * The process dies: what was not written yet never is, and the task runs again when its lease is
   * over. If a handler calls it, this throws an error that ends the handler; no call of it to the
   * queue takes effect any more. Its {@code finally} blocks run nevertheless, unlike in a process
   * that is killed.
   */
  public void crashWorker() {
    if (running == null) {
      next = BadDay.CRASH;
      return;
    }
    crashed = true;
    WorkerCrashed crash = new WorkerCrashed(running);
    queue.refuseWith(crash);
    throw crash;
  }

  private List<Task> run(Instant end) {
    if (running != null) {
      throw new IllegalStateException("a handler cannot run other handlers: " + running);
    }
    ClaimRequest request = worker.request();
    List<Task> ran = new ArrayList<>();
    while (true) {
      Optional<Instant> due = queue.backstage().nextDue(request);
      if (due.isEmpty() || due.get().isAfter(end)) {
        return ran;
      }
      if (ran.size() == limit) {
        throw new AssertionError(endless(ran));
      }
      if (due.get().isAfter(clock.instant())) {
        clock.advanceTo(due.get());
      }
      queue.claim(request).forEach(claim -> ran.add(attempt(claim)));
    }
  }

  private Task attempt(Claim claim) {
    running = claim;
    crashed = false;
    Supplier<Task> row = queue.backstage().row(claim);
    Optional<ClaimUpdate> update;
    try {
      update = worker.run(claim, timer);
    } finally {
      running = null;
      queue.refuseNothing();
    }
    BadDay badDay = crashed ? BadDay.CRASH : next;
    next = crashed ? next : BadDay.NONE;
    if (badDay == BadDay.LOSE_LEASE) {
      takeOver(claim);
    }
    if (badDay != BadDay.CRASH) {
      update.ifPresent(queue::apply);
    }
    return row.get();
  }

  private void takeOver(Claim claim) {
    queue
        .backstage()
        .leaseEnd(claim)
        .ifPresent(
            end -> {
              clock.time().pauseUntil(end);
              queue.backstage().takeOver(claim, worker.request().lease());
              clock.time().resume();
            });
  }

  private String endless(List<Task> ran) {
    Map<String, Long> types =
        ran.stream().collect(Collectors.groupingBy(Task::type, Collectors.counting()));
    return "still not idle after "
        + limit
        + " attempts, by "
        + clock.instant()
        + "; most were of type '"
        + types.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow().getKey()
        + "': "
        + types.entrySet().stream()
            .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder()))
            .map(type -> type.getKey() + " " + type.getValue())
            .collect(Collectors.joining(", "))
        + ". Does a task enqueue its own successor? Use runFor(duration) then, or a higher limit()";
  }
}
