package dev.dibs.examples.benchmark.contender;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ContendersTest {
  @Test
  void of_settings_areTaken() {
    Contender contender = Contenders.of("db-scheduler:threads=7,lower=0.5,upper=2");

    assertThat(contender.name()).isEqualTo("db-scheduler");
    assertThat(contender.settings()).startsWith("7 threads, pollUsingLockAndFetch(0.5, 2.0)");
  }

  @Test
  void of_aMisspeltSetting_isRefused() {
    assertThatThrownBy(() -> Contenders.of("jobrunr:worker=7")).hasMessageContaining("[worker]");
    assertThatThrownBy(() -> Contenders.of("quartz")).hasMessageContaining("quartz");
  }
}
