package dev.dibs.jdbc;

import java.util.UUID;

/** Something that a listener has said to itself, to find out whether it hears. Thread-safe. */
final class Probe {
  private enum State {
    WAITING,
    SENT,
    FAILED
  }

  private final String payload;
  private State state = State.WAITING;
  private long since = System.nanoTime();

  Probe(String schema) {
    payload = schema + " " + UUID.randomUUID();
  }

  String payload() {
    return payload;
  }

  synchronized void sent() {
    state = State.SENT;
    since = System.nanoTime();
  }

  synchronized void failed() {
    state = State.FAILED;
  }

  synchronized boolean isSent() {
    return state == State.SENT;
  }

  synchronized boolean hasFailed() {
    return state == State.FAILED;
  }

  /** Since it was made, or, if it was sent, since then. */
  synchronized long ageNanos() {
    return System.nanoTime() - since;
  }
}
