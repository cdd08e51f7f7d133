package dev.dibs.testkit;

import org.jspecify.annotations.Nullable;

/** The server did not start because its port was taken meanwhile; another port may do. */
final class PortTakenException extends IllegalStateException {
  private static final long serialVersionUID = 1;

  PortTakenException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
