package dev.dibs;

/**
 * The database could not be reached or refused a statement; nothing was written. The driver's
 * exception is the cause.
 *
 * <p>Thread-safe: immutable but for what {@link Throwable} allows.
 */
public final class DatabaseException extends DibsException {
  private static final long serialVersionUID = 1L;

  private final boolean transientFailure;

  /**
   * Thrown by Dibs.
   *
   * @param transientFailure whether the same call may succeed later without any change
   */
  public DatabaseException(String message, boolean transientFailure, Throwable cause) {
    super(message, cause);
    this.transientFailure = transientFailure;
  }

  /** Whether the same call may succeed later: no connection, a shutdown, a deadlock. */
  public boolean isTransient() {
    return transientFailure;
  }
}
