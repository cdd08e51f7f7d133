package dev.dibs.examples.quickstart;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The tasks of the example: write a care plan from a conversation, and mail it to the client. */
final class CarePlan {
  static final String TYPE = "generate_care_plan";

  private static final List<String> NAMES =
      List.of("amina", "bruno", "chiara", "dmitri", "esra", "farid", "greta", "hugo", "ines");
  private static final List<String> WORRIES =
      List.of("I wake up at four", "My knee hurts again", "I skipped the walks", "I feel better");
  private static final Pattern SESSION = Pattern.compile("\"session_id\": *\"session-(\\d+)\"");
  private static final Pattern EMAIL = Pattern.compile("\"email\": *\"([^\"]+)\"");

  private CarePlan() {}

  /** The payload of task 1, 2, and so on. */
  static String payload(int number) {
    return String.format(
        Locale.ROOT,
        "{\"email\": \"%s.%05d@example.org\","
            + " \"transcript\": \"Nurse: How was your week? Client: %s, and it is visit %d.\","
            + " \"session_id\": \"session-%05d\", \"blueprint_id\": \"blueprint-%02d\","
            + " \"host_url\": \"https://clinic-%d.example.org\"}",
        NAMES.get(number % NAMES.size()),
        number,
        WORRIES.get(number % WORRIES.size()),
        number % 7 + 1,
        number,
        number % 12,
        number % 40);
  }

  static int number(String payload) {
    return Integer.parseInt(find(SESSION, payload));
  }

  static String email(String payload) {
    return find(EMAIL, payload);
  }

  /** Stands in for the service that writes the plan: 1 to 5 ms. */
  static void write() {
    LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(1_000_000, 5_000_000));
  }

  private static String find(Pattern pattern, String payload) {
    Matcher matcher = pattern.matcher(payload);
    if (!matcher.find()) {
      throw new IllegalArgumentException("a payload without " + pattern);
    }
    return matcher.group(1);
  }
}
