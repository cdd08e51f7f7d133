package dev.dibs.examples.quickstart;

import java.io.IOException;
import java.util.Locale;

/** Where the story is told: lines, and at most one line that changes in place. Thread-safe. */
final class Terminal {
  private static final int MAX_WIDTH = 79;

  private final boolean inPlace = isTerminal();
  private int shown;

  boolean isInPlace() {
    return inPlace;
  }

  /** Tells a line, above the changing one. */
  synchronized void say(String format, Object... arguments) {
    erase();
    System.out.println(
        arguments.length == 0 ? format : String.format(Locale.ROOT, format, arguments));
    System.out.flush();
  }

  /** Shows a line in place of the one before, cut to what the narrowest terminals have. */
  synchronized void show(String text) {
    String line = text.substring(0, Math.min(text.length(), MAX_WIDTH));
    System.out.print("\r" + line + " ".repeat(Math.max(0, shown - line.length())));
    System.out.flush();
    shown = line.length();
  }

  private void erase() {
    if (shown > 0) {
      System.out.print("\r" + " ".repeat(shown) + "\r");
      shown = 0;
    }
  }

  static String number(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  /**
   * System.console() would also ask for a terminal at the input, and from JDK 22 on asks for none.
   */
  private static boolean isTerminal() {
    String term = System.getenv("TERM");
    if (term == null || term.equals("dumb")) {
      return false;
    }
    try {
      return new ProcessBuilder("sh", "-c", "test -t 1").inheritIO().start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
