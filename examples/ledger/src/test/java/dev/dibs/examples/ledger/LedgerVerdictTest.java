package dev.dibs.examples.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LedgerVerdictTest {
  private static final Round AGAIN = new Round(100, 100, 4, 108, 100, 108);
  private static final Round ONCE = new Round(100, 100, 4, 100, 100, 100);

  @Test
  void verdict_bookedAgainAndOnce_isShown() {
    LedgerVerdict verdict = new LedgerVerdict(AGAIN, ONCE);

    assertThat(verdict.isShown()).isTrue();
    assertThat(verdict.lines()).last().asString().contains(" 8 credits were booked again");
  }

  @ParameterizedTest
  @CsvSource({
    "100, 4, 100, 100, 100", // none again
    "100, 0, 108, 100, 108", // nobody killed
    "99, 4, 108, 100, 108", // one task left
    "100, 4, 108, 99, 108", // one never booked
  })
  void verdict_wrongWithoutCompleteIn_isNotShown(
      int completed, int kills, int bookings, int booked, int balance) {
    assertNotShown(
        new LedgerVerdict(new Round(100, completed, kills, bookings, booked, balance), ONCE));
  }

  @ParameterizedTest
  @CsvSource({
    "100, 4, 101, 100, 101", // one again
    "100, 4, 100, 99, 100", // one again, one never
    "100, 4, 100, 100, 99", // half a transaction
    "100, 4, 99, 99, 99", // one lost
    "100, 0, 100, 100, 100", // nobody killed
    "99, 4, 100, 100, 100", // one task left
  })
  void verdict_wrongWithCompleteIn_isNotShown(
      int completed, int kills, int bookings, int booked, int balance) {
    assertNotShown(
        new LedgerVerdict(AGAIN, new Round(100, completed, kills, bookings, booked, balance)));
  }

  private static void assertNotShown(LedgerVerdict verdict) {
    assertThat(verdict.isShown()).isFalse();
    assertThat(verdict.lines()).last().asString().startsWith("NOT SHOWN");
  }
}
