package dev.dibs.testkit.wire;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/** Counts what passes on one connection. */
final class CountedTraffic implements Traffic {

  private final WireSession session;
  private final WireCounts counts;
  private final Set<CountedTraffic> all;
  private final AtomicBoolean counted = new AtomicBoolean();
  private final Map<String, String> statements = new HashMap<>();
  private final Map<String, String> portals = new HashMap<>();

  /**
   * For one connection.
   *
   * @param all those of the same tap, thread-safe; this is among them while the connection is open
   */
  CountedTraffic(WireSession session, WireCounts counts, Set<CountedTraffic> all) {
    this.session = session;
    this.counts = counts;
    this.all = all;
  }

  /** Counts it before it is sent, so that whoever has an answer finds its statement counted. */
  @Override
  public Fate request(WireMessage message) {
    if (message.startsSession()) {
      settleOthers();
      if (counted.compareAndSet(false, true)) {
        counts.opened();
      }
    }
    switch (message.type()) {
      case WireMessage.QUERY -> counts.statement(message.strings(1).get(0));
      case WireMessage.PARSE -> remember(statements, message.strings(2), Map.of());
      case WireMessage.BIND -> remember(portals, message.strings(2), statements);
      case WireMessage.EXECUTE ->
          counts.statement(portals.getOrDefault(message.strings(1).get(0), ""));
      case WireMessage.TERMINATE -> left();
      default -> {}
    }
    return Fate.PASS;
  }

  @Override
  public Fate answer(WireMessage message) {
    return Fate.PASS;
  }

  private static void remember(
      Map<String, String> target, List<String> nameAndValue, Map<String, String> values) {
    String value = nameAndValue.get(1);
    target.put(nameAndValue.get(0), values.getOrDefault(value, value));
  }

  /** Waits until everything the client had sent is counted, in particular that it left. */
  void settle() {
    // A session that is not counted yet may itself be waiting here: two must not await each other.
    if (counted.get()) {
      session.settle();
    }
  }

  // A client that closes one connection and opens the next never had two, but the goodbye of the
  // first may still wait in its socket: without this the peak would sometimes be one too many.
  private void settleOthers() {
    for (CountedTraffic other : all) {
      if (other != this) {
        other.settle();
      }
    }
  }

  @Override
  public void closed() {
    left();
    all.remove(this);
  }

  private void left() {
    if (counted.compareAndSet(true, false)) {
      counts.closed();
    }
  }
}
