package dev.dibs.testkit.wire;

/**
 * Decides about each message of one connection before it is passed on. The two directions are asked
 * by a thread each.
 */
interface Traffic {
  /** What becomes of a message, and of its connection. */
  enum Fate {
    /** It is passed on. */
    PASS,
    /** It is passed on when {@link Traffic#awaitSound} returns. */
    HOLD,
    /** It is swallowed, and the connection is closed in order. */
    DROP,
    /** It is swallowed, and the client's connection is reset. */
    RESET,
    /** It is swallowed and so is all that follows, until the client leaves. */
    STALL
  }

  /** Knows what happens on new connections. */
  interface Source {
    /** Whether a new connection is let in; if not, it is reset. */
    default boolean admits() {
      return true;
    }

    /** For a connection that was let in and has passed nothing yet. */
    Traffic open(WireSession session);
  }

  /** About a message from the client. */
  Fate request(WireMessage message);

  /** About a message from the server. */
  Fate answer(WireMessage message);

  /** Waits until what is held may go on, or the connection is closed. */
  default void awaitSound() throws InterruptedException {}

  /** The connection is closed; called once or more. */
  default void closed() {}
}
