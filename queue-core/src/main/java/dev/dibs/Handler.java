package dev.dibs;

/**
 * Does the work of one type of task; see {@link Worker#register}.
 *
 * <p>A normal return completes the task; an exception makes the attempt fail, and the task is tried
 * again after a pause until its attempts are used up. A task may run more than once (at-least-once
 * execution): use {@link Claim#id()} as the idempotency key for mail, HTTP calls and files. A
 * handler may also settle its claim itself, for example with {@link Claim#snooze}; the worker then
 * writes nothing more. It should end soon when it is interrupted: its lease is lost, its task is
 * cancelled, its time is over or the worker closes.
 *
 * <p>Must be thread-safe: the worker calls it from as many threads as it has slots.
 */
@FunctionalInterface
public interface Handler {
  /**
   * Runs one attempt.
   *
   * @param task the claimed task
   * @throws Exception whatever went wrong; its text and stack trace are kept in the task's error
   */
  void handle(Claim task) throws Exception;
}
