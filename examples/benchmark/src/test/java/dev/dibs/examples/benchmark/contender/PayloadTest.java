package dev.dibs.examples.benchmark.contender;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class PayloadTest {
  @Test
  void of_eachSize_isThatLongAndHoldsItsNumber() {
    for (int bytes : new int[] {200, 4_096, 102_400}) {
      String payload = Payload.of(199_999, bytes);

      assertThat(payload.getBytes(StandardCharsets.UTF_8)).hasSize(bytes);
      assertThat(Payload.number(payload)).isEqualTo(199_999);
    }
  }

  @Test
  void number_otherSpellings_isRead() {
    assertThat(Payload.number("{\"n\":7}")).isEqualTo(7);
    assertThat(Payload.number("{\"n\": 70, \"pad\": \"1\"}")).isEqualTo(70);
  }
}
