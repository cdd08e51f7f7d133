package dev.dibs.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Why an embedded server did not start, in its own words. */
final class StartFailure {
  private static final List<String> PORT_TAKEN =
      List.of("Address already in use", "could not create any TCP/IP sockets");

  private StartFailure() {}

  static IllegalStateException of(int port, Path output, Path data, Exception cause) {
    String said = said(output, data);
    if (PORT_TAKEN.stream().anyMatch(said::contains)) {
      return new PortTakenException("port " + port + " was taken meanwhile" + said, cause);
    }
    return new IllegalStateException("The embedded PostgreSQL did not start" + said, cause);
  }

  /** What pg_ctl printed and, from the moment it has a log of its own, the server. */
  static String said(Path output, Path data) {
    List<Path> files = new ArrayList<>(List.of(output));
    Path logs = data.resolve("log");
    if (Files.isDirectory(logs)) {
      try (Stream<Path> entries = Files.list(logs)) {
        entries.sorted().forEach(files::add);
      } catch (IOException e) {
        return "; its log cannot be read: " + e;
      }
    }
    StringBuilder said = new StringBuilder("; it said:");
    for (Path file : files) {
      try {
        said.append('\n').append(Files.readString(file).strip());
      } catch (IOException e) {
        said.append('\n').append(file.getFileName()).append(" cannot be read: ").append(e);
      }
    }
    return said.toString();
  }
}
