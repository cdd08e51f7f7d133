package dev.dibs;

import java.util.Optional;
import java.util.UUID;

/**
 * The connection was lost after a write was sent and before its answer came, or a pool or another
 * wrapper failed without a SQLSTATE: the write may or may not have been committed. Every write of
 * Dibs can be repeated with the same id or token without doing it twice; the repetition tells which
 * it was. The driver's exception is the cause.
 *
 * <p>Thread-safe: immutable but for what {@link Throwable} allows.
 */
public final class OutcomeUnknownException extends DibsException {
  private static final long serialVersionUID = 1L;

  private final transient Optional<UUID> token;

  /** Thrown by Dibs; {@code cause} is what the driver said. */
  public OutcomeUnknownException(String operation, Throwable cause) {
    this(operation, Optional.empty(), cause);
  }

  /** Thrown by Dibs for a claim that was sent with this token. */
  public OutcomeUnknownException(String operation, Optional<UUID> token, Throwable cause) {
    super(
        operation
            + ": the connection was lost before the answer came; repeat it with the same task or claim"
            + " to learn the outcome",
        cause);
    this.token = token;
  }

  /**
   * The token of a claim: {@link ClaimRequest#token} with it asks for what was claimed. Empty for
   * other operations.
   */
  public Optional<UUID> token() {
    return token;
  }
}
