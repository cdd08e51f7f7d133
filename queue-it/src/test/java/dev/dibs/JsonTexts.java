package dev.dibs;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/** Texts that are JSON, almost JSON, or only made of its pieces. */
public final class JsonTexts {
  private static final Arbitrary<String> SPACE =
      Arbitraries.frequencyOf(
          Tuple.of(6, Arbitraries.just("")),
          Tuple.of(1, Arbitraries.of(" ", "\t", "\n", "\r", "  \r\n")));

  private static final Arbitrary<String> GOOD_PIECE =
      Arbitraries.oneOf(
          Arbitraries.chars()
              .range(' ', '~')
              .filter(c -> c != '"' && c != '\\')
              .map(String::valueOf),
          Arbitraries.of("\\\"", "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t"),
          Arbitraries.of("\u007f", "\u0080", "\u07ff", "\u0800", "\uE000", "\uFEFF", "\uFFFF"),
          Arbitraries.of("\uD83D\uDE00", "\uD800\uDC00", "\uDBFF\uDFFF", "\u00e9", "\u2028"),
          Arbitraries.of("\\ud83d\\ude00", "\\uD800\\uDC00", "\\uDBFF\\uDFFF", "\\uE000"),
          Arbitraries.chars()
              .range('\u0001', '\uD7FF')
              .map(c -> String.format("\\u%04x", (int) c)));

  private static final Arbitrary<String> BAD_PIECE =
      Arbitraries.of(
          "\\u0000",
          "\\ud83d",
          "\\ude00",
          "\\uDBFF",
          "\uD83D",
          "\uDE00",
          "\u0000",
          "\u0001",
          "\u001f",
          "\n",
          "\t",
          "\\x",
          "\\'",
          "\\U0041",
          "\\u12",
          "\\u12g4",
          "\\u\uFF11\uFF11",
          "\"");

  private static final Arbitrary<String> TOKEN =
      Arbitraries.of(
          "{",
          "}",
          "[",
          "]",
          ",",
          ":",
          "\"",
          "\"a\"",
          "\"a\":",
          "'",
          "\\",
          "-",
          "+",
          ".",
          "e",
          "E",
          "0",
          "1",
          "00",
          "9",
          "1.5",
          "1e5",
          "-0",
          "0x",
          "true",
          "false",
          "null",
          "t",
          "n",
          "NaN",
          "Infinity",
          " ",
          "\t",
          "\n",
          "\r",
          "\f",
          "\u000b",
          "\u00a0",
          "\u2028",
          "\uFEFF",
          "\u0000",
          "\u0001",
          "\u007f",
          "//",
          "/*",
          "*/",
          "#",
          "_",
          "\u00e9",
          "\u0661",
          "\uD83D\uDE00",
          "\uD83D",
          "\uDE00",
          "\\u0000",
          "\\u0041",
          "\\ud83d",
          "\\ude00",
          "\\n",
          "1e131072",
          "1e-16384");

  private JsonTexts() {}

  /** JSON that PostgreSQL stores, with equal keys, odd spacing and every way to write a number. */
  public static Arbitrary<String> stored() {
    return documents(string(GOOD_PIECE), numbers(6));
  }

  /** Any of the others of this class, and JSON with a flaw inside a string or a number. */
  static Arbitrary<String> any() {
    var flawed = Arbitraries.frequencyOf(Tuple.of(30, GOOD_PIECE), Tuple.of(1, BAD_PIECE));
    var numbers = Arbitraries.frequencyOf(Tuple.of(30, numbers(6)), Tuple.of(1, limitNumbers()));
    return Arbitraries.oneOf(
        stored(),
        mutated(stored()),
        documents(string(flawed), numbers),
        string(Arbitraries.oneOf(GOOD_PIECE, BAD_PIECE)),
        surrogates(),
        mutated(numbers(99_999)),
        TOKEN.list().ofMaxSize(8).map(tokens -> String.join("", tokens)));
  }

  /** Halves of surrogate pairs, raw and escaped, in every order. */
  static Arbitrary<String> surrogates() {
    return string(
        Arbitraries.of(
            "\\ud83d", "\\uDE00", "\\udbff", "\\uDFFF", "\uD83D", "\uDE00", "x", "\\n", "\\u0041"));
  }

