package dev.dibs;

import java.util.UUID;

/**
 * The claim no longer holds its task: its lease expired and another claim took the task, it was put
 * back or finished by hand, its own transaction has completed it, or it is gone. Nothing was
 * written. The right answer is to stop working on the task; whoever holds it now will finish it.
 *
 * <p>Thread-safe: immutable but for what {@link Throwable} allows.
 */
public final class LeaseLostException extends DibsException {
  private static final long serialVersionUID = 1L;

  private final UUID id;

  /** Thrown by Dibs when {@code operation} on the task {@code id} was refused. */
  public LeaseLostException(String operation, UUID id) {
    this(
        id,
        operation
            + ": the lease of task "
            + id
            + " is lost, nothing was written; stop working on it, its new claimant will finish it");
  }

  private LeaseLostException(UUID id, String message) {
    super(message, null);
    this.id = id;
  }

  /** Nobody knows: a completion of before may have deleted the task. */
  static LeaseLostException unlessDeleted(String operation, UUID id) {
    return new LeaseLostException(
        id,
        operation
            + ": task "
            + id
            + " was completed and so deleted before, or its lease is lost; nothing was written now;"
            + " stop working on it");
  }

  /** The task ended with this claim, in a transaction that its handler runs a second time. */
  static LeaseLostException completedBefore(UUID id) {
    return new LeaseLostException(
        id,
        "completeIn: task "
            + id
            + " is completed already, with what that transaction wrote; roll this one back");
  }

  /** The id of the task. */
  public UUID id() {
    return id;
  }
}
