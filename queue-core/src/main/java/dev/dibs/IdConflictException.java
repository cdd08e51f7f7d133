package dev.dibs;

import java.util.UUID;

/**
 * The id of a new task is already held by a task of another type or payload. Nothing was written:
 * of a batch, no task. A repeated enqueue of the same task is not a conflict; see {@link
 * TaskProducer}.
 *
 * <p>Thread-safe: immutable but for what {@link Throwable} allows.
 */
public final class IdConflictException extends DibsException {
  private static final long serialVersionUID = 1L;

  private final UUID id;

  /** Thrown by Dibs for the id that is taken. */
  public IdConflictException(UUID id) {
    super(
        "enqueue: id "
            + id
            + " already holds a task of another type or payload; an id may only be reused to repeat"
            + " the same enqueue",
        null);
    this.id = id;
  }

  /** The id that is taken. */
  public UUID id() {
    return id;
  }
}
