package dev.dibs.examples.quickstart;

import java.util.Locale;

/**
 * How far a part is: in place ten times a second, or without a terminal a line every two seconds.
 */
final class ProgressBar {
  private static final int WIDTH = 16;

  private final Terminal terminal;
  private final String title;
  private final long total;
  private final long begun = System.nanoTime();
  private long nextAt = begun;

  ProgressBar(Terminal terminal, String title, long total) {
    this.terminal = terminal;
    this.title = title;
    this.total = total;
  }

  void show(long done, String note) {
    long now = System.nanoTime();
    if (now - nextAt < 0 || done == total) {
      return;
    }
    nextAt = now + (terminal.isInPlace() ? 100_000_000L : 2_000_000_000L);
    if (terminal.isInPlace()) {
      terminal.show(line(done, now, note));
    } else {
      terminal.say("%s", line(done, now, note));
    }
  }

  /** The last state stays. */
  void end(long done) {
    terminal.say("%s", line(done, System.nanoTime(), ""));
  }

  private String line(long done, long now, String note) {
    int filled = (int) (WIDTH * done / total);
    double seconds = Math.max(1, now - begun) / 1e9;
    return String.format(
        Locale.ROOT,
        "  %s [%s%s] %,d / %,d, %.1f s, %,.0f/s %s",
        title,
        "#".repeat(filled),
        ".".repeat(WIDTH - filled),
        done,
        total,
        seconds,
        done / seconds,
        note);
  }
}
