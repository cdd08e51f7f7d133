package dev.dibs;

/**
 * Decides before anything is sent whether PostgreSQL takes a text as {@code jsonb}.
 *
 * <p>A statement that the server refuses aborts the transaction that it runs in, and that may be
 * the caller's own, with the caller's own rows in it. So a payload that cannot be stored has to
 * fail here, while the transaction is still whole.
 *
 * <p>What is accepted is the grammar of RFC 8259, less what PostgreSQL 14 to 18 cannot store
 * (documentation, 8.14 "JSON Types" and 8.1.2 "Arbitrary Precision Numbers"): the character U+0000,
 * surrogates without their other half, and numbers outside {@code numeric}, which has 131,072
 * digits before the decimal point and 16,383 after it. Where the versions differ, what any of them
 * refuses is refused. The database is taken to be in UTF8; another encoding lacks characters that
 * are fine here.
 *
 * <p>The result is a size, and not only a verdict, because {@code jsonb} prints numbers without
 * exponents: {@code 1e131071} becomes 131,072 digits. A payload of 80 kB made of such numbers can
 * be stored but never read again, since its text would pass the server's limit of 1 GB. A limit
 * held against this size keeps it out.
 *
 * <p>Messages name an offset and never quote the text, which may hold secrets. Calls share nothing;
 * any thread may make them.
 */
final class Json {
  /**
   * How many arrays and objects may stand inside one another. PostgreSQL's own limit is the stack
   * that {@code max_stack_depth} allows: about 14,000 levels at the default of 2 MB. A thousand fit
   * into 200 kB, so only a server set close to the minimum of 100 kB refuses them.
   */
  static final int MAX_DEPTH = 1000;

  private static final int MAX_INTEGER_DIGITS = 131_072;
  private static final int MAX_FRACTION_DIGITS = 16_383;

  /** Above this even zero overflows: from 1,073,741,823 on 14, from the next number on 18. */
  private static final long MAX_EXPONENT = 1_073_741_822;

  /** Stands for the end of the text; a U+0000 in the text is refused wherever it stands. */
  private static final char END = '\0';

  private static final String A_VALUE =
      "an object, array, string in double quotes, number, true, false or null";

  private final String text;
  private final boolean[] objects = new boolean[MAX_DEPTH];
  private int depth;
  private int at;
  private long size;

  private Json(String text) {
    this.text = text;
    this.size = text.length();
  }

  /**
   * Checks one JSON text.
   *
   * @return the size in bytes to hold against a limit: the length in UTF-8, each number as written
   *     or as PostgreSQL prints it, whichever is longer; {@link Integer#MAX_VALUE} at most
   * @throws IllegalArgumentException if PostgreSQL would refuse the text, or if it is nested deeper
   *     than {@link #MAX_DEPTH}; the message says where and what to do
   */
  static int check(String text) {
    var json = new Json(text);
    json.document();
    return (int) Math.min(Integer.MAX_VALUE, json.size);
  }

  private void document() {
    if (peek() == '\uFEFF') {
      throw refused(at, "the text starts with a byte order mark; remove it");
    }
    do {
      value();
    } while (depth > 0);
    if (at < text.length()) {
      throw refused(at, "more text follows the value; send exactly one JSON value");
    }
  }

  /** Reads a scalar or an empty container, or enters a container and stops at its first value. */
  private void value() {
    skipSpace();
    boolean object = peek() == '{';
    if (!object && peek() != '[') {
      scalar();
      afterValue();
      return;
    }
    if (depth == MAX_DEPTH) {
      throw refused(at, "nested deeper than " + MAX_DEPTH + " levels; flatten it");
    }
    at++;
    objects[depth++] = object;
    skipSpace();
    if (peek() == closer()) {
      afterValue();
    } else if (object) {
      key();
    }
  }

  /** Leaves every container that ends here and stops at the next value, or behind the last one. */
  private void afterValue() {
    skipSpace();
    while (depth > 0 && skip(closer())) {
      depth--;
      skipSpace();
    }
    if (depth == 0) {
      return;
    }
    if (!skip(',')) {
      throw expected("',' or '" + closer() + "'");
    }
    if (objects[depth - 1]) {
      key();
    }
  }

  private char closer() {
    return objects[depth - 1] ? '}' : ']';
  }

  private void key() {
    skipSpace();
    if (peek() != '"') {
      throw expected("a key in double quotes");
    }
    string();
    skipSpace();
    if (!skip(':')) {
      throw expected("':' after a key");
    }
  }

  private void scalar() {
    switch (peek()) {
      case '"' -> string();
      case 't' -> literal("true");
      case 'f' -> literal("false");
      case 'n' -> literal("null");
      default -> number();
    }
  }

