package dev.dibs.testkit.storm;

/**
 * What a {@link Storm} does to its own clients while they work; see {@link Storm#faults}.
 *
 * <p>Thread-safe: immutable.
 *
 * <pre>{@code
 * Storm.on(queue).database(dataSource, "public").lease(Duration.ofSeconds(1)).faults(Fault.values());
 * }</pre>
 */
public enum Fault {
  /** A session of a client is ended by the server, in the midst of a statement or between two. */
  TERMINATED_SESSION("sessions terminated"),
  /** A claimer sits on its claims until their leases are over, and then writes nevertheless. */
  PAUSED_CLAIMER("claimers paused"),
  /**
   * The row of a due task is locked for a moment; who waits behind it breaks {@link Rule#BLOCKED}.
   */
  HELD_ROW("rows held");

  private final String plural;

  Fault(String plural) {
    this.plural = plural;
  }

  /** What happened, after a number, as reports say it. */
  String plural() {
    return plural;
  }
}
