package dev.dibs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNoException;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "[]",
        "null",
        "true",
        "false",
        "0",
        "-0",
        "-0.0",
        "1.50",
        "1E+2",
        "1e-2",
        "1e002",
        "\"\"",
        " \t\r\n{ \"a\" : [ ] } \t\r\n",
        "{\"a\":1,\"a\":2}",
        "[1,\"x\",null,true,{\"k\":[{}]}]",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0001\\uFfFf\"",
        "\"\u007f\u00e9\u20ac\uFEFF\uFFFF\"",
        "\"\uD83D\uDE00\"",
        "\"\\uD83D\\uDE00\\ud83d\\ude00\"",
        "\"\\\\u0000\"",
        "{\"\":\"\"}",
      })
  void check_jsonThatCanBeStored_isAccepted(String text) {
    assertThat(Json.check(text)).isEqualTo(text.getBytes(UTF_8).length);
  }

  @ParameterizedTest
  @MethodSource
  void check_textThatCannotBeStored_isRefusedAtItsOffset(String text, int offset, String problem) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Json.check(text))
        .withMessageContaining("at offset " + offset + ":")
        .withMessageContaining(problem);
  }

  static Stream<Arguments> check_textThatCannotBeStored_isRefusedAtItsOffset() {
    return Stream.of(
        refused("", 0, "the text ends"),
        refused(" \n", 2, "the text ends"),
        refused("{} {}", 3, "more text"),
        refused("truefalse", 4, "more text"),
        refused("01", 1, "more text"),
        refused("-01", 2, "more text"),
        refused("1.0.0", 3, "more text"),
        refused("]", 0, "expected an object"),
        refused("'a'", 0, "expected an object"),
        refused("{'a':1}", 1, "key in double quotes"),
        refused("{a:1}", 1, "key in double quotes"),
        refused("{1:1}", 1, "key in double quotes"),
        refused("{\"a\":1,}", 7, "key in double quotes"),
        refused("{\"a\" 1}", 5, "':'"),
        refused("{\"a\"}", 4, "':'"),
        refused("{\"a\":}", 5, "expected an object"),
        refused("{\"a\":1", 6, "the text ends"),
        refused("{\"a\":1]", 6, "'}'"),
        refused("[1}", 2, "']'"),
        refused("[1 2]", 3, "']'"),
        refused("[1,]", 3, "expected an object"),
        refused("[,1]", 1, "expected an object"),
        refused("[", 1, "the text ends"),
        refused("NaN", 0, "expected an object"),
        refused("Infinity", 0, "expected an object"),
        refused("-Infinity", 1, "expected an object"),
        refused("True", 0, "expected an object"),
        refused("nul", 0, "expected an object"),
        refused("+1", 0, "expected an object"),
        refused(".5", 0, "expected an object"),
        refused("-", 1, "the text ends"),
        refused("1.", 2, "decimal point"),
        refused("1.e5", 2, "decimal point"),
        refused("1e", 2, "exponent"),
        refused("1e+", 3, "exponent"),
        refused("0x1", 1, "more text"),
        refused("\u0661", 0, "expected an object"),
        refused("// note\n1", 0, "expected an object"),
        refused("[1/* note */]", 2, "']'"),
        refused("\uFEFF{}", 0, "byte order mark"),
        refused("{}\uFEFF", 2, "more text"),
        refused("\u00a0{}", 0, "expected an object"),
        refused("{}\f", 2, "more text"),
        refused("\u0000", 0, "expected an object"),
        refused("{}\u0000", 2, "more text"),
        refused("\"a", 2, "the text ends"),
        refused("\"a\\\"", 4, "the text ends"),
        refused("\"\u0000\"", 1, "control character"),
        refused("\"\n\"", 1, "control character"),
        refused("\"\u001f\"", 1, "control character"),
        refused("\"\\x\"", 1, "escape"),
        refused("\"\\'\"", 1, "escape"),
        refused("\"\\", 1, "escape"),
        refused("\"\\U0041\"", 1, "escape"),
        refused("\"\\u00e\"", 6, "hexadecimal"),
        refused("\"\\u00\uFF11\uFF11\"", 5, "hexadecimal"),
        refused("\"\\u", 3, "hexadecimal"),
        refused("\"\\u0000\"", 1, "\\u0000"),
        refused("{\"\\u0000\":1}", 2, "\\u0000"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\uD83D",
        "\uDE00",
        "\uDE00\uD83D",
        "\uD83D\uD83D\uDE00",
        "\\ud83d",
        "\\ude00",
        "\\ud83dx",
        "\\ud83d\\n",
        "\\ud83d\\u0041",
        "\\ud83d\\ud83d\\ude00",
        "\\ude00\\ud83d",
        "\uD83D" + "\\ude00",
        "\\ud83d\uDE00",
      })
  void check_loneSurrogate_isRefused(String inString) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Json.check('"' + inString + '"'))
        .withMessageContaining("surrogate pair");
  }

  @ParameterizedTest
  @CsvSource({
    "1e131071, 1e131072",
    "9.99e131071, 0.999e131073",
    "0.00001e131076, 0.00001e131077",
    "-12e131070, -12e131071",
    "1e-16383, 1e-16384",
    "1.0e-16382, 1.0e-16383",
    "100000e-16383, 100000e-16384",
    "0e-16383, 0e-16384",
    "0e1073741822, 0e1073741823",
    "0.0e1073741822, -0.0e1073741824",
    "1e000000000000131071, 1e999999999999999999999999",
    "0e00000000000000000001, 0e-999999999999999999999999",
  })
  void check_exponents_endWhereNumericEnds(String last, String beyond) {
    assertThatNoException().isThrownBy(() -> Json.check(last));
    assertNumberIsRefused(beyond);
  }

  @Test
  void check_longNumbers_endWhereNumericEnds() {
    String integer = "9".repeat(131_072);
    String fraction = "9".repeat(16_383);
    assertThatNoException().isThrownBy(() -> Json.check(integer + "." + fraction));
    assertThatNoException().isThrownBy(() -> Json.check("0." + integer + fraction + "e131072"));
    assertNumberIsRefused(integer + "9");
    assertNumberIsRefused("0." + fraction + "0");
    assertNumberIsRefused("0." + integer + fraction + "0e131072");
  }

  @ParameterizedTest
  @CsvSource({
    "1e131071, 131072",
    "-1e131071, 131073",
    "'[1e3,1e3]', 11",
    "1.5e-5, 8",
    "12.5e-1, 7",
    "1.50, 4",
    "0e1000, 6",
    "-0e-4, 7",
    "1e+0000000002, 13",
  })
  void check_exponent_countsAsLongAsItIsPrinted(String number, int size) {
    assertThat(Json.check(number)).isEqualTo(size);
  }

  @Test
  void check_textThatPostgresCannotPrint_exceedsAnyLimit() {
    String text = "[" + "1e131071,".repeat(9_000) + "0]";
    assertThat(Json.check(text)).isGreaterThan(1 << 30);
  }

  @Test
  void check_sizeBeyondAnInt_isTheLargestInt() {
    assertThat(Json.check("[" + "1e131071,".repeat(20_000) + "0]")).isEqualTo(Integer.MAX_VALUE);
  }

  @Test
  void check_depth_endsAtTheMaximum() {
    int max = Json.MAX_DEPTH;
    assertThatNoException().isThrownBy(() -> Json.check("[".repeat(max) + "]".repeat(max)));
    assertThatNoException()
        .isThrownBy(() -> Json.check("{\"a\":".repeat(max) + 1 + "}".repeat(max)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Json.check("[".repeat(1_000_000)))
        .withMessageContaining("at offset 1000: nested deeper than 1000 levels");
  }

  @ParameterizedTest
  @MethodSource("check_textThatCannotBeStored_isRefusedAtItsOffset")
  void check_message_doesNotQuoteThePayload(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Json.check("{\"hunter2\":[\"hunter2\"," + text))
        .withMessageNotContaining("hunter2");
  }

  private static Arguments refused(String text, int offset, String problem) {
    return Arguments.of(text, offset, problem);
  }

  private static void assertNumberIsRefused(String number) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Json.check(number))
        .withMessageContaining("at offset 0: a number beyond");
  }
}
