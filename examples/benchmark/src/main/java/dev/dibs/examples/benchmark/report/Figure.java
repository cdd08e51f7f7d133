package dev.dibs.examples.benchmark.report;

import java.util.Locale;

/** One kind of number that a run yields. */
public enum Figure {
  RATE("tasks/s", 0),
  OF_EMPTY("of the empty table's rate beside it", 2),
  SERVER_CPU("CPU PostgreSQL, µs/task", 1),
  CLIENT_CPU("CPU client, µs/task", 1),
  BOTH_CPU("CPU both, µs/task", 1),
  ALL_CPU("CPU with enqueue and vacuum, µs/task", 1),
  WAL("WAL, B/task", 0),
  STATEMENTS("statements/task", 4),
  STATEMENTS_PER_SECOND("statements/s", 1),
  P50("p50, ms", 2),
  P99("p99, ms", 2),
  MAX("max, ms", 2),
  LAST_RATE("tasks/s in the last 30 s", 0),
  BACKLOG("backlog at the end", 0),
  BACKLOG_GROWTH("backlog growth in the last 30 s", 0),
  AFTER("after, s", 0),
  IN_FLIGHT("in flight", 0),
  HANDLED("handled", 0),
  DUPLICATES("duplicates", 0),
  CHECKPOINTS("checkpoints inside", 0);

  private final String label;
  private final int digits;

  Figure(String label, int digits) {
    this.label = label;
    this.digits = digits;
  }

  /** What it is, with its unit. */
  public String label() {
    return label;
  }

  /** Whether some systems do not tell it. */
  boolean isCpu() {
    return this == SERVER_CPU || this == CLIENT_CPU || this == BOTH_CPU;
  }

  /** A value as it is printed. */
  public String format(double value) {
    return String.format(Locale.ROOT, "%,." + digits + "f", value);
  }
}
