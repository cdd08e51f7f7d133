package dev.dibs.jdbc;

import java.time.Instant;
import java.util.UUID;

/** A place in a lane, in the order of the claim index. */
record Position(Instant runAt, UUID id) implements Comparable<Position> {
  /** Before every task. */
  static final Position START = new Position(Instant.MIN, new UUID(0, 0));

  /** As PostgreSQL reads it. */
  String runAtText() {
    return runAt.equals(Instant.MIN) ? "-infinity" : runAt.toString();
  }

  /** PostgreSQL compares UUIDs as unsigned bytes; {@link UUID#compareTo} does not. */
  @Override
  public int compareTo(Position other) {
    int order = runAt.compareTo(other.runAt);
    if (order == 0) {
      order = Long.compareUnsigned(id.getMostSignificantBits(), other.id.getMostSignificantBits());
    }
    if (order == 0) {
      order =
          Long.compareUnsigned(id.getLeastSignificantBits(), other.id.getLeastSignificantBits());
    }
    return order;
  }
}
