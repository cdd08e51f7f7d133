package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * Runs after the integration tests, in a JVM of its own: fails if fewer of them ran than there are,
 * or if one was skipped that needs neither a container nor a PgBouncer.
 */
class IntegrationTestCount {
  @Test
  void allIntegrationTestsRan() {
    assumeTrue(System.getProperty("it.test") == null, "a selection was asked for");

    Path reports = Path.of(System.getProperty("dibs.it.reports"));
    int minimum = Integer.getInteger("dibs.it.minimum");

    assertThat(FailsafeReports.read(reports).complaints(minimum)).isEmpty();
  }
}
