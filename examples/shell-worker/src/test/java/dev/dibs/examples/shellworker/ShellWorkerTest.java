package dev.dibs.examples.shellworker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;

class ShellWorkerTest {
  @Test
  void run_javaAndShell_shareTheTasks() throws Exception {
    if (!ShellWorker.isPossible()) {
      System.out.println("ShellWorkerTest: skipped, psql or bash is not on the PATH");
    }
    assumeTrue(ShellWorker.isPossible(), "psql and bash are on the PATH");

    Greeted greeted = ShellWorkerExample.run();

    assertThat(greeted.isRight()).as(greeted.summary()).isTrue();
    assertThat(greeted.byJava()).as(greeted.summary()).isPositive();
    assertThat(greeted.byShell()).as(greeted.summary()).isPositive();
  }
}
