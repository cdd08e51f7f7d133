package dev.dibs.it;

import java.util.ArrayList;
import java.util.List;

/** JSON texts, and what passes itself off as one; the same for the same values. */
final class HostileJson {
  /** In many of the texts, so that a message that quotes one can be told. */
  static final String HUSH = "hush-hush";

  private static final List<String> NUMBERS =
      List.of(
          "0",
          "-0",
          "-0.0",
          "0.10",
          "1.0",
          "1e2",
          "1E-2",
          "1e400",
          "1E-5000",
          "1e-16383",
          "1e-16384",
          "1e131071",
          "1e131072",
          "-9.9e131071",
          "0e1073741822",
          "0e1073741823",
          "1e99999999999",
          "9007199254740993",
          "1" + "0".repeat(10_000),
          "0." + "3".repeat(10_000));

  private static final List<String> NO_JSON =
      List.of(
          "",
          " ",
          "{",
          "}",
          "[",
          "]",
          "{]",
          "[}",
          "{\"a\":1",
          "[1,]",
          "{\"a\":1,}",
          "{a:1}",
          "{'a':1}",
          "[1 2]",
          "1 2",
          "{} {}",
          "nul",
          "nulll",
          "True",
          "NaN",
          "-Infinity",
          "01",
          "+1",
          ".5",
          "1.",
          "1e",
          "1e+",
          "0x10",
          "1_0",
          "--1",
          "\"a",
          "\"\\x\"",
          "\"\\u12\"",
          "\"\t\"",
          "\"\n\"",
          "// c\n1",
          "/* c */ 1",
          "1 # c",
          "\uFEFF{}",
          "{}\uFEFF",
          "\u00a0{}",
          "{}\u2028",
          "[undefined]",
          "{\"a\"}",
          "{\"a\":}",
          "{:1}",
          "{,}",
          "[,]",
          "\u0000",
          "{}\u0000",
          "\"\\u0000\"",
          "\"\\ud83d\"",
          "\"\\ude00\\ud83d\"",
          "\"\uD83D\"",
          "{\"\uDE00\":1}",
          "\"\\ud83d\uDE00\"");

  private static final List<String> SPACES =
      List.of("", "", "", "", " ", "\n", "\r\n", "\t", "  \r\n\t ");

  private final HostileValues values;

  HostileJson(HostileValues values) {
    this.values = values;
  }

  /** Any JSON text, or what passes itself off as one. */
  String text() {
    return values.any(
        () -> values.of(NO_JSON),
        () -> space() + value(4) + space(),
        () -> space() + value(4) + space(),
        () -> space() + value(6) + space(),
        () -> mutated(value(3)),
        () -> values.oneIn(20) ? large() : value(1),
        () ->
            values.oneIn(4)
                ? deep(values.of(List.of(999, 1000, 1001, 20_000)))
                : values.of(NUMBERS));
  }

  private String mutated(String json) {
    StringBuilder text = new StringBuilder(json);
    int at = values.between(0, text.length());
    if (values.oneIn(2)) {
      text.insert(at, values.of(HostileValues.PIECES));
    } else {
      text.delete(at, Math.min(text.length(), at + values.between(1, 2)));
    }
    return text.toString();
  }

  /** Around the bounds of a payload and of progress. */
  private String large() {
    int bytes = values.of(List.of(1 << 16, 1 << 20)) + values.between(-1, 1);
    return values.any(
        () -> '"' + "x".repeat(bytes - 2) + '"',
        () -> '"' + "\u00e9".repeat((bytes - 2) / 2) + "x".repeat(bytes % 2) + '"',
        () -> "[\"" + HUSH + "\"" + " ".repeat(bytes - HUSH.length() - 4) + "]",
        () -> "\"" + "\\u0041".repeat(bytes / 6) + "\"");
  }

  private static String deep(int levels) {
    return "[".repeat(levels) + "]".repeat(levels);
  }

  private String value(int depth) {
    int kind = values.between(0, depth > 0 ? 6 : 3);
    if (kind < 2) {
      return string();
    }
    if (kind == 2) {
      return values.oneIn(15)
          ? values.of(NUMBERS)
          : values.between(-99, 99) + (values.oneIn(3) ? ".10" : "");
    }
    if (kind == 3) {
      return values.of(List.of("true", "false", "null", "[]", "{}", "\"" + HUSH + "\""));
    }
    List<String> items = new ArrayList<>();
    for (int i = values.between(0, 4); i > 0; i--) {
      String item = space() + value(depth - 1) + space();
      items.add(kind < 6 ? space() + key() + space() + ":" + item : item);
    }
    String joined = String.join(",", items);
    return kind < 6 ? "{" + joined + "}" : "[" + joined + "]";
  }

  /** Few, so that they repeat in one object. */
  private String key() {
    return values.oneIn(6)
        ? string()
        : values.of(List.of("\"a\"", "\"b\"", "\"aa\"", "\"\\u0061\"", "\"\""));
  }

  private String string() {
    StringBuilder string = new StringBuilder("\"");
    for (int i = values.between(0, 5); i > 0; i--) {
      String piece = values.oneIn(5) ? HUSH : values.of(HostileValues.PIECES);
      if (values.oneIn(40) || (HostileOracle.isText(piece) && piece.charAt(0) >= ' ')) {
        string.append(values.oneIn(60) ? piece : piece.replace("\\", "\\\\").replace("\"", "\\\""));
      }
    }
    return string.append('"').toString();
  }

  private String space() {
    return values.of(SPACES);
  }
}
