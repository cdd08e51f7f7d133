package dev.dibs.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RestTest {
  private final Rest rest = new Rest();
  private final long start = System.nanoTime();

  private long after(double seconds) {
    return start + (long) (seconds * Duration.ofSeconds(1).toNanos());
  }

  @Test
  void isOver_nothingFailed_true() {
    assertThat(rest.isOver(start)).isTrue();
  }

  @Test
  void failed_againAndAgain_doublesUpToHalfAMinute() {
    List<Long> rests = new ArrayList<>();
    double at = 0;
    for (int i = 0; i < 7; i++) {
      rest.failed(after(at));
      long seconds = 1;
      while (!rest.isOver(after(at + seconds))) {
        seconds++;
      }
      rests.add(seconds);
      at += seconds;
    }
    assertThat(rests).containsExactly(1L, 2L, 4L, 8L, 16L, 30L, 30L);
  }

  @Test
  void failed_severalUnderWay_countAsOne() {
    rest.failed(start);
    rest.failed(after(0.5));
    assertThat(rest.isOver(after(1))).isTrue();
    rest.failed(after(1));
    assertThat(rest.isOver(after(2.9))).isFalse();
    assertThat(rest.isOver(after(3))).isTrue();
  }

  @Test
  void succeeded_beginsAnew() {
    rest.failed(start);
    rest.failed(after(1));
    rest.succeeded();
    rest.failed(after(3));
    assertThat(rest.isOver(after(4))).isTrue();
  }
}
