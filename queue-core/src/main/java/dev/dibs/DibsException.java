package dev.dibs;

import org.jspecify.annotations.Nullable;

/**
 * The root of every exception that Dibs throws, but for the {@link IllegalStateException} of a
 * {@link Worker} that is used out of order. Its subclasses say what happened to the data: {@link
 * InvalidInputException}, {@link IdConflictException}, {@link SetupException} and {@link
 * DatabaseException} mean that nothing was written, {@link LeaseLostException} that somebody else
 * owns the task now, {@link TaskCancelledException} that nobody wants it done any more, {@link
 * OutcomeUnknownException} that the caller has to ask again.
 *
 * <p>Thread-safe: immutable but for what {@link Throwable} allows.
 */
public abstract class DibsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Only Dibs makes these; {@code message} says the operation, the bound and what to do. */
  DibsException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