  /** Numbers whose digits or exponents lie within a few of a limit of {@code numeric}. */
  static Arbitrary<String> limitNumbers() {
    var lengths =
        Arbitraries.frequencyOf(
            Tuple.of(20, Arbitraries.integers().between(0, 6)),
            Tuple.of(1, Arbitraries.integers().between(16_381, 16_385)),
            Tuple.of(1, Arbitraries.integers().between(131_070, 131_074)));
    var exponents =
        Arbitraries.oneOf(
            Arbitraries.longs().between(-16_390, -16_376),
            Arbitraries.longs().between(131_064, 131_080),
            Arbitraries.longs().between(-147_460, -147_450),
            Arbitraries.longs().between(147_450, 147_460),
            Arbitraries.longs().between(-5, 5),
            // 1,073,741,823 is left out: 14 and 18 differ in it.
            Arbitraries.longs().between(1_073_741_815, 1_073_741_822),
            Arbitraries.longs().between(1_073_741_824, 1_073_741_830),
            Arbitraries.longs().between(-1_073_741_830, -1_073_741_815),
            Arbitraries.of(-2_147_483_649L, 2_147_483_647L, 2_147_483_648L, 4_294_967_296L),
            Arbitraries.of(Long.MIN_VALUE, Long.MAX_VALUE));
    var digit = Arbitraries.of("0", "1", "9");
    return Combinators.combine(
            Arbitraries.of("", "-"),
            Arbitraries.oneOf(Arbitraries.just("0"), lengths.map(n -> "1" + "0".repeat(n))),
            Combinators.combine(digit, lengths, digit)
                .as((first, n, last) -> "." + first + "0".repeat(n) + last)
                .optional()
                .map(fraction -> fraction.orElse("")),
            Arbitraries.of("e", "E"),
            exponents.map(e -> (e < 0 ? "" : e % 2 == 0 ? "+" : "000") + e).optional())
        .as(
            (sign, integer, fraction, e, exponent) ->
                sign + integer + fraction + exponent.map(x -> e + x).orElse(""));
  }

  /** Arrays and objects inside one another, some not closed as they were opened. */
  static Arbitrary<String> deep(int depth) {
    return Combinators.combine(
            Arbitraries.of(true, false).list().ofSize(depth),
            Arbitraries.frequencyOf(
                Tuple.of(3, Arbitraries.just(-1)),
                Tuple.of(1, Arbitraries.integers().between(0, depth - 1))))
        .as(JsonTexts::nested);
  }

  private static String nested(List<Boolean> objects, int flaw) {
    var text = new StringBuilder();
    objects.forEach(object -> text.append(object ? "{\"a\":" : "["));
    text.append('1');
    for (int i = objects.size() - 1; i >= 0; i--) {
      text.append(objects.get(i) ^ i == flaw ? '}' : ']');
    }
    return text.toString();
  }

  private static Arbitrary<String> documents(Arbitrary<String> string, Arbitrary<String> number) {
    var scalar = Arbitraries.oneOf(string, number, Arbitraries.of("true", "false", "null"));
    var key =
        Arbitraries.oneOf(
            Arbitraries.of("\"a\"", "\"b\"", "\"aa\"", "\"\\u0061\"", "\"\u00e9\"", "\"\""),
            Arbitraries.of("\"\uD83D\uDE00\"", "\"\uE000x\"", "\"\uFFFFx\""),
            string);
    return Arbitraries.recursive(
        () -> scalar,
        value -> {
          var item = spaced(value);
          var member = Combinators.combine(spaced(key), item).as((k, v) -> k + ":" + v);
          return Arbitraries.oneOf(
              scalar,
              item.list().ofMaxSize(4).map(items -> "[" + String.join(",", items) + "]"),
              member.list().ofMaxSize(6).map(members -> "{" + String.join(",", members) + "}"),
              Combinators.combine(Arbitraries.of("[%s]", "{%s}"), SPACE).as(String::format));
        },
        0,
        4);
  }

  private static Arbitrary<String> spaced(Arbitrary<String> text) {
    return Combinators.combine(SPACE, text, SPACE).as((before, t, after) -> before + t + after);
  }

  private static Arbitrary<String> string(Arbitrary<String> piece) {
    return piece.list().ofMaxSize(6).map(pieces -> '"' + String.join("", pieces) + '"');
  }

  private static Arbitrary<String> numbers(int maxExponent) {
    var digits = Arbitraries.strings().numeric().ofMinLength(1).ofMaxLength(20);
    return Combinators.combine(
            Arbitraries.of("", "", "-"),
            Arbitraries.oneOf(Arbitraries.just("0"), digits.filter(d -> d.charAt(0) != '0')),
            Arbitraries.oneOf(Arbitraries.just(""), digits.map(d -> "." + d)),
            Arbitraries.of("", "e", "E", "e+", "E-", "e-0"),
            Arbitraries.integers().between(0, maxExponent))
        .as(
            (sign, integer, fraction, e, exponent) ->
                sign + integer + fraction + (e.isEmpty() ? "" : e + exponent));
  }

  private static Arbitrary<String> mutated(Arbitrary<String> text) {
    var edit =
        Combinators.combine(
            Arbitraries.integers().between(0, 2), Arbitraries.integers().between(0, 9_999), TOKEN);
    return Combinators.combine(text, edit.as(Edit::new).list().ofMinSize(1).ofMaxSize(3))
        .as(
            (original, edits) -> {
              var result = new StringBuilder(original);
              edits.forEach(e -> e.apply(result));
              return result.toString();
            });
  }

  private record Edit(int kind, int where, String token) {
    void apply(StringBuilder text) {
      int at = where % (text.length() + 1);
      switch (kind) {
        case 0 -> text.insert(at, token);
        case 1 -> text.delete(at, Math.min(text.length(), at + 1));
        default -> {
          if (at + 1 < text.length()) {
            char moved = text.charAt(at);
            text.deleteCharAt(at).insert(at + 1, moved);
          }
        }
      }
    }
  }
}
