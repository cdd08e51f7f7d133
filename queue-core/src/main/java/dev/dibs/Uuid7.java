package dev.dibs;

import java.security.SecureRandom;
import java.util.SplittableRandom;
import java.util.UUID;

/**
 * Makes UUIDs of version 7 (RFC 9562, section 5.7) that ascend within this JVM, as PostgreSQL
 * orders them: 48 bits of milliseconds, 12 bits of a counter (section 6.2, method 1), 62 random
 * bits. The time is this machine's and orders ids only; no due time or lease is computed from it.
 */
final class Uuid7 {
  private static final SplittableRandom RANDOM =
      new SplittableRandom(new SecureRandom().nextLong());
  private static long last;

  private Uuid7() {}

  static synchronized UUID next() {
    // Milliseconds and counter are one number: a burst or a clock set back simply counts on.
    last = Math.max(last + 1, System.currentTimeMillis() << 12);
    long high = (last >>> 12) << 16 | 0x7000 | (last & 0xFFF);
    long low = RANDOM.nextLong() >>> 2 | 1L << 63;
    return new UUID(high, low);
  }
}
