package dev.dibs;

import java.sql.Connection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * A queue of tasks in which every task has exactly one claimant per attempt. {@code
 * PostgresTaskQueue} of queue-jdbc keeps it in PostgreSQL, {@code InMemoryTaskQueue} of
 * queue-testkit in memory; one contract suite holds both to the same behaviour.
 *
 * <pre>{@code
 * TaskQueue queue = PostgresTaskQueue.create(dataSource);
 * queue.enqueue("send_email", "{\"to\":\"a@b.c\"}");
 * }</pre>
 *
 * <p>What it promises: at-least-once execution; one claimant per attempt; fenced completion. Every
 * method runs in a transaction of its own, on a connection that is borrowed for the call and given
 * back as it was found. Every method throws {@link SetupException} if the schema is missing or does
 * not fit this library or the isolation level is not READ COMMITTED, and {@link DatabaseException}
 * if the database could not be reached or refused the statement; nothing was written then.
 *
 * <p>Thread-safe. Not meant to be implemented by applications.
 */
public interface TaskQueue extends TaskProducer {
  /**
   * A producer that writes in the transaction of this connection and never commits it, rolls it
   * back or changes its settings: the tasks appear if and when the caller commits. Input that is
   * not valid is found before a statement is sent, so it does not spoil the transaction.
   *
   * @throws InvalidInputException if {@code connection} is null
   */
  TaskProducer within(Connection connection);

  /**
   * Claims due tasks: each becomes {@link Status#PROCESSING}, its attempt is counted, and until its
   * lease ends nobody else gets it. Takes pending tasks and those whose lease has expired; higher
   * priorities strictly first, turns between types, and within one type and priority the order of
   * {@code (run_at, id)} among the tasks that were committed, due and untouched by transactions in
   * progress when the claim began. What was committed late, put back by hand or expired is found
   * within max(10 s, 20 × the duration of the search for it), within about a second on an ordinary
   * day.
   *
   * <p>A task whose lease expired twice comes alone: as the only claim, with {@link Claim#alone()}.
   *
   * @return the claims, at most the request's limit, in the order taken; empty if nothing is due
   * @throws InvalidInputException if {@code request} is null
   * @throws OutcomeUnknownException if the connection was lost before the answer came; {@link
   *     ClaimRequest#token(UUID)} asks for what was claimed nevertheless; what nobody asks for is
   *     claimed again when its lease ends
   */
  List<Claim> claim(ClaimRequest request);

  /**
   * Applies one update and waits for the task's row if another transaction has it locked.
   *
   * @return any outcome but {@link Outcome#LOCKED}
   * @throws InvalidInputException if {@code update} is null
   * @throws OutcomeUnknownException if the connection was lost before the answer came; apply the
   *     same update again
   */
  Outcome apply(ClaimUpdate update);

  /**
   * Applies many updates with one statement for each kind; waits half a second at most for each row
   * that another transaction has locked, then leaves it as {@link Outcome#LOCKED}. Each update
   * stands for itself: those that are refused do not hinder the others. There should be one at most
   * for each task; of several under the same token one takes effect, and which is not said.
   *
   * @return the outcomes, in the order of the updates; empty for an empty list
   * @throws InvalidInputException if the list or an element is null
   * @throws OutcomeUnknownException if the connection was lost before the answer came; apply all of
   *     them again
   * @throws DatabaseException if the database could not be reached or refused a statement; updates
   *     of other kinds in the same list may have been applied, and applying all of them again is
   *     safe
   */
  List<Outcome> applyAll(List<ClaimUpdate> updates);

  /**
   * Applies one update in the transaction of this connection, as {@link Claim#completeIn} does: it
   * takes effect if and when the caller commits. Waits for the task's row if another transaction
   * has it locked.
   *
   * @return any outcome but {@link Outcome#LOCKED}
   * @throws InvalidInputException if an argument is null
   * @throws OutcomeUnknownException if the connection was lost; whether the update counts is then
   *     whether the transaction was committed
   * @throws DatabaseException if the connection is closed, or the database refused the statement;
   *     the caller's transaction is spoilt then, as after any statement of its own
   */
  Outcome applyIn(Connection connection, ClaimUpdate update);

  /**
   * Calls a task off. A pending one is {@link Status#CANCELLED} at once. One that is being worked
   * on is asked to stop: its worker learns of it when it renews the lease, within a third of it,
   * tells the handler ({@link Claim#isCancelled}), interrupts it a little later, and renews no
   * more; the task is cancelled when the attempt ends other than by completing, or when the lease
   * ends. Waits for the task's row if another transaction has it locked.
   *
   * @return where the task stands now: {@link Status#CANCELLED} if it will not run, {@link
   *     Status#PROCESSING} if it was asked to stop, {@link Status#COMPLETED} or {@link
   *     Status#FAILED} if it was too late; empty if there is no task of this id
   * @throws InvalidInputException if {@code id} is null
   * @throws OutcomeUnknownException if the connection was lost before the answer came; repeating is
   *     safe
   */
  Optional<Status> cancel(UUID id);

  /**
   * The history of a task's failed attempts, of which the newest ten are kept, also when it was
   * completed or redriven since.
   *
   * @return oldest first; empty if none failed or there is no such task
   * @throws InvalidInputException if {@code id} is null
   */
  List<AttemptError> errors(UUID id);

  /** What operators do with this queue. */
  TaskAdmin admin();

  /**
   * Reads one task.
   *
   * @return empty if there is none of this id
   * @throws InvalidInputException if {@code id} is null
   */
  Optional<Task> find(UUID id);

  /**
   * Counts all tasks by status, finished ones included; reads the whole table.
   *
   * @return a count for each status, zero where there is none
   */
  Map<Status, Long> counts();

  /**
   * Has {@code wakeUp} called, soon and from any thread, when tasks that may be due were enqueued
   * through this object, and, while it {@linkplain #hearsOthers hears others}, through any. A hint
   * for whoever waits for work, not a guarantee: what falls due later or is put back may not lead
   * to it.
   *
   * @param wakeUp must return at once and not throw
   * @throws InvalidInputException if {@code wakeUp} is null
   */
  void addWakeUp(Runnable wakeUp);

  /** Ends what {@link #addWakeUp} began; does nothing if it is unknown. */
  void removeWakeUp(Runnable wakeUp);

  /**
   * Whether wake-ups are called for tasks that other processes enqueue too, so that whoever waits
   * for work may look less often. May change at any time; when it becomes false, all wake-ups are
   * called.
   *
   * @return false where other processes are not listened to, or what they say does not arrive
   */
  boolean hearsOthers();
}
