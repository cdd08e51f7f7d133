package dev.dibs.examples.benchmark.measure;

/**
 * What came of a drain.
 *
 * @param cost from the first claim to the last completion
 * @param seconds from the first handler's start to the last completion
 * @param handled different tasks
 * @param duplicates handled again
 * @param statements on the wire; not a number without a tap
 * @param unfinished what the database says is left
 */
public record Drain(
    Cost cost, double seconds, long handled, long duplicates, double statements, long unfinished) {

  /** Tasks in a second. */
  public double rate() {
    return handled / seconds;
  }
}
