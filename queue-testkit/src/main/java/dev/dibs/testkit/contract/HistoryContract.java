package dev.dibs.testkit.contract;

import static java.time.temporal.ChronoUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dibs.AttemptError;
import dev.dibs.Claim;
import dev.dibs.ClaimUpdate;
import dev.dibs.FailedFilter;
import dev.dibs.Outcome;
import dev.dibs.Status;
import dev.dibs.Task;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What is kept of a task's failed attempts, and for how long. */
interface HistoryContract extends QueueUnderTest {

  @Test
  default void errors_unknownTask_isEmpty() {
    assertThat(queue().errors(UUID.randomUUID())).isEmpty();
  }

  @Test
  default void errors_attemptsThatDidNotFail_isEmpty() {
    Claim claim = claimed();
    claim.extend(LEASE);
    claim.progress("1");
    claim.release();
    claimOne().complete();

    assertThat(queue().errors(claim.id())).isEmpty();
  }

  @Test
  default void errors_failedAttempts_areThereOldestFirst() {
    Claim first = claimed();
    retry(first, "first");
    retry(claimOne(), "second");
    queue().apply(new ClaimUpdate.Fail(claimOne(), "third"));

    assertThat(shown(first.id())).containsExactly("1 first", "2 second", "3 third");
    Task failed = read(first.id());
    assertThat(failed.error()).contains("third");
    assertThat(queue().errors(first.id()))
        .allSatisfy(
            error ->
                assertThat(error.at())
                    .isCloseTo(failed.completedAt().orElseThrow(), within(10, SECONDS)))
        .isSortedAccordingTo((one, other) -> one.at().compareTo(other.at()));
  }

  @Test
  default void errors_exception_isItsText() {
    Claim claim = claimed();
    claim.fail(new IllegalStateException("boom"));

    assertThat(queue().errors(claim.id()))
        .singleElement()
        .satisfies(
            error -> {
              assertThat(error.attempt()).isEqualTo(1);
              assertThat(error.error()).contains("IllegalStateException", "boom");
              assertThat(read(claim.id()).error()).contains(error.error());
            });
  }

  @Test
  default void errors_moreThanTen_keepsTheNewestTen() {
    UUID id = queue().enqueue(newTask());
    for (int attempt = 1; attempt <= 12; attempt++) {
      retry(claimOne(), "boom");
    }

    assertThat(queue().errors(id))
        .extracting(AttemptError::attempt)
        .containsExactly(3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
  }

  @Test
  default void errors_textOfAnyKind_isKept() {
    Claim claim = claimed();
    retry(claim, "a\0b\ud800 \"quoted\" \\ \n" + "x".repeat(5000));

    String kept = queue().errors(claim.id()).get(0).error();
    assertThat(kept).startsWith("a\ufffdb\ufffd \"quoted\" \\ \nxxx").hasSize(4000);
    assertThat(read(claim.id()).error()).contains(kept);
  }

  @Test
  default void errors_expiredLease_isNotedByTheNextClaim() {
    Claim first = claimed();
    expireLeases();
    assertThat(queue().errors(first.id())).as("nobody has met it").isEmpty();
    Claim second = claimOne();

    assertThat(shown(first.id())).containsExactly("1 the lease expired");
    assertThat(second.task().error()).isEmpty();
    retry(second, "boom");
    assertThat(shown(first.id())).containsExactly("1 the lease expired", "2 boom");
  }

  @Test
  default void errors_expiredAloneOnLastAttempt_hasAllExpiries() {
    UUID id = queue().enqueue(newTask().maxAttempts(3));
    for (int attempt = 1; attempt <= 3; attempt++) {
      claimOne();
      expireLeases();
    }

    assertThat(soon(() -> isFailedByAClaim(id))).isTrue();
    assertThat(shown(id))
        .containsExactly("1 the lease expired", "2 the lease expired", "3 the lease expired");
    assertThat(read(id).error()).contains("the lease expired and no attempts are left");
  }

  private boolean isFailedByAClaim(UUID id) {
    assertThat(queue().claim(request())).isEmpty();
    return read(id).status() == Status.FAILED;
  }

  @Test
  default void errors_expiredButFailedByItsHolder_hasTheHoldersWord() {
    Claim claim = claimed();
    expireLeases();
    retry(claim, "late");

    assertThat(shown(claim.id())).containsExactly("1 late");
    claimOne();
    assertThat(shown(claim.id())).containsExactly("1 late");
  }

  @Test
  default void errors_completedAfterwards_areKept() {
    Claim first = claimed();
    retry(first, "boom");
    claimOne().complete();

    assertThat(shown(first.id())).containsExactly("1 boom");
    assertThat(read(first.id()).error()).isEmpty();
  }

  @Test
  default void errors_repeatedAndRefusedUpdates_addNothing() {
    Claim first = claimed();
    retry(first, "boom");
    assertThat(queue().apply(new ClaimUpdate.Retry(first, "again", Duration.ZERO)))
        .isEqualTo(Outcome.ALREADY_APPLIED);
    claimOne();
    assertThat(queue().apply(new ClaimUpdate.Fail(first, "late"))).isEqualTo(Outcome.LEASE_LOST);

    assertThat(shown(first.id())).containsExactly("1 boom");
  }

  @Test
  default void errors_ofABatch_areEachTasksOwn() {
    List<UUID> ids = queue().enqueueAll(TYPE, List.of("1", "2"));
    List<Claim> claims = queue().claim(request().limit(2));
    queue()
        .applyAll(
            List.of(
                new ClaimUpdate.Retry(claims.get(0), "one", Duration.ofHours(1)),
                new ClaimUpdate.Retry(claims.get(1), "other", Duration.ofHours(1))));

    assertThat(shown(ids.get(0))).containsExactly("1 one");
    assertThat(shown(ids.get(1))).containsExactly("1 other");
  }

  @Test
  default void errors_redriven_areKeptAndGoOn() {
    Task failed = failed(newTask(), "first life");
    queue().admin().redrive(FailedFilter.id(failed.id()));
    assertThat(shown(failed.id())).containsExactly("1 first life");
    retry(claimOne(), "second life");

    assertThat(shown(failed.id())).containsExactly("1 first life", "1 second life");
  }

  private void retry(Claim claim, String error) {
    assertThat(queue().apply(new ClaimUpdate.Retry(claim, error, Duration.ZERO)))
        .isEqualTo(Outcome.APPLIED);
  }

  private List<String> shown(UUID id) {
    return queue().errors(id).stream().map(error -> error.attempt() + " " + error.error()).toList();
  }
}
