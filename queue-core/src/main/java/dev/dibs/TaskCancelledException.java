package dev.dibs;

import java.util.UUID;

/**
 * The task was cancelled while this claim held it. Nothing was written: an extension is refused so
 * that the attempt ends, and what came after the end is too late. The right answer is to stop
 * working on the task; {@link Claim#fail}, {@link Claim#release} or {@link Claim#complete} end it
 * at once, otherwise it ends when the lease does.
 *
 * <p>Thread-safe: immutable but for what {@link Throwable} allows.
 */
public final class TaskCancelledException extends DibsException {
  private static final long serialVersionUID = 1L;

  private final UUID id;

  /** Thrown by Dibs when {@code operation} on the task {@code id} was refused. */
  public TaskCancelledException(String operation, UUID id) {
    super(operation + ": task " + id + " was cancelled; stop working on it", null);
    this.id = id;
  }

  /** The id of the task. */
  public UUID id() {
    return id;
  }
}
