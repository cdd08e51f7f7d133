package dev.dibs.testkit;

/** Ends a handler at the point where its process is said to be killed; nothing is to catch it. */
final class HandlerKilled extends Error {
  private static final long serialVersionUID = 1;

  HandlerKilled(String after) {
    super("killed by IdempotencyCheck after " + after);
  }
}
