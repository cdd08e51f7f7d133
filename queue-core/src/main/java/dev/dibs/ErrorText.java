package dev.dibs;

import java.io.PrintWriter;
import java.io.StringWriter;

/** What is kept of a failure in the {@code error} column: bounded, and text PostgreSQL can hold. */
final class ErrorText {
  static final int MAX_LENGTH = 4000;

  private ErrorText() {}

  /** The exception with the stack traces of itself and its causes, as far as the bound allows. */
  static String of(Throwable error) {
    try {
      StringWriter text = new StringWriter();
      error.printStackTrace(new PrintWriter(text));
      return clean(text.toString());
    } catch (RuntimeException | Error e) {
      // An exception that cannot be printed must not cost the task its record.
      return error.getClass().getName() + " (its message could not be read)";
    }
  }

  /** NUL and lone surrogates become U+FFFD; what is over the bound is cut between characters. */
  static String clean(String text) {
    StringBuilder clean = new StringBuilder(Math.min(text.length(), MAX_LENGTH));
    for (int i = 0; i < text.length() && clean.length() < MAX_LENGTH; ) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      boolean storable = c != 0 && (c < 0xD800 || c > 0xDFFF);
      clean.appendCodePoint(storable ? c : 0xFFFD);
    }
    if (clean.length() > MAX_LENGTH) {
      clean.setLength(MAX_LENGTH - 1);
    }
    return clean.toString();
  }
}
