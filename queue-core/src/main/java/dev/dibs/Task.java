package dev.dibs;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * A task as it stood when it was read: one row of {@code tasks}. All times are the database's.
 *
 * <p>Thread-safe: immutable.
 *
 * @param id the primary key; the idempotency key for effects outside the database
 * @param queue the queue it waits in
 * @param type what kind of work it is
 * @param payload JSON text in {@code jsonb}'s normal form
 * @param priority its priority
 * @param status where it stands
 * @param attempt how many times it was claimed and not given back; 0 before the first claim
 * @param maxAttempts how many attempts it gets before it is {@link Status#FAILED}
 * @param runAt when it is, or was, due
 * @param createdAt when it was enqueued
 * @param startedAt when its newest attempt began
 * @param completedAt when it was completed, cancelled or failed for good
 * @param error what its newest failed attempt said; {@link TaskQueue#errors} has the history
 * @param uniqueKey the key that no other task may have while it holds
 * @param cancelRequested whether somebody asked to cancel it
 * @param progress JSON text: how far its running or last attempt said it was
 * @param result JSON text: what it left to its producer when it was completed
 */
public record Task(
    UUID id,
    String queue,
    String type,
    String payload,
    Priority priority,
    Status status,
    int attempt,
    int maxAttempts,
    Instant runAt,
    Instant createdAt,
    Optional<Instant> startedAt,
    Optional<Instant> completedAt,
    Optional<String> error,
    Optional<String> uniqueKey,
    boolean cancelRequested,
    Optional<String> progress,
    Optional<String> result) {

  /** Where it stands; nothing of what its producer or handler wrote, which a log must not hold. */
  @Override
  public String toString() {
    return "Task["
        + id
        + " "
        + type
        + " in "
        + queue
        + ", "
        + status.sql()
        + ", attempt "
        + attempt
        + " of "
        + maxAttempts
        + "]";
  }
}
