package dev.dibs;

/**
 * What no claim takes anything from: a queue, or a type in every queue; one row of {@code
 * dibs_pauses}.
 *
 * <p>Thread-safe: immutable.
 *
 * @param kind what the name is of
 * @param name the queue's or the type's; 1 to 200 characters, not blank
 */
public record Pause(Kind kind, String name) {
  /** What can be paused. */
  public enum Kind {
    /** All types of one queue. */
    QUEUE,
    /** One type in all queues. */
    TYPE
  }

  /**
   * Checks the parts.
   *
   * @throws InvalidInputException if one is null or the name is not valid
   */
  public Pause {
    Check.present("kind", kind);
    Check.name("name", name);
  }

  /** All types of this queue. */
  public static Pause queue(String name) {
    return new Pause(Kind.QUEUE, name);
  }

  /** This type in all queues. */
  public static Pause type(String name) {
    return new Pause(Kind.TYPE, name);
  }
}
