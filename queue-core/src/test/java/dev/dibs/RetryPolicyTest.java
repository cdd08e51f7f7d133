package dev.dibs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RetryPolicyTest {
  @Test
  void delay_eachAttempt_doublesUpToTheMaximum() {
    RetryPolicy policy = RetryPolicy.exponential(Duration.ofSeconds(1), Duration.ofSeconds(10));
    long[] seconds = {1, 2, 4, 8, 10, 10};
    for (int attempt = 1; attempt <= seconds.length; attempt++) {
      Duration whole = Duration.ofSeconds(seconds[attempt - 1]);
      for (int i = 0; i < 1000; i++) {
        assertThat(delay(policy, attempt)).isBetween(whole.dividedBy(2), whole);
      }
    }
  }

  @Test
  void delay_hugeAttempt_staysAtTheMaximum() {
    assertThat(delay(RetryPolicy.standard(), Integer.MAX_VALUE))
        .isBetween(Duration.ofMinutes(30), Duration.ofHours(1));
    assertThat(delay(RetryPolicy.standard(), 0))
        .isBetween(Duration.ofMillis(500), Duration.ofSeconds(1));
  }

  @Test
  void exponential_badBounds_areRefused() {
    assertThatExceptionOfType(InvalidInputException.class)
        .isThrownBy(() -> RetryPolicy.exponential(Duration.ZERO, Duration.ofSeconds(1)))
        .withMessageStartingWith("exponential first: must be");
    assertThatExceptionOfType(InvalidInputException.class)
        .isThrownBy(() -> RetryPolicy.exponential(Duration.ofSeconds(2), Duration.ofSeconds(1)))
        .withMessageStartingWith("exponential max: must be PT2S to");
  }

  @Test
  void fixed_everyAttempt_waitsTheSame() {
    RetryPolicy policy = RetryPolicy.fixed(Duration.ofSeconds(3));
    assertThat(delay(policy, 1)).isEqualTo(delay(policy, 99)).isEqualTo(Duration.ofSeconds(3));
    assertThat(policy).hasToString("fixed PT3S");
  }

  @Test
  void atMost_theLastAttempt_isFollowedByNone() {
    RetryPolicy policy = RetryPolicy.fixed(Duration.ofSeconds(3)).atMost(2);
    assertThat(policy.delayAfter(1, new IllegalStateException())).isPresent();
    assertThat(policy.delayAfter(2, new IllegalStateException())).isEmpty();
    assertThat(RetryPolicy.never().delayAfter(1, new IllegalStateException())).isEmpty();
    assertThatExceptionOfType(InvalidInputException.class).isThrownBy(() -> policy.atMost(0));
  }

  @Test
  void failAtOnceOn_theClassOrACauseOfIt_isFollowedByNone() {
    RetryPolicy policy =
        RetryPolicy.standard().failAtOnceOn(IllegalArgumentException.class).atMost(9);
    assertThat(policy.delayAfter(1, new IllegalStateException())).isPresent();
    assertThat(policy.delayAfter(1, new NumberFormatException())).isEmpty();
    assertThat(policy.delayAfter(1, new RuntimeException(new IllegalArgumentException())))
        .isEmpty();
    assertThat(policy)
        .hasToString("PT1S doubling to PT1H fails at once on IllegalArgumentException at most 9");
  }

  @Test
  void failAtOnceOn_causesInACircle_ends() {
    Exception inner = new Exception();
    Exception outer = new Exception(inner);
    inner.initCause(outer);
    assertThat(
            RetryPolicy.standard().failAtOnceOn(IllegalStateException.class).delayAfter(1, outer))
        .isPresent();
  }

  private static Duration delay(RetryPolicy policy, int attempt) {
    return policy.delayAfter(attempt, new IllegalStateException()).orElseThrow();
  }
}
