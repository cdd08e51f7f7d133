package dev.dibs.testkit.contract;

import static dev.dibs.testkit.contract.QueueUnderTest.assertInvalid;
import static java.time.temporal.ChronoUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.dibs.Claim;
import dev.dibs.RetryPolicy;
import dev.dibs.Status;
import dev.dibs.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What the retry policy of whoever fails an attempt makes of the task. */
interface RetryContract extends QueueUnderTest {

  @Test
  default void fail_policyWithAWait_waitsThatLong() {
    Claim claim = claimed();
    claim.fail(new IllegalStateException("boom"), RetryPolicy.fixed(Duration.ofHours(3)));

    Task task = read(claim.id());
    assertThat(task.status()).isEqualTo(Status.PENDING);
    assertThat(task.error().orElseThrow()).contains("boom");
    assertThat(task.runAt())
        .isCloseTo(
            claim.task().startedAt().orElseThrow().plus(Duration.ofHours(3)), within(10, SECONDS));
    forward(Duration.ofHours(3).minusMinutes(1));
    assertThat(queue().claim(request())).isEmpty();
    forward(Duration.ofMinutes(1));
    assertThat(claimOne().attempt()).isEqualTo(2);
  }

  @Test
  default void fail_policySaysNever_deadLettersTask() {
    Claim claim = claimed();
    claim.fail(new IllegalStateException("boom"), RetryPolicy.never());

    Task task = read(claim.id());
    assertThat(task.status()).isEqualTo(Status.FAILED);
    assertThat(task.attempt()).isEqualTo(1);
    assertThat(task.error().orElseThrow()).contains("boom");
  }

  @Test
  default void fail_anyPolicy_isAskedForThisAttemptAndError() {
    List<Object> asked = new ArrayList<>();
    RetryPolicy policy =
        (attempt, error) -> {
          asked.add(attempt);
          asked.add(error);
          return Optional.of(Duration.ZERO);
        };
    Exception first = new IllegalStateException("first");
    Exception second = new IllegalStateException("second");
    claimed().fail(first, policy);
    claimOne().fail(second, policy);

    assertThat(asked).containsExactly(1, first, 2, second);
  }

  @Test
  default void fail_lastAttemptAndPolicyWithAWait_deadLettersTask() {
    queue().enqueue(newTask().maxAttempts(1));
    Claim claim = claimOne();
    claim.fail(new IllegalStateException("boom"), RetryPolicy.fixed(Duration.ZERO));

    assertThat(read(claim.id()).status()).isEqualTo(Status.FAILED);
  }

  @Test
  default void fail_policyThrows_isThrownOnAndNothingFailed() {
    Claim claim = claimed();
    IllegalArgumentException mistake = new IllegalArgumentException("of the policy");
    assertThatThrownBy(
            () ->
                claim.fail(
                    new IllegalStateException("boom"),
                    (attempt, error) -> {
                      throw mistake;
                    }))
        .isSameAs(mistake);

    assertStillHeld(claim);
  }

  @Test
  @SuppressWarnings("NullAway") // A null where none may be is what this test is about.
  default void fail_policyAnswersNonsense_isRefused() {
    Claim claim = claimed();
    Exception boom = new IllegalStateException("boom");
    Duration tooLong = Duration.ofDays(3650).plusNanos(1);

    assertInvalid(() -> claim.fail(boom, (attempt, error) -> null), "retry policy", "null");
    assertInvalid(
        () -> claim.fail(boom, (attempt, error) -> Optional.of(Duration.ofNanos(-1))), "delay");
    assertInvalid(() -> claim.fail(boom, (attempt, error) -> Optional.of(tooLong)), "delay");
    assertStillHeld(claim);
  }

  private void assertStillHeld(Claim claim) {
    assertThat(read(claim.id())).isEqualTo(claim.task());
    assertThat(queue().errors(claim.id())).isEmpty();
    claim.complete();
    assertThat(read(claim.id()).status()).isEqualTo(Status.COMPLETED);
  }
}
