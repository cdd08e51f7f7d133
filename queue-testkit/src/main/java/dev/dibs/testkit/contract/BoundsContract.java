package dev.dibs.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.FailedFilter;
import dev.dibs.NewTask;
import dev.dibs.Outcome;
import dev.dibs.Pause;
import dev.dibs.Retention;
import dev.dibs.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What lies just within its bound is served. */
interface BoundsContract extends QueueUnderTest {
  String LONGEST_NAME = "\ud83d\ude80".repeat(200);

  @Test
  default void claimUpdate_durationsAtTheirBounds_areKept() {
    Duration longest = Duration.ofDays(3650);
    queue().enqueueAll(TYPE, List.of("1", "2", "3", "4"));
    List<Claim> claims = queue().claim(request().limit(4));

    claims.get(0).snooze(longest);
    assertThat(queue().apply(new ClaimUpdate.Retry(claims.get(1), "boom", longest)))
        .isEqualTo(Outcome.APPLIED);
    claims.get(2).extend(Duration.ofDays(30));
    claims.get(3).extend(Duration.ofMillis(1));
    for (Claim claim : claims.subList(0, 2)) {
      assertThat(read(claim.id()).runAt())
          .isAfterOrEqualTo(claim.task().startedAt().orElseThrow().plus(longest));
    }
    forward(Duration.ofDays(29));
    List<Claim> taken = claimSoon(request().limit(10));
    assertThat(taken).extracting(Claim::id).containsExactly(claims.get(3).id());
  }

  @Test
  default void snooze_zero_isARelease() {
    Claim claim = claimed();
    claim.snooze(Duration.ZERO);

    assertThat(read(claim.id()).runAt()).isEqualTo(claim.task().runAt());
    assertThat(claimOne().attempt()).isEqualTo(1);
  }

  @Test
  default void failed_filterAtItsBounds_isServed() {
    List<UUID> ids = new ArrayList<>(Collections.nCopies(9_999, new UUID(1, 1)));
    UUID failed = failed(newTask().queue(LONGEST_NAME), "because of " + LONGEST_NAME).id();
    ids.add(failed);
    FailedFilter filter =
        FailedFilter.all()
            .ids(ids)
            .queue(LONGEST_NAME)
            .errorContains(LONGEST_NAME)
            .before(Instant.parse("9999-12-31T23:59:59Z"))
            .limit(10_000);

    assertThat(queue().admin().failed(filter)).containsExactly(read(failed));
    assertThat(queue().admin().failed(filter.before(Instant.parse("0001-01-01T00:00:00Z"))))
        .isEmpty();
    assertThat(queue().admin().redrive(filter).tasks()).containsExactly(failed);
    assertThat(queue().admin().prune(filter)).isEmpty();
  }

  @Test
  default void pause_longestName_isKept() {
    queue().admin().pause(Pause.type(LONGEST_NAME));
    queue().admin().pause(Pause.queue(LONGEST_NAME));
    queue().enqueue(LONGEST_NAME, "{}");

    assertThat(queue().admin().pauses())
        .containsExactlyInAnyOrder(Pause.type(LONGEST_NAME), Pause.queue(LONGEST_NAME));
    assertThat(queue().claim(ClaimRequest.of(LONGEST_NAME))).isEmpty();
  }

  @Test
  default void sweep_longestRetention_keepsWhatIsYounger() {
    Duration longest = Duration.ofDays(36_500);
    UUID id = failed(newTask(), "broken").id();
    forward(longest.minusDays(1));
    Retention retention = Retention.forever().completed(longest).failed(longest).cancelled(longest);
    assertThat(soon(() -> !queue().admin().sweep(retention, RetentionContract.KEEPER))).isTrue();

    assertThat(read(id).status()).isEqualTo(Status.FAILED);
  }

  @Test
  default void enqueue_shortestWindowAndOneAttempt_areKept() {
    NewTask task = newTask().maxAttempts(1).uniqueKey("k", Duration.ofSeconds(1));

    assertThat(queue().enqueue(task)).isEqualTo(task.id());
    assertThat(read(task.id()).maxAttempts()).isEqualTo(1);
    assertThat(read(task.id()).uniqueKey()).contains("k");
  }

  @Test
  default void enqueue_delayAndRunAt_theLaterOneCounts() {
    Instant instant = Instant.parse("2050-01-01T00:00:00Z");
    NewTask both = newTask().delay(Duration.ofDays(1)).runAt(instant);
    NewTask delayed = newTask().runAt(instant).delay(Duration.ZERO);
    queue().enqueueAll(List.of(both, delayed));

    assertThat(read(both.id()).runAt()).isEqualTo(instant);
    assertThat(claimOne().id()).isEqualTo(delayed.id());
  }

  @Test
  default void claim_typeTwice_isOne() {
    queue().enqueueAll(TYPE, List.of("1", "2"));
    ClaimRequest request = ClaimRequest.of(TYPE, OTHER_TYPE, TYPE);

    assertThat(request.types()).containsExactly(TYPE, OTHER_TYPE);
    assertThat(queue().claim(request.limit(3))).hasSize(2);
  }
}
