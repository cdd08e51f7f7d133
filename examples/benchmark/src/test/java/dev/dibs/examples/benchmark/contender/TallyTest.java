package dev.dibs.examples.benchmark.contender;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TallyTest {
  @TempDir Path directory;

  @Test
  void handled_again_isADuplicate() throws Exception {
    Tally tally = Tally.create(directory.resolve("tally"), 130, false);

    tally.handled(0);
    tally.handled(129);
    tally.handled(129);

    assertThat(tally.handled()).isEqualTo(2);
    assertThat(tally.duplicates()).isEqualTo(1);
  }

  @Test
  void open_inAnotherPlace_sharesTheCounts() throws Exception {
    Path file = directory.resolve("tally");
    Tally driver = Tally.create(file, 10, true);
    Tally child = Tally.open(file);

    child.committed(3, 1);
    child.handled(3);
    driver.end();

    assertThat(driver.handled()).isEqualTo(1);
    assertThat(driver.offered()).isEqualTo(1);
    assertThat(driver.started(3)).isPositive();
    assertThat(driver.latencyMicros(3)).isBetween(0L, 60_000_000L);
    assertThat(child.isEnded()).isTrue();
  }

  @Test
  void latencyMicros_handlerBeforeTheEnqueueReturned_isZero() throws Exception {
    Tally tally = Tally.create(directory.resolve("tally"), 1, true);
    tally.handled(0);
    for (long begun = Tally.micros(); Tally.micros() == begun; ) {
      Thread.onSpinWait();
    }

    tally.committed(0, 1);

    assertThat(tally.latencyMicros(0)).isZero();
  }

  @Test
  void create_overAnOldOne_beginsAtZero() throws Exception {
    Path file = directory.resolve("tally");
    Tally.create(file, 10, false).handled(1);

    assertThat(Tally.create(file, 10, false).handled()).isZero();
  }
}
