package dev.dibs.examples.benchmark.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class NumbersTest {
  @Test
  void median_oddAndEvenCounts_isTheMiddle() {
    assertThat(Numbers.median(3, 1, 2)).isEqualTo(2);
    assertThat(Numbers.median(4, 1, 3, 2)).isEqualTo(2.5);
    assertThat(Numbers.median(7)).isEqualTo(7);
  }

  @Test
  void percentile_hundredValues_isTheNearestRank() {
    double[] values = IntStream.rangeClosed(1, 100).mapToDouble(n -> 101 - n).toArray();

    assertThat(Numbers.percentile(50, values)).isEqualTo(50);
    assertThat(Numbers.percentile(99, values)).isEqualTo(99);
    assertThat(Numbers.percentile(100, values)).isEqualTo(100);
    assertThat(Numbers.percentile(99, 5, 1)).isEqualTo(5);
  }

  @Test
  void median_noValues_isRefused() {
    assertThatThrownBy(Numbers::median).isInstanceOf(IllegalArgumentException.class);
  }
}
