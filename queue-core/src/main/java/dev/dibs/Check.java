package dev.dibs;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The bounds of every argument, in one place; each failure names option, bound and value. */
final class Check {
  static final int MAX_NAME = 200;
  static final int MAX_PAYLOAD_BYTES = 1 << 20;
  static final int MAX_PROGRESS_BYTES = 1 << 16;
  static final Duration MAX_DELAY = Duration.ofDays(3650);
  static final Duration MIN_LEASE = Duration.ofMillis(1);
  static final Duration MAX_LEASE = Duration.ofDays(30);
  private static final Instant MIN_INSTANT = Instant.parse("0001-01-01T00:00:00Z");
  private static final Instant MAX_INSTANT = Instant.parse("9999-12-31T23:59:59.999999999Z");

  private Check() {}

  static <T> T present(String option, @Nullable T value) {
    if (value == null) {
      throw new InvalidInputException(option + ": must not be null");
    }
    return value;
  }

  static int range(String option, int value, int min, int max) {
    if (value < min || value > max) {
      throw new InvalidInputException(
          option + ": must be " + min + " to " + max + ", was " + value);
    }
    return value;
  }

  static Duration range(String option, Duration value, Duration min, Duration max) {
    present(option, value);
    if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
      throw new InvalidInputException(
          option + ": must be " + min + " to " + max + ", was " + value);
    }
    return value;
  }

  static Duration delay(String option, Duration value) {
    return range(option, value, Duration.ZERO, MAX_DELAY);
  }

  static Duration lease(Duration value) {
    return range("lease", value, MIN_LEASE, MAX_LEASE);
  }

  static Instant instant(String option, Instant value) {
    present(option, value);
    if (value.isBefore(MIN_INSTANT) || value.isAfter(MAX_INSTANT)) {
      throw new InvalidInputException(option + ": must be in the years 1 to 9999, was " + value);
    }
    return value;
  }

  /** A name that goes into an index: type, queue, unique key; or a worker's. */
  static String name(String option, String value) {
    present(option, value);
    if (value.isBlank()) {
      throw new InvalidInputException(option + ": must not be blank");
    }
    int length = value.codePointCount(0, value.length());
    if (length > MAX_NAME) {
      throw new InvalidInputException(
          option + ": must have at most " + MAX_NAME + " characters, had " + length);
    }
    if (value.codePoints().anyMatch(c -> c == 0 || (c >= 0xD800 && c <= 0xDFFF))) {
      throw new InvalidInputException(
          option + ": must be text that PostgreSQL can hold, had a NUL or a lone surrogate");
    }
    return value;
  }

  static String payload(String value) {
    return json("payload", value, MAX_PAYLOAD_BYTES);
  }

  /** JSON text that PostgreSQL can hold and give back. */
  static String json(String option, String value, int maxBytes) {
    present(option, value);
    int bytes;
    try {
      bytes = Json.check(value);
    } catch (IllegalArgumentException e) {
      throw new InvalidInputException(option + ": " + e.getMessage());
    }
    if (bytes > maxBytes) {
      throw new InvalidInputException(
          option
              + ": must have at most "
              + maxBytes
              + " bytes of UTF-8, exponents written out, had "
              + bytes
              + "; store the bulk elsewhere and keep a reference to it");
    }
    return value;
  }
}
