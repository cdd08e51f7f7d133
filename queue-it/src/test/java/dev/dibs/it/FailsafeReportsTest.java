package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FailsafeReportsTest {
  @TempDir Path directory;

  @Test
  void complaints_allRan_none() throws IOException {
    summary(12, 0);
    suite("dev.dibs.it.ClaimIT", 0);

    assertThat(FailsafeReports.read(directory).complaints(12)).isEmpty();
  }

  @Test
  void complaints_fewerThanMinimum_namesBoth() throws IOException {
    summary(11, 0);

    assertThat(FailsafeReports.read(directory).complaints(12))
        .containsExactly(
            "integration tests: must be at least 12 (integration-tests.minimum), were 11");
  }

  @Test
  void complaints_whatNeedsAnotherProgramSkipped_none() throws IOException {
    summary(12, 3);
    suite("dev.dibs.it.ContainerIT", 2);
    suite("dev.dibs.it.PgBouncerIT", 1);

    assertThat(FailsafeReports.read(directory).complaints(12)).isEmpty();
  }

  @Test
  void complaints_anotherSkipped_namesIt() throws IOException {
    summary(12, 3);
    suite("dev.dibs.it.ContainerIT", 2);
    suite("dev.dibs.it.ClaimIT", 1);

    assertThat(FailsafeReports.read(directory).complaints(12))
        .singleElement()
        .asString()
        .contains(
            "only [dev.dibs.it.ContainerIT, dev.dibs.it.PgBouncerIT, dev.dibs.jdbc.DoctorPoolerIT,"
                + " dev.dibs.jdbc.ListenerPoolerIT] may be skipped",
            "dev.dibs.it.ClaimIT=1");
  }

  @Test
  void read_nothingRan_throws() {
    assertThatThrownBy(() -> FailsafeReports.read(directory))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("failsafe-summary.xml");
  }

  private void summary(int completed, int skipped) throws IOException {
    Files.writeString(
        directory.resolve("failsafe-summary.xml"),
        """
        <failsafe-summary><completed>%d</completed><skipped>%d</skipped></failsafe-summary>
        """
            .formatted(completed, skipped));
  }

  private void suite(String name, int skipped) throws IOException {
    Files.writeString(
        directory.resolve("TEST-" + name + ".xml"),
        "<testsuite name=\"%s\" skipped=\"%d\"/>".formatted(name, skipped));
  }
}
