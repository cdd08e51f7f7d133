package dev.dibs.testkit.storm;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A file of events that a process leaves behind when it is killed: each is with the operating
 * system before {@link #write} returns. Thread-safe.
 */
final class Journal implements AutoCloseable {
  // Not a channel: an interrupted thread would close it for all.
  private final FileOutputStream file;

  Journal(Path path) throws IOException {
    file = new FileOutputStream(path.toFile());
  }

  void write(@Nullable Event event) {
    if (event == null) {
      return;
    }
    try {
      byte[] line = (EventFormat.JSON_LINES.write(event) + '\n').getBytes(StandardCharsets.UTF_8);
      synchronized (file) {
        file.write(line);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("A line of the history could not be written", e);
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
