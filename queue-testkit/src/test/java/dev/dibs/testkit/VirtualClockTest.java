package dev.dibs.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.dibs.InvalidInputException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class VirtualClockTest {
  private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");

  private final VirtualClock clock = VirtualClock.startingAt(START);
  private final List<Instant> seen = new ArrayList<>();

  private VirtualAlarm noteAfter(int seconds) {
    return clock.time().at(START.plusSeconds(seconds), () -> seen.add(clock.instant()));
  }

  @Test
  void instant_nobodyMovesIt_standsStill() {
    assertThat(clock.instant()).isEqualTo(START).isEqualTo(clock.instant());
    assertThat(clock.millis()).isEqualTo(START.toEpochMilli());
  }

  @Test
  void advance_someTime_movesEveryZone() {
    VirtualClock paris = clock.withZone(ZoneId.of("Europe/Paris"));
    clock.advance(Duration.ofHours(1));

    assertThat(paris.instant()).isEqualTo("2026-03-01T13:00:00Z");
    assertThat(paris.getZone()).isEqualTo(ZoneId.of("Europe/Paris"));
  }

  @Test
  void advance_back_isRefused() {
    assertThatExceptionOfType(InvalidInputException.class)
        .isThrownBy(() -> clock.advance(Duration.ofNanos(-1)))
        .withMessageContaining("negative");
    assertThatExceptionOfType(InvalidInputException.class)
        .isThrownBy(() -> clock.advanceTo(START.minusNanos(1)))
        .withMessageContaining("2026-03-01T12:00:00Z");
    assertThat(clock.instant()).isEqualTo(START);
  }

  @Test
  void advance_alarmsOnTheWay_eachFindsItsOwnTime() {
    List<VirtualAlarm> alarms = Stream.of(20, 10, 10, 61).map(this::noteAfter).toList();
    alarms.get(2).cancel(false);
    clock.advance(Duration.ofMinutes(1));

    assertThat(seen).containsExactly(START.plusSeconds(10), START.plusSeconds(20));
    assertThat(clock.instant()).isEqualTo(START.plusSeconds(60));
  }

  @Test
  void pauseUntil_alarmsOnTheWay_areLate() {
    VirtualAlarm alarm = noteAfter(10);
    clock.time().pauseUntil(START.plusSeconds(60));
    assertThat(alarm.isDone()).isFalse();
    clock.time().resume();

    assertThat(seen).containsExactly(START.plusSeconds(60));
  }
}
