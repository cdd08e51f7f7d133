package dev.dibs;

import java.util.List;
import java.util.UUID;

/**
 * What operators do with a queue: look at it, deal with failed tasks, pause parts of it.
 *
 * <pre>{@code
 * TaskAdmin admin = queue.admin();
 * admin.stats().forEach(System.out::println);
 * admin.redrive(FailedFilter.all().type("send_email"));
 * }</pre>
 *
 * <p>Every method runs in a transaction of its own and throws as {@link TaskQueue} says, {@link
 * InvalidInputException} for a null or what is outside its bound included. A role needs the grants
 * of {@code admin}; {@link #stats} and {@link #pauses} need those of {@code monitor}.
 *
 * <p>Thread-safe. Not meant to be implemented by applications.
 */
public interface TaskAdmin {
  /**
   * How each queue and type stands that has live or failed tasks. Reads those through their
   * indexes, not the history (as long as the table's statistics are not older than it).
   *
   * @return in the order of queue and type, by code points; empty if there are none
   */
  List<TypeStats> stats();

  /**
   * The failed tasks that a filter means, the oldest failure first; one that was failed by hand
   * without {@code completed_at} comes last.
   *
   * @return empty if there are none
   */
  List<Task> failed(FailedFilter filter);

  /**
   * Gives failed tasks a new start: {@link Status#PENDING}, due now, attempt 0; their error history
   * is kept. One whose unique key a live task has meanwhile stays failed, and of several with the
   * same key the oldest failure is taken; both count towards the limit. Tasks that somebody else
   * has locked are passed over. Waits only for a transaction that is just enqueuing one of the
   * keys; while these are enqueued all the time it may take fewer tasks than the limit.
   *
   * @throws OutcomeUnknownException if the connection was lost before the answer came; repeating is
   *     safe
   */
  Redriven redrive(FailedFilter filter);

  /**
   * Deletes failed tasks with their history. Tasks that somebody else has locked are passed over.
   *
   * @return the ids of those that are gone
   * @throws OutcomeUnknownException if the connection was lost before the answer came; repeating is
   *     safe
   */
  List<UUID> prune(FailedFilter filter);

  /**
   * From now on nobody claims anything, {@code claim_task()} included: no claim that begins after
   * this returned takes a task. What is claimed already runs on and may end. Pausing again does
   * nothing.
   */
  void pause(Pause pause);

  /**
   * Ends a pause; does nothing if there is none. Tasks that waited meanwhile are found as those are
   * that were put back by hand: within about a second on an ordinary day ({@link TaskQueue#claim}).
   */
  void resume(Pause pause);

  /** What is paused, in no order. */
  List<Pause> pauses();

  /**
   * Does a small part of what a retention asks for, if no other process does it: deletes what is
   * past it in the next part of the table. {@link Worker} calls this; so may a program without one.
   *
   * @param keeper who does it; the same for all calls of one process
   * @return whether to call again soon; false when the pass is complete or somebody else is at it
   */
  boolean sweep(Retention retention, UUID keeper);
}
