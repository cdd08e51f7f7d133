package dev.dibs.testkit;

import dev.dibs.Claim;
import dev.dibs.ClaimUpdate;
import dev.dibs.Handler;
import dev.dibs.NewTask;
import dev.dibs.Status;
import dev.dibs.Task;
import dev.dibs.TaskQueue;
import dev.dibs.Worker;
import dev.dibs.jdbc.PostgresTaskQueue;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** The runs of one {@link IdempotencyCheck}. */
record CheckedRuns(
    DataSource dataSource,
    String schema,
    TaskQueue reader,
    Function<DataSource, Handler> handler,
    NewTask task,
    List<IdempotencyCheck.Reset> resets,
    List<Callable<?>> effectsOf) {

  /**
   * What a run, or a killed one and its repetition, left behind.
   *
   * @param killed whether it was killed, and did not return before
   * @param statements those of the first run, up to the kill
   */
  record Run(boolean killed, List<String> statements, String effects) {
    String last() {
      return statements.get(statements.size() - 1);
    }
  }

  private static final String QUEUE = "idempotency_check";
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Over at once, so that nobody waits for it; until somebody claims, it holds nevertheless. */
  private static final Duration LEASE = Duration.ofMillis(1);

  Run undisturbed() {
    begin();
    KillSwitch never = KillSwitch.never();
    @Nullable Throwable failure = attempt(never, true);
    if (status() != Status.COMPLETED) {
      throw new IllegalStateException(
          "the handler of '" + task.type() + "' does not complete its task when nobody kills it",
          failure);
    }
    return new Run(false, never.statements(), effects());
  }

  /** Killed after so many statements, or if it makes fewer, after it has returned. */
  Run killedAfter(int statements) {
    begin();
    KillSwitch killing = KillSwitch.after(statements);
    attempt(killing, false);
    if (status() == Status.PROCESSING) {
      @Nullable Throwable failure = attempt(KillSwitch.never(), true);
      if (status() != Status.COMPLETED) {
        String why = failure == null ? "it did not complete the task" : failure.toString();
        return new Run(
            killing.hasKilled(),
            killing.statements(),
            "the second run failed: " + why + "\n" + effects());
      }
    }
    return new Run(killing.hasKilled(), killing.statements(), effects());
  }

  private void begin() {
    try {
      for (IdempotencyCheck.Reset reset : resets) {
        reset.run();
      }
      CheckedSql.delete(dataSource, schema, task.id());
    } catch (Exception e) {
      throw new IllegalStateException("the reset failed: " + e.getMessage(), e);
    }
    UUID id = reader.enqueue(task.queue(QUEUE).delay(Duration.ZERO));
    if (!id.equals(task.id())) {
      throw new IllegalStateException(
          "the task was passed over: task "
              + id
              + " has its unique key; give the check a task without a key");
    }
  }

  private Status status() {
    return reader.find(task.id()).map(Task::status).orElse(Status.COMPLETED);
  }

  /** What the handler threw, if it was not killed. */
  private @Nullable Throwable attempt(KillSwitch killSwitch, boolean writesItsEnd) {
    // A process that has just begun: it does not remember where earlier claims ended.
    TaskQueue queue = PostgresTaskQueue.create(dataSource, schema);
    Handler killable = handler.apply(KillableSource.of(dataSource, killSwitch));
    @Nullable Throwable[] failure = new @Nullable Throwable[1];
    Worker worker =
        Worker.builder(queue)
            .queueName(QUEUE)
            .build()
            .register(
                task.type(),
                claim -> {
                  try {
                    killable.handle(claim);
                  } catch (Throwable e) {
                    failure[0] = e;
                    throw e;
                  }
                });
    Optional<ClaimUpdate> end = worker.run(claim(queue, worker), standingTimer());
    if (writesItsEnd) {
      end.ifPresent(queue::apply);
    }
    return failure[0];
  }

  private static VirtualTimer standingTimer() {
    return new VirtualTimer(new VirtualTime(Instant.EPOCH));
  }

  /** The server may need a moment to roll back what an aborted connection had begun. */
  private static Claim claim(TaskQueue queue, Worker worker) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() - end < 0) {
      List<Claim> claims = queue.claim(worker.request().lease(LEASE));
      if (!claims.isEmpty()) {
        return claims.get(0);
      }
    }
    throw new IllegalStateException(
        "the task could not be claimed within " + PATIENCE + "; does a transaction hold its row?");
  }

  private String effects() {
    List<String> texts = new ArrayList<>();
    try {
      for (Callable<?> effect : effectsOf) {
        texts.add(String.valueOf(effect.call()));
      }
    } catch (Exception e) {
      throw new IllegalStateException("the effects cannot be read: " + e.getMessage(), e);
    }
    return String.join("\n", texts);
  }
}
