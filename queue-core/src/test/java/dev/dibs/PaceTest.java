package dev.dibs;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PaceTest {
  private static final long MILLI = Duration.ofMillis(1).toNanos();

  @Test
  void ahead_nothingHasRun_isNone() {
    assertThat(new Pace(50).ahead()).isZero();
  }

  @Test
  void ahead_handlersOfFiveMillis_isWhatTheSlotsBeginInFifty() {
    Pace pace = new Pace(4);
    pace.ran(10, 10 * 5 * MILLI);
    assertThat(pace.ahead()).isEqualTo(40);
  }

  @Test
  void ahead_handlersThatReturnAtOnce_isABatchAtMost() {
    Pace pace = new Pace(1);
    pace.ran(10, 10);
    assertThat(pace.ahead()).isEqualTo(Pace.MAX_BATCH);
  }

  /** However many of them end in the same moment. */
  @Test
  void ahead_slowHandlers_isNone() {
    Pace pace = new Pace(50);
    pace.ran(50, 50 * 10_000 * MILLI);
    assertThat(pace.ahead()).isZero();
  }

  @Test
  void ahead_becomeSlow_fallsWithinAFewRounds() {
    Pace pace = new Pace(4);
    pace.ran(1000, 1000);
    for (int round = 1; round <= 5; round++) {
      pace.ran(1000 + round, 1000L + round * 1000L * MILLI);
    }
    assertThat(pace.ahead()).isZero();
  }

  @Test
  void ahead_stalledAndNothingHasEnded_isNone() {
    Pace pace = new Pace(4);
    pace.ran(1000, 1000);
    pace.stalled();
    assertThat(pace.ahead()).isZero();
  }
}
