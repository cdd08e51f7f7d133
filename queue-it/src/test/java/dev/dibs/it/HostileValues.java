package dev.dibs.it;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.function.Supplier;

/** Values as somebody would send them who wishes us ill; the same for the same seed. */
final class HostileValues {
  static final List<String> PIECES =
      List.of(
          "a",
          "B",
          "0",
          " ",
          "\t",
          "\n",
          "\r",
          "\u0000",
          "\u0001",
          "\u001f",
          "\u007f",
          "\u0085",
          "\u00a0",
          "\u00e9",
          "e\u0301",
          "\u0300\u0301\u0302",
          "\u200b",
          "\u200d",
          "\u200f",
          "\u202e",
          "\u2028",
          "\u2066",
          "\uFEFF",
          "\uFFFD",
          "\uFFFE",
          "\uFFFF",
          "\uE000",
          "\uD83D\uDE00",
          "\uDBFF\uDFFF",
          "\uD83D",
          "\uDE00",
          "'",
          "''",
          "\"",
          "\"\"",
          "\\",
          "\\\\",
          "\\'",
          "`",
          "$$",
          "$1",
          "$dibs$",
          "?",
          "??",
          "%",
          "%s",
          "%n%n",
          ";",
          ";--",
          "--",
          "/*",
          "*/",
          "{",
          "}",
          "{}",
          "{0}",
          "{fn x}",
          "{call x}",
          "{d '2020-01-01'}",
          "{escape '!'}",
          ":a",
          ":'a'",
          "&amp;",
          "NULL",
          "null",
          "E'\\x00'",
          "U&\"\\0000\"",
          "${jndi:ldap://x}",
          "' OR 1=1 --",
          "'; DROP TABLE tasks; --",
          "\"; DROP SCHEMA public CASCADE; --",
          "') RETURNING * --",
          "tasks",
          "pg_catalog",
          "::jsonb",
          "\\.",
          "\\copy",
          ",",
          "(",
          ")");

  private final Random random;
  private long serial;

  HostileValues(Random random) {
    this.random = random;
  }

  boolean oneIn(int times) {
    return random.nextInt(times) == 0;
  }

  int between(int min, int max) {
    return min + random.nextInt(max - min + 1);
  }

  <T> T of(List<T> values) {
    return values.get(random.nextInt(values.size()));
  }

  @SafeVarargs
  final <T> T any(Supplier<T>... generators) {
    return generators[random.nextInt(generators.length)].get();
  }

  /** Any text at all. */
  String text() {
    if (oneIn(150)) {
      return of(PIECES).repeat(between(1, 1 << 20) / 8);
    }
    StringBuilder text = new StringBuilder();
    for (int i = between(0, 8); i > 0; i--) {
      text.append(oneIn(8) ? Character.toString(between(0, 0x10FFFF)) : of(PIECES));
    }
    return text.toString();
  }

  /** A name, most of them within the bounds or one beyond. */
  String name() {
    return any(
        this::text,
        this::goodName,
        this::goodName,
        this::goodName,
        () -> goodName().repeat(between(1, 60)),
        () -> of(List.of("x", "\uD83D\uDE00", "\u0301", "'", "\"")).repeat(between(198, 202)),
        () -> of(List.of("", " ", "\t\n", "\u2028", "\u00a0", "\u3000")));
  }

  /** A name that is fine however it looks, and like no other. */
  String goodName() {
    StringBuilder name = new StringBuilder();
    for (int i = between(0, 6); i > 0; i--) {
      String piece = of(PIECES);
      name.append(HostileOracle.isText(piece) ? piece : "");
    }
    return name.append(++serial).toString();
  }

  int number() {
    return any(
        () -> of(List.of(0, 1, -1, 1000, 1001, 10_000, 10_001, 100_000, 100_001)),
        () -> of(List.of(Integer.MIN_VALUE, Integer.MAX_VALUE)),
        () -> between(1, 1000));
  }

  Duration duration() {
    Duration bound =
        of(
            List.of(
                Duration.ZERO,
                Duration.ofNanos(1),
                Duration.ofMillis(1),
                Duration.ofMillis(100),
                Duration.ofSeconds(1),
                Duration.ofHours(1),
                Duration.ofDays(1),
                Duration.ofDays(30),
                Duration.ofDays(3650),
                Duration.ofDays(36_500)));
    return any(
        () -> bound,
        () -> bound.plusNanos(between(-1, 1)),
        () -> bound.negated(),
        () -> Duration.ofSeconds(of(List.of(Long.MIN_VALUE, Long.MAX_VALUE)), between(0, 999)),
        () -> Duration.ofSeconds(between(0, 300_000_000), between(0, 999_999_999)));
  }

  Instant instant() {
    Instant bound =
        of(
            List.of(
                Instant.EPOCH,
                Instant.parse("0001-01-01T00:00:00Z"),
                Instant.parse("9999-12-31T23:59:59Z"),
                Instant.parse("9999-12-31T23:59:59.999999999Z"),
                Instant.parse("1582-10-10T12:00:00Z"),
                Instant.parse("2026-03-29T01:30:00Z")));
    return any(
        () -> bound,
        () -> bound.plusNanos(between(-1001, 1001)),
        () -> of(List.of(Instant.MIN, Instant.MAX)),
        () -> Instant.ofEpochSecond(random.nextLong() % 400_000_000_000L, between(0, 999_999_999)));
  }

  UUID id() {
    return any(
        () -> new UUID(random.nextLong(), random.nextLong()),
        () -> new UUID(0, serial++),
        () -> new UUID(-1, -1 - serial++));
  }

  Throwable throwable() {
    String text = text();
    return any(
        () -> new IllegalStateException(text),
        () -> new IllegalStateException((String) null),
        () -> new StackOverflowError(text),
        HostileValues::circle,
        () -> chain(between(1, 50)),
        () -> oneIn(10) ? chain(20_000) : new AssertionError(text),
        () -> new Speaker(() -> text),
        () -> new Speaker(() -> null),
        () ->
            new Speaker(
                () -> {
                  throw new IllegalStateException(text);
                }),
        () ->
            new Speaker(
                () -> {
                  throw new StackOverflowError(text);
                }),
        () -> new InterruptedException(text));
  }

  private static Throwable circle() {
    Exception first = new Exception("first");
    Exception second = new Exception("second", first);
    first.initCause(second);
    first.addSuppressed(second);
    return first;
  }

  static Throwable chain(int causes) {
    Throwable top = new Exception("the cause of all");
    for (int i = 0; i < causes; i++) {
      top = new Exception("because", top);
    }
    return top;
  }

  /** An exception that says what it is told to. */
  static final class Speaker extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient Supplier<String> message;

    Speaker(Supplier<String> message) {
      this.message = message;
    }

    @Override
    public String getMessage() {
      return message.get();
    }
  }
}
