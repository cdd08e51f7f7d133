package dev.dibs.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.ClaimRequest;
import dev.dibs.Priority;
import dev.dibs.Status;
import dev.dibs.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class LaneCursorTest {
  private static final Instant T0 = Instant.parse("2026-01-01T00:00:00Z");
  private static final Lane LANE = new Lane("a", Priority.NORMAL);
  private static final long MILLI = 1_000_000;
  private static final int NOW_SECOND = 60;
  private static final Set<String> NONE = Set.of();
  private static final Set<String> BEHIND = Set.of("a");
  private static final boolean FULL = false;
  private static final boolean TO_THE_ENDS = true;

  private final LaneCursor cursor = new LaneCursor();

  @Test
  void lanes_twoTypes_prioritiesFirstAndTypesInTurns() {
    ClaimRequest request = ClaimRequest.of("a", "b");
    assertThat(List.copyOf(cursor.lanes(request, 1, NONE).keySet()).subList(0, 3))
        .containsExactly(
            new Lane("b", Priority.URGENT),
            new Lane("a", Priority.URGENT),
            new Lane("b", Priority.HIGH));
  }

  @Test
  void lanes_turnOverflows_staysInRange() {
    assertThat(cursor.lanes(ClaimRequest.of("a", "b", "c"), Long.MIN_VALUE, NONE)).hasSize(12);
  }

  @Test
  void claimed_inOrder_nextClaimBeginsAtTheLast() {
    claimed(FULL, NONE, row(1), row(3), row(2));
    assertThat(position()).isEqualTo(row(3).position());
  }

  @Test
  void claimed_lateAnswerOfAnOlderClaim_doesNotGoBack() {
    claimed(FULL, NONE, row(9));
    claimed(FULL, NONE, row(4));
    assertThat(position()).isEqualTo(row(9).position());
  }

  @Test
  void claimed_lookBehindFoundSomething_goesBackForMore() {
    claimed(FULL, NONE, row(9));
    claimed(FULL, BEHIND, row(2));
    assertThat(position()).isEqualTo(row(2).position());
  }

  /** It may have been put off while the claim went by its old place, with others behind that. */
  @Test
  void claimed_fullWithATaskJustDue_doesNotGoToIt() {
    claimed(FULL, NONE, row(3), row(NOW_SECOND));
    assertThat(position()).isEqualTo(row(3).position());
  }

  @Test
  void claimed_toTheLanesEnds_nextClaimBeginsAtTheSlackInEveryLane() {
    claimed(TO_THE_ENDS, NONE, row(3), row(NOW_SECOND));
    Instant fresh = T0.plusSeconds(NOW_SECOND).minus(LaneCursor.SLACK);
    assertThat(cursor.lanes(ClaimRequest.of("a"), 0, NONE).values())
        .allMatch(position -> position.runAt().equals(fresh));
  }

  @Test
  void lanes_lookBehind_beginAtTheStart() {
    claimed(FULL, NONE, row(9));
    assertThat(cursor.lanes(ClaimRequest.of("a"), 0, BEHIND).get(LANE)).isEqualTo(Position.START);
  }

  @Test
  void putBack_beforeTheCursor_movesItThere() {
    claimed(FULL, NONE, row(9));
    cursor.putBack(LANE, row(5).position());
    assertThat(position()).isEqualTo(row(5).position());
    cursor.putBack(LANE, row(7).position());
    assertThat(position()).isEqualTo(row(5).position());
  }

  @Test
  void lookBehindDue_untilTheFirst_always() {
    assertThat(isDue(0)).isTrue();
  }

  @Test
  void lookBehindDue_oneTookLong_after100Millis() {
    lookBehind(MILLI);
    lookBehind(1000 * MILLI);
    assertThat(isDue(1099 * MILLI)).isFalse();
    assertThat(isDue(1100 * MILLI)).isTrue();
  }

  @Test
  void lookBehindDue_cheap_after100Millis() {
    lookBehind(MILLI);
    lookBehind(MILLI);
    assertThat(isDue(100 * MILLI)).isFalse();
    assertThat(isDue(101 * MILLI)).isTrue();
  }

  @Test
  void lookBehindDue_expensive_after40TimesItsDuration() {
    lookBehind(50 * MILLI);
    lookBehind(50 * MILLI);
    assertThat(isDue(2049 * MILLI)).isFalse();
    assertThat(isDue(2050 * MILLI)).isTrue();
  }

  @Test
  void lookBehindDue_veryExpensive_after9Seconds() {
    lookBehind(60_000 * MILLI);
    lookBehind(60_000 * MILLI);
    assertThat(isDue(68_999 * MILLI)).isFalse();
    assertThat(isDue(69_000 * MILLI)).isTrue();
  }

  @Test
  void position_idsWithHighBit_orderedAsPostgresDoes() {
    Position low = new Position(T0, UUID.fromString("7fffffff-0000-7000-8000-000000000000"));
    Position high = new Position(T0, UUID.fromString("80000000-0000-7000-8000-000000000000"));
    assertThat(low).isLessThan(high);
    assertThat(low.id()).as("java.util.UUID says otherwise").isGreaterThan(high.id());
  }

  /** It has no slot free, so nothing of it is looked for. */
  @Test
  void lookBehindDue_typeThatWasLeftOut_withTheNextClaimThatWantsIt() {
    ClaimRequest both = ClaimRequest.of("a", "b");
    assertThat(cursor.lookBehindDue(both.laneLimits(Map.of("b", 0)), 0)).containsExactly("a");
    lookBehind(MILLI);
    assertThat(cursor.lookBehindDue(both, 2 * MILLI)).containsExactly("b");
    assertThat(cursor.lanes(both, 0, Set.of("b")).get(new Lane("b", Priority.NORMAL)))
        .isEqualTo(Position.START);
  }

  private boolean isDue(long now) {
    return !cursor.lookBehindDue(ClaimRequest.of("a"), now).isEmpty();
  }

  private void lookBehind(long nanos) {
    cursor.claimed(new ClaimStatement.Taken(List.of(), Set.of(), false), BEHIND, 0, nanos);
  }

  private void claimed(boolean toTheEnds, Set<String> lookBehind, TaskRow... rows) {
    Set<Lane> exhausted =
        toTheEnds ? cursor.lanes(ClaimRequest.of("a"), 0, lookBehind).keySet() : Set.of();
    cursor.claimed(new ClaimStatement.Taken(List.of(rows), exhausted, false), lookBehind, 0, 1);
  }

  private Position position() {
    Map<Lane, Position> lanes = cursor.lanes(ClaimRequest.of("a"), 0, NONE);
    return lanes.get(LANE);
  }

  private static TaskRow row(int second) {
    Instant runAt = T0.plus(Duration.ofSeconds(second));
    return new TaskRow(
        new Task(
            new UUID(0, second),
            "default",
            "a",
            "{}",
            Priority.NORMAL,
            Status.PROCESSING,
            1,
            20,
            runAt,
            runAt,
            Optional.of(T0.plusSeconds(NOW_SECOND)),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            false,
            Optional.empty(),
            Optional.empty()),
        false);
  }
}
