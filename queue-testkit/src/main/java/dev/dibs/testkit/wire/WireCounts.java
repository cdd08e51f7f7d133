package dev.dibs.testkit.wire;

import java.util.ArrayList;
import java.util.List;

/** What a wire tap has seen. Thread-safe. */
final class WireCounts {

  private final boolean recording;
  private final List<String> sql = new ArrayList<>();
  private long statements;
  private int connections;
  private int open;
  private int peak;

  WireCounts(boolean recording) {
    this.recording = recording;
  }

  synchronized void statement(String text) {
    statements++;
    if (recording) {
      sql.add(text);
    }
  }

  synchronized void opened() {
    connections++;
    open++;
    peak = Math.max(peak, open);
  }

  synchronized void closed() {
    open--;
  }

  synchronized void reset() {
    sql.clear();
    statements = 0;
    connections = 0;
    peak = open;
  }

  synchronized long statements() {
    return statements;
  }

  synchronized int connections() {
    return connections;
  }

  synchronized int open() {
    return open;
  }

  synchronized int peak() {
    return peak;
  }

  synchronized List<String> sql() {
    return List.copyOf(sql);
  }
}
