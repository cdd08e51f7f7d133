package dev.dibs.testkit.storm;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** Writes a whole history into a file, in the order of time. */
final class HistoryWriter {
  private final HistoryEvents events;
  private final History history;
  private final EventFormat format;
  private final Writer out;

  private HistoryWriter(History history, EventFormat format, Writer out) {
    this.events = new HistoryEvents(history);
    this.history = history;
    this.format = format;
    this.out = out;
  }

  /** In the format that the file's name asks for. */
  static void write(History history, Path file) throws IOException {
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      new HistoryWriter(history, EventFormat.of(file), out).write();
    }
  }

  private void write() throws IOException {
    line(events.begin());
    PriorityQueue<Cursor> cursors =
        new PriorityQueue<>(Comparator.comparingLong(cursor -> cursor.next.time()));
    for (int track = 0; track < history.tracks(); track++) {
      if (history.track(track).size() > 0) {
        cursors.add(new Cursor(track));
      }
    }
    while (!cursors.isEmpty()) {
      Cursor cursor = cursors.remove();
      line(cursor.next);
      if (cursor.advance()) {
        cursors.add(cursor);
      }
    }
    for (History.Sighting sighting : history.sightings()) {
      line(events.sighting(sighting));
    }
    long last = history.lastAt();
    line(events.faults(last));
    for (int task = 0; task < history.tasks().size(); task++) {
      line(events.end(task, last));
    }
  }

  private void line(@Nullable Event event) throws IOException {
    if (event != null) {
      out.write(format.write(event));
      out.write('\n');
    }
  }

  /** Goes along one track: each operation's two events. */
  private final class Cursor {
    private final int track;
    private int op;
    private boolean sent;
    private Event next;

    private Cursor(int track) {
      this.track = track;
      this.next = events.invoked(track, 0);
    }

    private boolean advance() {
      sent = !sent;
      @Nullable Event answer = sent ? events.returned(track, op) : null;
      if (answer != null) {
        next = answer;
        return true;
      }
      sent = false;
      op = history.track(track).next(op);
      if (op >= history.track(track).size()) {
        return false;
      }
      next = events.invoked(track, op);
      return true;
    }
  }
}
