package dev.dibs.it;

/**
 * How much a test does: enough to see a fault in the ordinary build, and the size that the figures
 * in the docs were measured at with {@code -Ddibs.test.full=true}.
 */
public final class TestSize {
  private TestSize() {}

  /** The small size, or the full one if that is asked for. */
  public static int of(int small, int full) {
    return Boolean.getBoolean("dibs.test.full") ? full : small;
  }
}
