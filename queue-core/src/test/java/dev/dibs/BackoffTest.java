package dev.dibs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class BackoffTest {
  @Test
  void delay_eachAttempt_doublesUpToTheMaximum() {
    Backoff backoff = Backoff.exponential(Duration.ofSeconds(1), Duration.ofSeconds(10));
    long[] seconds = {1, 2, 4, 8, 10, 10};
    for (int attempt = 1; attempt <= seconds.length; attempt++) {
      Duration whole = Duration.ofSeconds(seconds[attempt - 1]);
      for (int i = 0; i < 1000; i++) {
        assertThat(backoff.delay(attempt)).isBetween(whole.dividedBy(2), whole);
      }
    }
  }

  @Test
  void delay_hugeAttempt_staysAtTheMaximum() {
    assertThat(Backoff.standard().delay(Integer.MAX_VALUE))
        .isBetween(Duration.ofMinutes(30), Duration.ofHours(1));
    assertThat(Backoff.standard().delay(0))
        .isBetween(Duration.ofMillis(500), Duration.ofSeconds(1));
  }

  @Test
  void exponential_badBounds_areRefused() {
    assertThatExceptionOfType(InvalidInputException.class)
        .isThrownBy(() -> Backoff.exponential(Duration.ZERO, Duration.ofSeconds(1)))
        .withMessageStartingWith("backoff first: must be");
    assertThatExceptionOfType(InvalidInputException.class)
        .isThrownBy(() -> Backoff.exponential(Duration.ofSeconds(2), Duration.ofSeconds(1)))
        .withMessageStartingWith("backoff max: must be PT2S to");
  }
}
