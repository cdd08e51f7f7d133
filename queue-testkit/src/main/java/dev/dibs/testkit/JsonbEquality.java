package dev.dibs.testkit;

import java.math.BigDecimal;

/**
 * Equality of {@code jsonb} values: of their normal forms, except that {@code 1.0} equals {@code
 * 1.00}.
 */
final class JsonbEquality {
  private JsonbEquality() {}

  /** Compares two texts in {@code jsonb}'s normal form. */
  static boolean equal(String normal, String other) {
    return normal.equals(other) || withShortNumbers(normal).equals(withShortNumbers(other));
  }

  private static String withShortNumbers(String normal) {
    StringBuilder out = new StringBuilder();
    for (int at = 0; at < normal.length(); ) {
      char c = normal.charAt(at);
      int end = c == '"' ? endOfString(normal, at) : endOfNumber(normal, at);
      if (end == at) {
        out.append(c);
        at++;
      } else {
        String token = normal.substring(at, end);
        out.append(c == '"' ? token : new BigDecimal(token).stripTrailingZeros());
        at = end;
      }
    }
    return out.toString();
  }

  private static int endOfString(String normal, int start) {
    int at = start + 1;
    while (normal.charAt(at) != '"') {
      at += normal.charAt(at) == '\\' ? 2 : 1;
    }
    return at + 1;
  }

  private static int endOfNumber(String normal, int start) {
    int at = start;
    while (at < normal.length() && "-.0123456789".indexOf(normal.charAt(at)) >= 0) {
      at++;
    }
    return at;
  }
}
