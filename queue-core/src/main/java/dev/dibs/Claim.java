package dev.dibs;

import java.sql.Connection;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

/**
 * The right to run one attempt of one task, held until its lease ends. Every write made with it is
 * fenced: it takes effect only while the claim's token is the task's and the task is {@link
 * Status#PROCESSING}, so a claimant that was paused beyond its lease can spoil nothing.
 *
 * <pre>{@code
 * for (Claim claim : queue.claim(ClaimRequest.of("send_email").limit(10))) {
 *   mailer.send(claim.payload());
 *   claim.complete();
 * }
 * }</pre>
 *
 * <p>Each write runs in a transaction of its own and is durable when the method returns; it waits
 * for a row that somebody else has locked. {@link #completeIn} alone runs in the caller's
 * transaction. Repeating a write of the same kind after an {@link OutcomeUnknownException} is safe;
 * where the completion deletes the task ({@link #deletedOnCompletion()}), a {@link
 * LeaseLostException} then says that it has taken effect or that the lease is lost, and not which.
 * Each throws {@link LeaseLostException} if the claim no longer holds the task, {@link
 * OutcomeUnknownException} if the connection was lost before the answer came, {@link
 * SetupException} and {@link DatabaseException} as {@link TaskQueue} does.
 *
 * <p>Thread-safe.
 */
public final class Claim {
  private final TaskQueue queue;
  private final Task task;
  private final UUID token;
  private final boolean alone;
  private final boolean deletedOnCompletion;
  private volatile boolean settled;
  private volatile boolean completedIn;
  private volatile boolean leaseLost;
  private volatile boolean cancelled;

  /**
   * As the other constructor makes it, for a claim whose task is kept when it is completed.
   *
   * @throws InvalidInputException if a part is null
   */
  public Claim(TaskQueue queue, Task task, UUID token, boolean alone) {
    this(queue, task, token, alone, false);
  }

  /**
   * Made by implementations of {@link TaskQueue}.
   *
   * @param queue where its writes go
   * @param task the task as it is after the claim
   * @param token the random UUID that fences its writes
   * @param alone see {@link #alone()}
   * @param deletedOnCompletion see {@link #deletedOnCompletion()}
   * @throws InvalidInputException if one of them is null
   */
  public Claim(TaskQueue queue, Task task, UUID token, boolean alone, boolean deletedOnCompletion) {
    this.queue = Check.present("queue", queue);
    this.task = Check.present("task", task);
    this.token = Check.present("token", token);
    this.alone = alone;
    this.deletedOnCompletion = deletedOnCompletion;
  }

  /** The task as it was when it was claimed. */
  public Task task() {
    return task;
  }

  /** The task's id: the idempotency key for whatever the handler does outside the database. */
  public UUID id() {
    return task.id();
  }

  /** The task's type. */
  public String type() {
    return task.type();
  }

  /** The task's payload, JSON text in {@code jsonb}'s normal form. */
  public String payload() {
    return task.payload();
  }

  /** Which attempt this is, from 1. */
  public int attempt() {
    return task.attempt();
  }

  /**
   * The random UUID that fences this claim's writes. The claims of one call may share it; a write
   * is fenced by the task's id and the token together.
   */
  public UUID token() {
    return token;
  }

  /**
   * Whether the task must run with nothing beside it in this process, because its lease has already
   * expired twice: it may be what kills its workers, and then it must not take others with it.
   * {@link Worker} sees to it; a loop of one's own should too.
   */
  public boolean alone() {
    return alone;
  }

  /**
   * Whether a completion deletes the task, because it was claimed with {@link
   * ClaimRequest#deleteCompleted(boolean)}.
   */
  public boolean deletedOnCompletion() {
    return deletedOnCompletion;
  }

  /** Whether the worker found that the lease is lost; its handler should stop. Never goes back. */
  public boolean isLeaseLost() {
    return leaseLost;
  }

  /**
   * Whether somebody asked to cancel the task, as far as this process has learnt; its handler
   * should stop. An exception then ends the task as {@link Status#CANCELLED}; a normal return still
   * completes it. Never goes back.
   */
  public boolean isCancelled() {
    return cancelled;
  }

  /** The task is done: {@link Status#COMPLETED}, or gone if {@link #deletedOnCompletion()}. */
  public void complete() {
    settle("complete", new ClaimUpdate.Complete(this));
  }

  /**
   * The task is done and leaves something to its producer, who finds it as {@link Task#result},
   * unless the task is gone with it ({@link #deletedOnCompletion()}).
   *
   * @param result JSON text, with the same limits as a payload
   * @throws InvalidInputException if the result is null or not valid
   */
  public void complete(String result) {
    settle(
        "complete", new ClaimUpdate.Complete(this, Optional.of(Check.present("result", result))));
  }

