package dev.dibs.testkit;

/** Ends loops that a mutant does not end by itself; public for classes of another class loader. */
public final class Fuel {
  private static final ThreadLocal<int[]> LEFT = ThreadLocal.withInitial(() -> new int[1]);

  private Fuel() {}

  static void fill() {
    LEFT.get()[0] = 5_000_000;
  }

  /** Called whenever a mutant's loop begins again. */
  public static void burn() {
    if (--LEFT.get()[0] == 0) {
      throw new AssertionError("a loop without end");
    }
  }
}
