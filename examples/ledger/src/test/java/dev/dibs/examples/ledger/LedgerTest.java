package dev.dibs.examples.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program, as a process; its round without {@code completeIn} is the control of the other. */
class LedgerTest {
  private static final Pattern BOOKINGS = Pattern.compile("(?m)^bookings +(\\d+) +(\\d+)$");

  @Test
  void example_workersKilledAfterTheCommit_booksOnceWithCompleteIn(@TempDir Path directory)
      throws Exception {
    Path file = directory.resolve("output.txt");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                LedgerExample.class.getName())
            .redirectErrorStream(true)
            .redirectOutput(file.toFile())
            .start();
    try {
      assertThat(process.waitFor(5, TimeUnit.MINUTES)).as("it ended by itself").isTrue();
    } finally {
      process.destroyForcibly();
    }
    String output = Files.readString(file);
    assertThat(process.exitValue()).as(output).isZero();
    assertThat(output).containsPattern("(?m)^tasks completed +100 +100$");
    Matcher bookings = BOOKINGS.matcher(output);
    assertThat(bookings.find()).as(output).isTrue();
    assertThat(Integer.parseInt(bookings.group(1))).as(output).isGreaterThan(100);
    assertThat(Integer.parseInt(bookings.group(2))).as(output).isEqualTo(100);
    assertThat(output).doesNotContain("NOT SHOWN");
  }
}
