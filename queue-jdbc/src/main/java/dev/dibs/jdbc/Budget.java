package dev.dibs.jdbc;

import java.time.Duration;

/** Lets a few statements follow each other closely, and then one each so often. One thread. */
final class Budget {
  private final long spacing;
  private final long credit;
  private long spentUntil = System.nanoTime();

  /**
   * Nothing is spent yet.
   *
   * @param beforehand how many may come too early
   */
  Budget(Duration spacing, int beforehand) {
    this.spacing = spacing.toNanos();
    this.credit = beforehand * this.spacing;
  }

  /** How many nanoseconds from now the next is allowed; not more than 0 if it is. */
  long left(long now) {
    return spentUntil - credit - now;
  }

  void spend(long now) {
    spentUntil = (spentUntil - now > 0 ? spentUntil : now) + spacing;
  }
}
