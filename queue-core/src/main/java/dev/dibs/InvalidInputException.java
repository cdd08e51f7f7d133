package dev.dibs;

/**
 * An argument or option that no attempt could make valid: found before anything was written. The
 * message names the option, its bound and the value (never a payload), and in a batch the index of
 * the offending task.
 *
 * <p>Thread-safe: immutable but for what {@link Throwable} allows.
 */
public final class InvalidInputException extends DibsException {
  private static final long serialVersionUID = 1L;

  /** Thrown by Dibs; {@code message} names option, bound and value. */
  public InvalidInputException(String message) {
    super(message, null);
  }
}
