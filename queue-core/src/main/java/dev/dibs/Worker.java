package dev.dibs;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Claims tasks of the types it has handlers for, runs them, keeps their leases and writes how they
 * ended.
 *
 * <pre>{@code
 * Worker worker = Worker.builder(queue).concurrency(50).build();
 * worker.register("send_email", task -> mailer.send(task.payload()));
 * worker.start();
 * }</pre>
 *
 * <p><b>Running.</b> Handlers run on virtual threads where the JDK has them (21 and later), else on
 * threads of a pool, never more at a time than the concurrency. A worker needs three connections at
 * most, however many handlers it runs: one to claim, one to write ends, one to renew leases; and a
 * fourth while it deletes what is past a {@link Retention}.
 *
 * <p><b>Ends.</b> A handler's slot is free when the handler returns; its end is written with others
 * shortly after. If the process dies in between, the task runs again when its lease is over.
 *
 * <p><b>Failures.</b> A handler that throws is tried again after a pause ({@link RetryPolicy})
 * until the task's attempts are used up; then the task is {@link Status#FAILED} and keeps the
 * error. If the process dies, its tasks are claimed by others when their leases expire. A task that
 * has lost two leases runs with nothing beside it, so that one which kills its process takes no
 * others with it.
 *
 * <p><b>Bad days.</b> While the database is away or not yet set up, the worker says so once, keeps
 * trying with growing pauses and goes on by itself. Nothing but {@link #close} ends it.
 *
 * <p><b>States.</b> new → started → closed. Its claiming thread is not a daemon: a program whose
 * main method starts a worker runs until it is closed.
 *
 * <p>Thread-safe.
 */
public final class Worker implements AutoCloseable {
  private static final Duration GRACE = Duration.ofSeconds(5);
  private static final AtomicInteger COUNT = new AtomicInteger();

  private final TaskQueue queue;
  private final WorkerSettings settings;
  private final Map<String, Registered> handlers = new LinkedHashMap<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread hook = new Thread(this::close);
  private @Nullable Engine engine;
  private boolean closing;

  private Worker(TaskQueue queue, WorkerSettings settings) {
    this.queue = queue;
    this.settings = settings;
  }

  /**
   * Begins the configuration of a worker.
   *
   * @throws InvalidInputException if {@code queue} is null
   */
  public static Builder builder(TaskQueue queue) {
    return new Builder(Check.present("queue", queue));
  }

  /**
   * Says who does the work of a type. Tasks of types without a handler are left to other workers.
   *
   * @return this worker
   * @throws InvalidInputException if the type is not valid, has a handler already or is one more
   *     than 1,000, or the handler is null
   * @throws IllegalStateException if the worker was started or closed
   */
  public Worker register(String type, Handler handler) {
    return register(type, handler, HandlerOptions.standard());
  }

  /**
   * As {@link #register(String, Handler)}, with a retry policy or a timeout of this type's own.
   *
   * @return this worker
   * @throws InvalidInputException if the type is not valid, has a handler already or is one more
   *     than 1,000, or an argument is null
   * @throws IllegalStateException if the worker was started or closed
   */
  public synchronized Worker register(String type, Handler handler, HandlerOptions options) {
    Check.name("type", type);
    Check.present("handler", handler);
    Check.present("options", options);
    if (engine != null || closing) {
      throw new IllegalStateException(
          "register: the worker "
              + settings.name()
              + " was started already; register before start");
    }
    if (handlers.containsKey(type)) {
      throw new InvalidInputException("type: '" + type + "' has a handler already");
    }
    Check.range("number of types", handlers.size() + 1, 1, ClaimRequest.MAX_TYPES);
    handlers.put(type, new Registered(handler, options));
    return this;
  }

  /**
   * Begins to work and returns at once, whether or not the database can be reached.
   *
   * @return this worker
   * @throws IllegalStateException if no handler is registered, the worker was started or closed, or
   *     it was to have a shutdown hook and the JVM is ending
   */
  public synchronized Worker start() {
    if (engine != null || closing) {
      throw new IllegalStateException(
          "start: the worker " + settings.name() + " was started or closed already; build another");
    }
    if (handlers.isEmpty()) {
      throw new IllegalStateException(
          "start: the worker " + settings.name() + " has no handlers; register at least one");
    }
    if (settings.shutdownHook()) {
      Runtime.getRuntime().addShutdownHook(hook);
    }
    engine = new Engine(queue, settings, Map.copyOf(handlers), List.copyOf(handlers.keySet()));
    engine.start();
    return this;
  }

  /**
   * What this worker claims: one task of the types that are registered so far, from its queue, with
   * its lease, to be deleted on completion if its retention says so. For a loop of one's own that
   * leaves the rest to {@link #run}.
   *
   * @throws IllegalStateException if no handler is registered
   */
  public ClaimRequest request() {
    List<String> types;
    synchronized (this) {
      types = List.copyOf(handlers.keySet());
    }
    if (types.isEmpty()) {
      throw new IllegalStateException(
          "request: the worker " + settings.name() + " has no handlers; register at least one");
    }
    return settings.request(types);
  }

  /**
   * Runs one attempt on the calling thread, with the handler, retry policy, timeout and description
   * of errors that are registered here, and renews its lease meanwhile. For tests, and for a loop
   * of one's own; the worker need not be started, and its slots are not used.
   *
   * <pre>{@code
   * for (Claim claim : queue.claim(worker.request().limit(10))) {
   *   worker.run(claim, timer).ifPresent(queue::apply);
   * }
   * }</pre>
   *
   * <p>Writes nothing but what the handler writes and the renewals.
   *
   * @param claim a claim of a registered type; may be of any queue
   * @param timer calls for renewals, for the timeout and for interrupts, from any thread
   * @return how the attempt ended, to be applied by the caller; empty if there is nothing to write,
   *     because the handler has settled the claim or its lease is lost
   * @throws InvalidInputException if an argument is null or the claim's type has no handler
   */
  public Optional<ClaimUpdate> run(Claim claim, ScheduledExecutorService timer) {
    Check.present("claim", claim);
    Check.present("timer", timer);
    @Nullable Registered registered;
    synchronized (this) {
      registered = handlers.get(claim.type());
    }
    if (registered == null) {
      throw new InvalidInputException("claim: '" + claim.type() + "' has no handler");
    }
    return new InlineRun(settings.name(), settings.lease(), timer)
        .run(claim, registered, settings.failureRule(registered.options()));
  }

  /** The name that begins its log lines and threads. */
  public String name() {
    return settings.name();
  }

  /**
   * Ends the work and waits for it: no more claims; running handlers may end until the drain
   * timeout has passed and keep their leases meanwhile; those still running then are interrupted,
   * and if they end within {@code 5 s} their tasks are given back without counting the attempt;
   * what has ended is written. What could not be written or did not end is run again by others when
   * its lease is over. Closing again waits for the first; closing before the start is legal. If the
   * calling thread is interrupted, handlers are interrupted at once, and the flag is restored.
   *
   * @throws IllegalStateException if a handler of this worker calls it: it would wait for itself
   */
  @Override
  public void close() {
    @Nullable Engine running;
    boolean first;
    synchronized (this) {
      running = engine;
      if (running != null && running.runsOn(Thread.currentThread())) {
        throw new IllegalStateException(
            "close: called from a handler of the worker "
                + settings.name()
                + ", which it would wait for; call it from another thread");
      }
      first = !closing;
      closing = true;
    }
    if (first) {
      try {
        if (running != null) {
          running.close(GRACE);
          forgetHook();
        }
      } finally {
        closed.countDown();
      }
      return;
    }
    try {
      closed.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void forgetHook() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is ending: the hook is what closes, or waits for it.
    }
  }

  /**
   * The types of this worker's queue that have live or failed tasks and no handler here: left alone
   * for other workers, such as those of another version of the program.
   *
   * @return how they stand, in the order of the types; empty if there are none
   * @throws DibsException as {@link TaskAdmin#stats} does
   */
  public List<TypeStats> unhandled() {
    Set<String> handled;
    synchronized (this) {
      handled = Set.copyOf(handlers.keySet());
    }
    return queue.admin().stats().stream()
        .filter(type -> type.queue().equals(settings.queueName()))
        .filter(type -> !handled.contains(type.type()))
        .toList();
  }

  /**
   * The configuration of a worker. Nothing is corrected silently: what is outside its bound is an
   * {@link InvalidInputException} that names it.
   *
   * <p>Not thread-safe.
   */
  public static final class Builder {
    private final TaskQueue queue;
    private String name = "worker-" + COUNT.incrementAndGet();
    private String queueName = NewTask.DEFAULT_QUEUE;
    private int concurrency = 10;
    private Duration lease = ClaimRequest.DEFAULT_LEASE;
    private Duration pollInterval = Duration.ofMillis(100);
    private Duration drainTimeout = Duration.ofSeconds(30);
    private RetryPolicy retry = RetryPolicy.standard();
    private Function<Throwable, String> describeErrors = ErrorText::of;
    private Retention retention = Retention.forever();
    private boolean shutdownHook;
    private Optional<Executor> executor = Optional.empty();

    private Builder(TaskQueue queue) {
      this.queue = queue;
    }

    /** Begins its log lines and names its threads. Defaults to {@code worker-} and a number. */
    public Builder name(String name) {
      this.name = name;
      return this;
    }

    /** The queue to take tasks from. Defaults to {@value NewTask#DEFAULT_QUEUE}. */
    public Builder queueName(String queueName) {
      this.queueName = queueName;
      return this;
    }

    /** How many handlers run at a time, 1 to 100,000. Defaults to 10. */
    public Builder concurrency(int concurrency) {
      this.concurrency = concurrency;
      return this;
    }

    /**
     * How long a claim holds without renewal, 100 ms to 30 days; renewed when a third has passed.
     * Longer: pauses of the process and outages of the database do less harm. Shorter: tasks of a
     * dead process are taken over sooner. Defaults to 30 s.
     */
    public Builder lease(Duration lease) {
      this.lease = lease;
      return this;
    }

    /**
     * How long to wait before looking for work again when there was none, 1 ms to 1 hour; a quarter
     * of it after some was found, each with a quarter of jitter. Tasks enqueued through the same
     * queue object in this process are found at once. While the queue {@linkplain
     * TaskQueue#hearsOthers hears} of those of other processes it is twelve times as long, after
     * which also what nobody tells of is found: tasks that fell due, retries, expired leases.
     * Defaults to 100 ms.
     */
    public Builder pollInterval(Duration pollInterval) {
      this.pollInterval = pollInterval;
      return this;
    }

    /** How long {@link Worker#close} lets handlers run on, 0 to 1 day. Defaults to 30 s. */
    public Builder drainTimeout(Duration drainTimeout) {
      this.drainTimeout = drainTimeout;
      return this;
    }

    /**
     * What happens after a failed attempt, for types that have no policy of their own. Defaults to
     * {@link RetryPolicy#standard()}.
     */
    public Builder retry(RetryPolicy retry) {
      this.retry = retry;
      return this;
    }

    /**
     * What is kept of an exception in a task's error and history: the place to take out what must
     * not be stored. Its answer is cut to 4000 characters; if it throws or answers null, the class
     * of the exception is kept. Defaults to the stack trace with messages and causes.
     */
    public Builder describeErrors(Function<Throwable, String> describeErrors) {
      this.describeErrors = describeErrors;
      return this;
    }

    /**
     * How long finished tasks are kept. Of all workers on a schema one at a time deletes, in small
     * parts and about once a minute; so all should be configured alike. What this worker completes
     * itself is deleted by its completion if completed tasks are kept for {@link Duration#ZERO}. It
     * needs the grants of an admin. Defaults to {@link Retention#forever()}.
     */
    public Builder retention(Retention retention) {
      this.retention = retention;
      return this;
    }

    /** Whether the worker closes itself when the JVM is told to end. Defaults to false. */
    public Builder shutdownHook(boolean shutdownHook) {
      this.shutdownHook = shutdownHook;
      return this;
    }

    /**
     * Where handlers run. It should have a thread for each of the worker's slots; a task that it
     * rejects is given back. The worker never shuts it down. Defaults to threads of the worker's
     * own.
     *
     * @throws InvalidInputException if {@code executor} is null
     */
    public Builder executor(Executor executor) {
      this.executor = Optional.of(Check.present("executor", executor));
      return this;
    }

    /**
     * Makes the worker; it does nothing before {@link Worker#start}.
     *
     * @throws InvalidInputException if an option is null or outside its bound
     */
    public Worker build() {
      return new Worker(
          queue,
          new WorkerSettings(
              name,
              queueName,
              concurrency,
              lease,
              pollInterval,
              drainTimeout,
              retry,
              describeErrors,
              retention,
              shutdownHook,
              executor));
    }
  }
}
