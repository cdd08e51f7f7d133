package dev.dibs;

import java.util.Locale;

/**
 * Where a task stands: {@code pending → processing → completed | failed | cancelled}, and {@code
 * processing → pending} on retry, snooze or release.
 *
 * <p>Thread-safe: immutable.
 */
public enum Status {
  /** Waits for a claim; claimable once its {@code run_at} has come. */
  PENDING,
  /** Claimed. When its lease expires, the next claim takes it as it is. */
  PROCESSING,
  /** Done. */
  COMPLETED,
  /** The dead letter: no attempts are left; kept with its error until redriven or pruned. */
  FAILED,
  /** Called off before it was done. */
  CANCELLED;

  private final String sql = name().toLowerCase(Locale.ROOT);

  /** The word that the {@code status} column holds, such as {@code pending}. */
  public String sql() {
    return sql;
  }

  /**
   * The status of a word from the {@code status} column.
   *
   * @throws InvalidInputException if it is none of the five words
   */
  public static Status of(String sql) {
    for (Status status : values()) {
      if (status.sql.equals(sql)) {
        return status;
      }
    }
    throw new InvalidInputException("status: no such status: '" + sql + "'");
  }
}
