package dev.dibs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class ClaimRequestTest {
  @Test
  void of_typesTwice_keepsEachOnce() {
    assertThat(ClaimRequest.of("b", "a", "b").types()).containsExactly("b", "a");
  }

  @Test
  void of_outsideItsBounds_isRefusedByName() {
    ClaimRequest request = ClaimRequest.of("a");
    refused(() -> request.limit(0), "limit: must be 1 to 10000, was 0");
    refused(() -> request.limit(-5), "limit: must be");
    refused(() -> request.limit(10_001), "limit: must be");
    refused(() -> request.lease(Duration.ZERO), "lease: must be PT0.001S to PT720H");
    refused(() -> request.lease(Duration.ofDays(31)), "lease: must be");
    refused(() -> request.lease(null), "lease: must not be null");
    refused(() -> request.queue(null), "queue: must not be null");
    refused(ClaimRequest::of, "number of types: must be 1 to 1000, was 0");
    refused(() -> ClaimRequest.of("a", null), "type: must not be null");
    refused(() -> ClaimRequest.of((List<String>) null), "types: must not be null");
    refused(() -> request.laneLimits(null), "lane limits: must not be null");
    refused(() -> request.laneLimits(Map.of("a", -1)), "lane limit: must be 0 to 10000, was -1");
    refused(() -> request.laneLimits(Map.of("a", 10_001)), "lane limit: must be");
    refused(() -> request.laneLimits(Map.of("b", 1)), "lane limit: 'b' is not one of the types");
  }

  @Test
  void laneLimit_noneGivenOrAboveTheLimit_isTheLimit() {
    ClaimRequest request = ClaimRequest.of("a", "b").limit(5).laneLimits(Map.of("a", 9));
    assertThat(request.laneLimit("a")).isEqualTo(5);
    assertThat(request.laneLimit("b")).isEqualTo(5);
    assertThat(request.limit(20).laneLimit("a")).isEqualTo(9);
  }

  private static void refused(ThrowingCallable call, String message) {
    assertThatExceptionOfType(InvalidInputException.class)
        .isThrownBy(call)
        .withMessageStartingWith(message);
  }
}
