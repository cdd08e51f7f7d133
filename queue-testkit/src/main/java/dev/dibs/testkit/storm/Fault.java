package dev.dibs.testkit.storm;

/**
 * What a {@link Storm} does to its own clients while they work; see {@link Storm#faults}.
 *
 * <p>Thread-safe: immutable.
 *
 * <pre>{@code
 * Storm.on(queue).database(dataSource, "public").lease(Duration.ofSeconds(1)).faults(Fault.HELD_ROW);
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
  HELD_ROW("rows held"),
  /** A process is killed, as {@code kill -9} does, and replaced by another. */
  KILLED_PROCESS("processes killed"),
  /**
   * A process with tasks in hand is stopped until its leases are over, and goes on without knowing;
   * needs a POSIX system.
   */
  STOPPED_PROCESS("processes stopped");

  private final String plural;

  Fault(String plural) {
    this.plural = plural;
  }

  /** Whether it is for processes, and not for the threads of this one. */
  boolean isOfProcesses() {
    return this == KILLED_PROCESS || this == STOPPED_PROCESS;
  }

  /** What happened, after a number, as reports say it. */
  String plural() {
    return plural;
  }
}
