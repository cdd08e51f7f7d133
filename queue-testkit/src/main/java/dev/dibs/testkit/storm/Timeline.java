package dev.dibs.testkit.storm;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;

/** Draws what happened to one task: a column for each client, a line for each moment. */
final class Timeline {
  private static final int LINES = 40;
  private static final int WIDTH = 26;

  private record Moment(long at, int track, String text) {}

  private final History history;
  private final List<Moment> moments = new ArrayList<>();

  private Timeline(History history) {
    this.history = history;
  }

  static String of(History history, Findings.Violation violation) {
    Timeline timeline = new Timeline(history);
    int task = violation.task();
    if (task >= 0) {
      Events.of(history, task).forEach(timeline::add);
    }
    violation.others().forEach(timeline::add);
    return timeline.draw();
  }

  private void add(long reference) {
    int client = History.trackOf(reference);
    Track track = history.track(client);
    int op = History.opOf(reference);
    int item = History.itemOf(reference);
    boolean whole = item == History.WHOLE;
    String task = whole ? "" : "#" + history.task(client, op, item);
    String sent =
        switch (track.op(op)) {
          case ENQUEUE -> "enqueue " + task + (track.isInTransaction(op) ? " in tx" : "");
          case CLAIM -> "claim up to " + track.limit(op);
          case UPDATE -> lowerCase(track.kind(op, item)) + " " + task;
          case COMMIT, ROLLBACK -> lowerCase(track.op(op));
          case HOLD -> "lock the row of " + task;
        };
    String answered =
        switch (track.op(op)) {
          case ENQUEUE ->
              !whole && track.isSkipped(op, item) ? "passed over" : lowerCase(track.answer(op));
          case COMMIT, ROLLBACK -> lowerCase(track.answer(op));
          case HOLD -> "let go";
          case CLAIM ->
              whole ? track.count(op) + " tasks" : task + " attempt " + track.attempt(op, item);
          case UPDATE -> track.updateAnswer(op, item).asOutcome();
        };
    moments.add(new Moment(track.invokedAt(op), client, sent));
    if (track.returnedAt(op) != Long.MAX_VALUE) {
      moments.add(new Moment(track.returnedAt(op), client, "-> " + answered));
    }
    boolean inTransaction = track.op(op) == Track.Op.ENQUEUE && track.isInTransaction(op);
    if (inTransaction && track.end(op) != Track.NONE) {
      add(History.reference(client, track.end(op), History.WHOLE));
    }
  }

  private static String lowerCase(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  private String draw() {
    moments.sort(Comparator.comparingLong(Moment::at));
    List<Moment> shown = moments.subList(0, Math.min(LINES, moments.size()));
    TreeSet<Integer> columns = new TreeSet<>();
    shown.forEach(moment -> columns.add(moment.track()));
    StringBuilder text = new StringBuilder(String.format(Locale.ROOT, "%14s", "ms"));
    for (int column : columns) {
      text.append("  ").append(cell(history.trackName(column)));
    }
    for (Moment moment : shown) {
      double millis = (moment.at() - history.begunAt()) / 1e6;
      text.append(String.format(Locale.ROOT, "%n%14.3f", millis));
      for (int column : columns) {
        text.append("  ").append(cell(column == moment.track() ? moment.text() : ""));
      }
    }
    if (shown.size() < moments.size()) {
      text.append(String.format("%n%14s  %d more", "...", moments.size() - shown.size()));
    }
    return text.toString().replaceAll("(?m) +$", "");
  }

  private static String cell(String text) {
    return String.format("%-" + WIDTH + "s", text);
  }
}
