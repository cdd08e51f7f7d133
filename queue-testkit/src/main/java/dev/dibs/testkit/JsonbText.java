package dev.dibs.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Comparator;
import java.util.TreeMap;

/**
 * Prints a JSON text as PostgreSQL prints it once it is {@code jsonb}, so that a payload reads the
 * same from the in-memory queue as from the table.
 *
 * <p>Of equal keys the last wins; keys stand in order of their length in UTF-8, then bytewise;
 * numbers lose their exponent and keep their trailing zeros. The text must have passed the check of
 * {@code dev.dibs}: what happens to any other is not defined. Calls share nothing; any thread may
 * make them.
 */
final class JsonbText {
  private static final Comparator<byte[]> KEY_ORDER =
      Comparator.<byte[]>comparingInt(key -> key.length).thenComparing(Arrays::compareUnsigned);

  private final String json;
  private final StringBuilder out = new StringBuilder();
  private int at;

  private JsonbText(String json) {
    this.json = json;
  }

  /** Returns what {@code json::jsonb::text} is on a server. */
  static String normalize(String json) {
    var text = new JsonbText(json);
    text.value();
    return text.out.toString();
  }

  private void value() {
    switch (next()) {
      case '{' -> object();
      case '[' -> array();
      case '"' -> quote(string());
      case 't' -> word("true");
      case 'f' -> word("false");
      case 'n' -> word("null");
      default -> number();
    }
  }

  private void object() {
    var members = new TreeMap<byte[], String>(KEY_ORDER);
    at++;
    while (next() != '}') {
      if (next() == ',') {
        at++;
        next();
      }
      int start = out.length();
      String key = string();
      quote(key);
      out.append(": ");
      next();
      at++;
      value();
      members.put(key.getBytes(UTF_8), out.substring(start));
      out.setLength(start);
    }
    at++;
    out.append('{').append(String.join(", ", members.values())).append('}');
  }

  private void array() {
    at++;
    out.append('[');
    while (next() != ']') {
      if (next() == ',') {
        at++;
        out.append(", ");
      }
      value();
    }
    at++;
    out.append(']');
  }

  private void word(String word) {
    at += word.length();
    out.append(word);
  }

  private void number() {
    int start = at;
    while (at < json.length() && "+-.0123456789Ee".indexOf(json.charAt(at)) >= 0) {
      at++;
    }
    out.append(new BigDecimal(json.substring(start, at)).toPlainString());
  }

  private String string() {
    var value = new StringBuilder();
    at++;
    for (char c = json.charAt(at++); c != '"'; c = json.charAt(at++)) {
      value.append(c == '\\' ? escaped() : c);
    }
    return value.toString();
  }

  private char escaped() {
    char c = json.charAt(at++);
    return switch (c) {
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> (char) Integer.parseInt(json, at, at += 4, 16);
      default -> c;
    };
  }

  private void quote(String value) {
    out.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '"', '\\' -> out.append('\\').append(c);
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < ' ') {
            out.append(String.format("\\u%04x", (int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }

  /** Skips white space and returns the character that stands behind it, without taking it. */
  private char next() {
    while (json.charAt(at) <= ' ') {
      at++;
    }
    return json.charAt(at);
  }
}
