package dev.dibs.examples.benchmark.measure;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ProcessCpuTest {
  private static final boolean TOLD = Files.exists(Path.of("/proc/self/stat"));

  @Test
  void of_thisProcess_growsAsItWorks() {
    long pid = ProcessHandle.current().pid();
    long before = ProcessCpu.of(pid).orElse(0);

    long end = System.nanoTime() + 200_000_000;
    while (System.nanoTime() < end) {
      Thread.onSpinWait();
    }

    if (TOLD) {
      assertThat(ProcessCpu.of(pid).orElseThrow() - before).isPositive();
      assertThat(ProcessCpu.ofFamily(pid).orElseThrow()).isGreaterThanOrEqualTo(before);
    } else {
      assertThat(ProcessCpu.of(pid)).isEmpty();
    }
  }

  @Test
  void of_aProcessThatIsNotThere_isEmpty() {
    assertThat(ProcessCpu.of(Integer.MAX_VALUE)).isEmpty();
    assertThat(ProcessCpu.ofFamily(Integer.MAX_VALUE)).isEmpty();
  }
}
