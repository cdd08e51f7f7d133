package dev.dibs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.util.List;
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
  }

  private static void refused(ThrowingCallable call, String message) {
    assertThatExceptionOfType(InvalidInputException.class)
        .isThrownBy(call)
        .withMessageStartingWith(message);
  }
}
