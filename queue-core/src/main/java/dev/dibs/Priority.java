package dev.dibs;

/**
 * The four fixed priorities. A claim takes higher ones strictly first: as long as due tasks of a
 * higher priority keep coming, lower ones of the same worker wait.
 *
 * <p>Thread-safe: immutable.
 */
public enum Priority {
  /** Before everything else; 1 in the {@code priority} column. */
  URGENT(1),
  /** Before the ordinary; 2 in the {@code priority} column. */
  HIGH(2),
  /** The default; 3 in the {@code priority} column. */
  NORMAL(3),
  /** When nothing else is due; 4 in the {@code priority} column. */
  LOW(4);

  private static final Priority[] BY_RANK = values();

  private final int rank;

  Priority(int rank) {
    this.rank = rank;
  }

  /** The number that the {@code priority} column holds, 1 (first) to 4 (last). */
  public int rank() {
    return rank;
  }

  /**
   * The priority of a number from the {@code priority} column.
   *
   * @throws InvalidInputException if it is not 1 to 4
   */
  public static Priority ofRank(int rank) {
    return BY_RANK[Check.range("priority", rank, 1, BY_RANK.length) - 1];
  }
}
