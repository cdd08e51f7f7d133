package dev.dibs.testkit.storm;

import dev.dibs.Outcome;

/** How an operation, or one update of a batch, was answered. */
enum Answer {
  /**
   * Not answered, or the connection was lost first: it happened once after it was sent, or never.
   */
  UNKNOWN,
  /** An exception that promises that nothing was written. */
  FAILED,
  /** Done; of an update: {@link Outcome#APPLIED}. */
  OK,
  ALREADY_APPLIED,
  LEASE_LOST,
  CANCELLED,
  LOCKED;

  private static final Answer[] BY_CODE = values();

  /** The number that stands for it in a track. */
  @SuppressWarnings("EnumOrdinal") // tracks never outlive the run
  int code() {
    return ordinal();
  }

  static Answer ofCode(int code) {
    return BY_CODE[code];
  }

  static Answer of(Outcome outcome) {
    return switch (outcome) {
      case APPLIED -> OK;
      case ALREADY_APPLIED -> ALREADY_APPLIED;
      case LEASE_LOST -> LEASE_LOST;
      case CANCELLED -> CANCELLED;
      case LOCKED -> LOCKED;
    };
  }

  /** As the queue's interface calls it. */
  String asOutcome() {
    return this == OK ? "APPLIED" : name();
  }

  /** The one that {@link #asOutcome} calls so. */
  static Answer ofOutcome(String name) {
    return name.equals("APPLIED") ? OK : valueOf(name);
  }

  boolean isCertain() {
    return this == OK || this == ALREADY_APPLIED;
  }

  boolean isPossible() {
    return isCertain() || this == UNKNOWN;
  }
}
