package dev.dibs.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Timer;
import java.util.TimerTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Why an embedded server did not start, in its own words. */
final class StartFailure {
  private static final List<String> PORT_TAKEN =
      List.of("Address already in use", "could not create any TCP/IP sockets");

  private static final int LOOK_EVERY_MILLIS = 100;

  private StartFailure() {}

  /** How a server is started. */
  interface Start<T> {
    T start() throws IOException;
  }

  /**
   * Starts it, and ends the library's wait for a server that pg_ctl has given up: an interrupt
   * makes it return as if all were well.
   */
  static <T> T watch(Path output, Start<T> start) throws IOException {
    Thread starter = Thread.currentThread();
    Timer watch = new Timer("embedded-postgres-watch", true);
    TimerTask look =
        new TimerTask() {
          @Override
          public void run() {
            synchronized (watch) {
              if (isSaid(output)) {
                cancel();
                starter.interrupt();
              }
            }
          }
        };
    watch.schedule(look, LOOK_EVERY_MILLIS, LOOK_EVERY_MILLIS);
    try {
      return start.start();
    } finally {
      synchronized (watch) {
        look.cancel();
        watch.cancel();
      }
      if (isSaid(output)) {
        Thread.interrupted();
      }
    }
  }

  /** Waits until pg_ctl knows how the start ended. */
  static void await(Process pgCtl, Duration patience) {
    try {
      if (!pgCtl.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        pgCtl.destroy();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether pg_ctl has given up. */
  static boolean isSaid(Path output) {
    try {
      return Files.readString(output).contains("could not start server");
    } catch (IOException e) {
      return false;
    }
  }

  static IllegalStateException of(int port, Path output, Path data, @Nullable Exception cause) {
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
