package dev.dibs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import org.junit.jupiter.api.Test;

class Uuid7Test {
  @Test
  void next_burst_ascendsAsUnsignedBytes() {
    UUID last = Uuid7.next();
    for (int i = 0; i < 100_000; i++) {
      UUID next = Uuid7.next();
      assertThat(Long.compareUnsigned(next.getMostSignificantBits(), last.getMostSignificantBits()))
          .isPositive();
      last = next;
    }
  }

  @Test
  void next_anyId_hasVersion7TheVariantAndThisTime() {
    long before = System.currentTimeMillis();
    UUID id = Uuid7.next();
    assertThat(id.version()).isEqualTo(7);
    assertThat(id.variant()).isEqualTo(2);
    // A burst may have run ahead of the clock by as many milliseconds as it filled.
    assertThat(id.getMostSignificantBits() >>> 16).isBetween(before, before + 1000);
  }
}
