package dev.dibs.testkit;

import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a build may choose about the test server, as a system property or an environment variable.
 */
enum Setting {
  JDBC_URL("dibs.test.jdbcUrl"),
  POSTGRES("dibs.test.postgres"),
  IMAGE("dibs.test.image"),
  DURABLE("dibs.test.durable");

  private final String property;

  Setting(String property) {
    this.property = property;
  }

  /** The chosen value, or empty when neither property nor variable holds more than blanks. */
  Optional<String> value() {
    return nonBlank(System.getProperty(property)).or(() -> nonBlank(System.getenv(variable())));
  }

  /** The value as a switch, off unless chosen; throws when it is neither true nor false. */
  boolean isOn() {
    String text = value().orElse("false").toLowerCase(Locale.ROOT);
    if (!text.equals("true") && !text.equals("false")) {
      throw new IllegalStateException(this + " must be true or false, but is '" + text + "'");
    }
    return text.equals("true");
  }

  private String variable() {
    return "DIBS_TEST_" + name();
  }

  /** Both spellings, because the reader of an error does not know which one was used. */
  @Override
  public String toString() {
    return property + " (or " + variable() + ")";
  }

  private static Optional<String> nonBlank(@Nullable String text) {
    return Optional.ofNullable(text).map(String::strip).filter(stripped -> !stripped.isEmpty());
  }
}
