package dev.dibs.examples.benchmark.contender;

/** The payload of a task: JSON that begins with the task's number and is filled up to a size. */
public final class Payload {
  /** Of most workloads, in bytes. */
  public static final int STANDARD_BYTES = 200;

  private static final String FILLER =
      "Lorem-ipsum-dolor-sit-amet-consectetur-adipiscing-elit-sed-do-eiusmod-tempor-incididunt-";

  private Payload() {}

  /** The payload of one task; large ones do not compress to nothing. */
  public static String of(int number, int bytes) {
    StringBuilder text = new StringBuilder(bytes + 16);
    text.append("{\"n\": ").append(number).append(", \"pad\": \"");
    long noise = number * 0x9E3779B97F4A7C15L;
    while (text.length() < bytes - 2) {
      if (text.length() > STANDARD_BYTES) {
        noise = noise * 6364136223846793005L + 1442695040888963407L;
        text.append(Long.toHexString(noise));
      } else {
        text.append(FILLER, 0, Math.min(FILLER.length(), bytes - 2 - text.length()));
      }
    }
    text.setLength(Math.max(bytes - 2, 0) < 16 ? text.length() : bytes - 2);
    return text.append("\"}").toString();
  }

  /** The number in a payload, in this spelling or in {@code jsonb}'s. */
  public static int number(String payload) {
    int at = payload.indexOf("\"n\":") + 4;
    while (payload.charAt(at) == ' ') {
      at++;
    }
    int number = 0;
    for (char c = payload.charAt(at); c >= '0' && c <= '9'; c = payload.charAt(++at)) {
      number = number * 10 + (c - '0');
    }
    return number;
  }
}
