package dev.dibs.examples.benchmark.measure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class CostTest {
  private static final OptionalLong UNTOLD = OptionalLong.empty();

  @Test
  void between_twoReadings_isTheDifference() {
    Cost cost =
        Cost.between(
            new Reading(OptionalLong.of(1_000), 70, 5),
            new Reading(OptionalLong.of(4_000), 100, 5),
            OptionalLong.of(10),
            OptionalLong.of(1_010),
            2.5);

    assertThat(cost)
        .isEqualTo(new Cost(OptionalLong.of(3_000), OptionalLong.of(1_000), 30, false, 2.5));
    assertThat(cost.bothPerTask(100)).hasValue(40);
  }

  @Test
  void between_aCheckpointInside_saysSo() {
    Cost cost =
        Cost.between(new Reading(UNTOLD, 0, 5), new Reading(UNTOLD, 0, 6), UNTOLD, UNTOLD, 1);

    assertThat(cost.checkpointed()).isTrue();
    assertThat(cost.bothPerTask(1)).isEmpty();
  }
}
