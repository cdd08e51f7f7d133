package dev.dibs.testkit.storm;

import dev.dibs.Status;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A {@link History} as {@link Event}s. Tasks go by their ids, and an update names its claim by the
 * time at which the same process sent it, so that a line can be read by itself.
 *
 * <pre>
 * enqueue  invoke  a list of {id, type, priority, delay in ms}
 * claim    invoke  {limit, lease in ns, types}       ok  a list of {id, attempt, run_at in µs, early}
 * update   invoke  a list of {id, kind, claim, span in µs}      ok  a list of outcomes, in its order
 * </pre>
 */
final class HistoryEvents {
  static final String BEGIN = "begin";
  static final String END = "end";

  private final History history;

  HistoryEvents(History history) {
    this.history = history;
  }

  /** What belongs to the storm as a whole. */
  Event begin() {
    Map<String, Object> value = new LinkedHashMap<>();
    value.put("storm", history.origin().call());
    value.put("seed", history.origin().seed());
    value.put("max_attempts", history.origin().maxAttempts());
    value.put("look_behind", history.origin().lookBehind());
    value.put("leases_may_expire", history.leasesExpire());
    return new Event(Event.STORM, Event.INFO, BEGIN, history.begunAt(), value);
  }

  /** How a task stood when nobody worked any more; null if nobody looked. */
  @Nullable Event end(int task) {
    Optional<Status> end = history.endStatus(task);
    if (!history.isRead(task)) {
      return null;
    }
    Map<String, @Nullable Object> value = new LinkedHashMap<>();
    value.put("id", history.tasks().id(task));
    value.put("status", end.map(Status::sql).orElse(null));
    return new Event(Event.STORM, Event.OK, END, Long.MAX_VALUE, value);
  }

  /** An operation as it was sent. */
  Event invoked(int trackIndex, int op) {
    Track track = history.track(trackIndex);
    Object value =
        switch (track.op(op)) {
          case ENQUEUE -> items(track, op, this::enqueued);
          case CLAIM -> asked(track, op);
          case UPDATE -> items(track, op, this::update);
        };
    return event(trackIndex, op, Event.INVOKE, track.invokedAt(op), value);
  }

  /** Its answer; null if there is none. */
  @Nullable Event returned(int trackIndex, int op) {
    Track track = history.track(trackIndex);
    if (track.returnedAt(op) == Long.MAX_VALUE) {
      return null;
    }
    String type =
        switch (track.answer(op)) {
          case UNKNOWN -> Event.INFO;
          case FAILED -> Event.FAIL;
          default -> Event.OK;
        };
    @Nullable Object value = null;
    if (type.equals(Event.OK) && track.op(op) == Track.Op.CLAIM) {
      value = items(track, op, this::taken);
    } else if (type.equals(Event.OK) && track.op(op) == Track.Op.UPDATE) {
      value = items(track, op, (one, at, item) -> one.updateAnswer(at, item).asOutcome());
    }
    return event(trackIndex, op, type, track.returnedAt(op), value);
  }

  private Event event(int trackIndex, int op, String type, long time, @Nullable Object value) {
    int process = trackIndex == history.claimers() ? 0 : trackIndex + 1;
    String f = history.track(trackIndex).op(op).name().toLowerCase(Locale.ROOT);
    return new Event(process, type, f, time, value);
  }

  private interface Item {
    Object of(Track track, int op, int item);
  }

  private static List<Object> items(Track track, int op, Item form) {
    List<Object> items = new ArrayList<>(track.count(op));
    for (int item = 0; item < track.count(op); item++) {
      items.add(form.of(track, op, item));
    }
    return items;
  }

  private Object enqueued(Track track, int op, int item) {
    Tasks tasks = history.tasks();
    int task = track.task(op, item);
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("id", tasks.id(task));
    fields.put("type", tasks.typeOf(task));
    fields.put("priority", tasks.priorityOf(task));
    fields.put("delay", track.delayNanos(op, item) / 1_000_000);
    return fields;
  }

  private Object asked(Track track, int op) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("limit", track.limit(op));
    fields.put("lease", track.lease(op));
    fields.put("types", history.tasks().typesOf(track.types(op)));
    return fields;
  }

  private Object taken(Track track, int op, int item) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("id", history.tasks().id(track.task(op, item)));
    fields.put("attempt", track.attempt(op, item));
    fields.put("run_at", track.runAt(op, item));
    fields.put("early", track.early(op, item));
    return fields;
  }

  private Object update(Track track, int op, int item) {
    long claim = track.claim(op, item);
    Track owner = history.track(History.trackOf(claim));
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("id", history.tasks().id(owner.task(History.opOf(claim), History.itemOf(claim))));
    fields.put("kind", track.kind(op, item));
    fields.put("claim", owner.invokedAt(History.opOf(claim)));
    fields.put("span", track.spanNanos(op, item) / 1000);
    return fields;
  }
}