  private void literal(String word) {
    if (!text.startsWith(word, at)) {
      throw expected(A_VALUE);
    }
    at += word.length();
  }

  private void string() {
    at++;
    for (char c = peek(); c != '"'; c = peek()) {
      if (c == '\\') {
        escape();
      } else if (c < ' ') {
        throw at == text.length()
            ? expected("'\"' at the end of a string")
            : refused(at, "a raw control character in a string; escape it");
      } else if (c < 0x80) {
        at++;
      } else {
        int units = Character.charCount(text.codePointAt(at));
        if (units == 1 && Character.isSurrogate(c)) {
          throw loneSurrogate(at);
        }
        // Each unit has counted as one byte; a pair is two units and four bytes.
        size += c < 0x800 ? 1 : 2;
        at += units;
      }
    }
    at++;
  }

  private void escape() {
    int start = at++;
    switch (peek()) {
      case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> at++;
      case 'u' -> unicodeEscape(start);
      default -> throw refused(start, "an escape that JSON lacks; write a backslash as two");
    }
  }

  private void unicodeEscape(int start) {
    char unit = hexUnit();
    if (unit == 0) {
      throw refused(start, "\\u0000, which PostgreSQL cannot store; remove it");
    }
    // PostgreSQL pairs an escaped half with an escaped half only, never with a raw one.
    if (Character.isSurrogate(unit)
        && !(Character.isHighSurrogate(unit)
            && skip('\\')
            && peek() == 'u'
            && Character.isLowSurrogate(hexUnit()))) {
      throw loneSurrogate(start);
    }
  }

  /** Reads the four digits behind the {@code u} that stands here. */
  private char hexUnit() {
    at++;
    int unit = 0;
    for (int i = 0; i < 4; i++) {
      char c = peek();
      // Character.digit alone would take the digits of other scripts too.
      int digit = Character.digit(c, 16);
      if (c > 'f' || digit < 0) {
        throw expected("four hexadecimal digits after \\u");
      }
      unit = unit * 16 + digit;
      at++;
    }
    return (char) unit;
  }

  private void number() {
    int start = at;
    boolean negative = skip('-');
    int first = at;
    if (!skip('0')) {
      digits(A_VALUE);
    }
    int point = at;
    if (skip('.')) {
      digits("a digit after the decimal point");
    }
    int end = at;
    long exponent = skip('e') || skip('E') ? exponent() : 0;

    int lead = first;
    while (lead < end && (text.charAt(lead) == '0' || lead == point)) {
      lead++;
    }
    long integerDigits = lead == end ? 1 : exponent + point - lead + (lead > point ? 1 : 0);
    long fractionDigits = Math.max(0, Math.max(0, end - point - 1) - exponent);
    if (integerDigits > MAX_INTEGER_DIGITS
        || fractionDigits > MAX_FRACTION_DIGITS
        || exponent > MAX_EXPONENT) {
      throw refused(start, "a number beyond PostgreSQL's numeric; send it as a string");
    }
    long printed = Math.max(1, integerDigits) + (fractionDigits > 0 ? 1 + fractionDigits : 0);
    size += Math.max(0, (negative ? 1 : 0) + printed - (at - start));
  }

  private long exponent() {
    boolean negative = peek() == '-';
    int first = negative || peek() == '+' ? ++at : at;
    digits("a digit in the exponent");
    long exponent = 0;
    for (int i = first; i < at && exponent <= MAX_EXPONENT; i++) {
      exponent = exponent * 10 + (text.charAt(i) - '0');
    }
    return negative ? -exponent : exponent;
  }

  private void digits(String expectation) {
    int first = at;
    while (peek() >= '0' && peek() <= '9') {
      at++;
    }
    if (at == first) {
      throw expected(expectation);
    }
  }

  private boolean skip(char c) {
    if (peek() != c) {
      return false;
    }
    at++;
    return true;
  }

  private void skipSpace() {
    for (char c = peek(); c == ' ' || c == '\n' || c == '\r' || c == '\t'; c = peek()) {
      at++;
    }
  }

  private char peek() {
    return at < text.length() ? text.charAt(at) : END;
  }

  private IllegalArgumentException expected(String what) {
    String found = at == text.length() ? "the text ends, " : "";
    return refused(at, found + "expected " + what + "; correct it");
  }

  private IllegalArgumentException loneSurrogate(int offset) {
    return refused(offset, "half of a surrogate pair; send both halves, both raw or both escaped");
  }

  private IllegalArgumentException refused(int offset, String problem) {
    return new IllegalArgumentException(
        "must be JSON that PostgreSQL can store; at offset " + offset + ": " + problem);
  }
}