  /**
   * The task is done if and when this connection's transaction commits, together with whatever else
   * was written in it: effects in this database happen once, however often the task runs
   * (effectively-once). Never commits, rolls back or changes a setting. If the transaction is
   * rolled back, the task is not done; a {@link Worker} then treats the attempt as failed. If the
   * answer to its commit was lost, run it again: had it committed, this refuses to do so twice.
   *
   * <pre>{@code
   * worker.register("book", task -> {
   *   try (Connection connection = dataSource.getConnection()) {
   *     connection.setAutoCommit(false);
   *     book(connection, task.payload());
   *     task.completeIn(connection);
   *     connection.commit();
   *   }
   * });
   * }</pre>
   *
   * <p>Call it last and commit soon: the task's row stays locked until then, and its lease is not
   * renewed meanwhile (nobody can take the task as long as the row is locked). In a transaction at
   * REPEATABLE READ or SERIALIZABLE the server refuses it with SQLSTATE 40001 if the lease was
   * renewed since the transaction's first statement; run the transaction again then, or use READ
   * COMMITTED.
   *
   * @throws InvalidInputException if {@code connection} is null
   * @throws LeaseLostException also if an earlier transaction, or this one, has already completed
   *     the task with this claim; whatever this one has written is to be rolled back
   */
  public void completeIn(Connection connection) {
    Check.present("connection", connection);
    Outcome outcome = queue.applyIn(connection, new ClaimUpdate.Complete(this));
    if (outcome == Outcome.ALREADY_APPLIED) {
      throw LeaseLostException.completedBefore(task.id());
    }
    accept("completeIn", outcome, true);
    completedIn = true;
  }

  /**
   * Says how far the attempt is, for the task's producer, who finds it as {@link Task#progress}.
   *
   * @param progress JSON text of at most 64 KiB, otherwise with the limits of a payload
   * @throws InvalidInputException if it is null or not valid
   */
  public void progress(String progress) {
    apply("progress", new ClaimUpdate.Progress(this, progress), true);
  }

  /**
   * The attempt failed: the task waits for its next attempt as {@link RetryPolicy#standard()} says,
   * or is {@link Status#FAILED} if this was its last. Keeps the exception's text and stack trace,
   * cut to 4000 characters.
   *
   * @throws InvalidInputException if {@code error} is null
   */
  public void fail(Throwable error) {
    fail(error, RetryPolicy.standard());
  }

  /**
   * As {@link #fail(Throwable)}, with a policy of the caller's own; what the policy throws is
   * thrown on, and the attempt has not failed.
   *
   * @throws InvalidInputException if an argument is null, or the policy answers null or a wait
   *     outside its bound
   */
  public void fail(Throwable error, RetryPolicy policy) {
    Check.present("error", error);
    Optional<Duration> delay =
        Check.present(
            "delayAfter of the retry policy",
            Check.present("retry policy", policy).delayAfter(task.attempt(), error));
    settle("fail", failure(ErrorText.of(error), delay));
  }

  /** The task goes back to its place in the line at once, and the attempt is not counted. */
  public void release() {
    settle("release", new ClaimUpdate.Release(this, Duration.ZERO));
  }

  /**
   * The task is put off, and the attempt is not counted.
   *
   * @param delay how long, zero to 3650 days
   * @throws InvalidInputException if the delay is null or outside its bound
   */
  public void snooze(Duration delay) {
    settle("snooze", new ClaimUpdate.Release(this, delay));
  }

  /**
   * The lease ends this long from now, by the database's clock, even if it had expired, as long as
   * nobody else has claimed the task. A {@link Worker} does it by itself.
   *
   * @param lease 1 ms to 30 days
   * @throws InvalidInputException if the lease is null or outside its bound
   * @throws TaskCancelledException if somebody asked to cancel the task; the lease is not extended
   */
  public void extend(Duration lease) {
    apply("extend", new ClaimUpdate.Extend(this, lease), true);
  }

  /** What a failed attempt leads to: another one while some are left, else the dead letter. */
  ClaimUpdate failure(String text, Optional<Duration> delay) {
    return delay.isPresent() && task.attempt() < task.maxAttempts()
        ? new ClaimUpdate.Retry(this, text, delay.get())
        : new ClaimUpdate.Fail(this, text);
  }

  /** As a worker extends it: says what became of it and leaves the conclusions to the caller. */
  Outcome renew(Duration lease) {
    return queue.apply(new ClaimUpdate.Extend(this, lease));
  }

  /** Whether the holder has already ended the attempt itself. */
  boolean isSettled() {
    return settled;
  }

  /** Whether its completion stands or falls with a transaction of the holder's. */
  boolean isCompletedIn() {
    return completedIn;
  }

  void loseLease() {
    leaseLost = true;
  }

  void cancel() {
    cancelled = true;
  }

  private void settle(String operation, ClaimUpdate update) {
    // Said before it is so: a renewal that meets the row just after must not call the lease lost.
    settled = true;
    try {
      apply(operation, update, update instanceof ClaimUpdate.Complete);
    } catch (RuntimeException | Error e) {
      settled = false;
      throw e;
    }
  }

  private void apply(String operation, ClaimUpdate update, boolean goesOn) {
    accept(operation, queue.apply(update), goesOn);
  }

  /** A task that is called off suits whoever gives it up, not whoever goes on with it. */
  private void accept(String operation, Outcome outcome, boolean goesOn) {
    if (outcome == Outcome.LEASE_LOST) {
      leaseLost = true;
      throw deletedOnCompletion && operation.startsWith("complete")
          ? LeaseLostException.unlessDeleted(operation, task.id())
          : new LeaseLostException(operation, task.id());
    }
    if (outcome == Outcome.CANCELLED) {
      cancelled = true;
      if (goesOn) {
        throw new TaskCancelledException(operation, task.id());
      }
    }
  }

  /** Task and attempt; neither payload nor token. */
  @Override
  public String toString() {
    return "Claim[" + task + (alone ? ", alone" : "") + "]";
  }
}
