package dev.dibs;

/**
 * The database is not set up as Dibs needs it: the schema is missing, too old or too new, another
 * {@code tasks} table is in the way, or the isolation level is not READ COMMITTED. Nothing was
 * written; the message says what to run or which setting to change.
 *
 * <p>Thread-safe: immutable but for what {@link Throwable} allows.
 */
public final class SetupException extends DibsException {
  private static final long serialVersionUID = 1L;

  /** Thrown by Dibs; {@code message} names the cure. */
  public SetupException(String message) {
    super(message, null);
  }
}
