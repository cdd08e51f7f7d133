package dev.dibs.testkit.storm;

import dev.dibs.Status;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A {@link History} as {@link Event}s. Tasks go by their ids, and an update names its claim by the
 * time at which the same process sent it, so that a line can be read by itself.
 *
 * <pre>
 * enqueue           {transaction, tasks: a list of {id, type, priority, delay in ms, key if any}}
 *               ok  {skipped: a list of ids whose keys others have}
 * commit, rollback  {enqueue: the time at which it was sent}
 * claim             {limit, lease in ns, types}
 *               ok  a list of {id, attempt, run_at in µs, early, alone}
 * update            a list of {id, kind, claim, span in µs}
 *               ok  a list of outcomes, in its order
 * hold              {id}, the row is locked until it is ok
 * </pre>
 */
final class HistoryEvents {
  static final String BEGIN = "begin";
  static final String END = "end";
  static final String FAULTS = "faults";
  static final String SIGHTING = "sighting";

  private final History history;

  HistoryEvents(History history) {
    this.history = history;
  }

  /** Whether it is the answer to a claim that got tasks. */
  static boolean isTaken(Event event) {
    return event.type().equals(Event.OK)
        && event.f().equals("claim")
        && event.value() instanceof List<?> items
        && !items.isEmpty();
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

  /** How often each fault was injected. */
  Event faults(long time) {
    Map<String, Object> value = new TreeMap<>();
    history.injected().forEach((fault, count) -> value.put(fault.name(), count));
    return new Event(Event.STORM, Event.INFO, FAULTS, time, value);
  }

  /** What was seen in the database. */
  Event sighting(History.Sighting sighting) {
    Map<String, @Nullable Object> value = new LinkedHashMap<>();
    value.put("rule", sighting.rule());
    value.put("id", sighting.task() < 0 ? null : history.tasks().id(sighting.task()));
    value.put("reason", sighting.reason());
    return new Event(Event.STORM, Event.INFO, SIGHTING, sighting.at(), value);
  }

  /** How a task stood when nobody worked any more; null if nobody looked. */
  @Nullable Event end(int task, long time) {
    Optional<Status> end = history.end(task);
    if (!history.wasRead(task)) {
      return null;
    }
    Map<String, @Nullable Object> value = new LinkedHashMap<>();
    value.put("id", history.tasks().id(task));
    value.put("status", end.map(Status::sql).orElse(null));
    return new Event(Event.STORM, Event.OK, END, time, value);
  }

  /** An operation as it was sent. */
  Event invoked(int trackIndex, int op) {
    Track track = history.track(trackIndex);
    Object value =
        switch (track.op(op)) {
          case ENQUEUE -> enqueue(track, op);
          case COMMIT, ROLLBACK -> Map.of("enqueue", track.invokedAt(track.enqueue(op)));
          case HOLD -> Map.of("id", history.tasks().id(track.task(op, 0)));
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
    @Nullable Object value = type.equals(Event.OK) ? value(track, op) : null;
    return event(trackIndex, op, type, track.returnedAt(op), value);
  }

  private @Nullable Object value(Track track, int op) {
    return switch (track.op(op)) {
      case ENQUEUE -> Map.of("skipped", skipped(track, op));
      case CLAIM -> items(track, op, this::taken);
      case UPDATE -> items(track, op, (one, at, item) -> one.updateAnswer(at, item).asOutcome());
      case COMMIT, ROLLBACK, HOLD -> null;
    };
  }

  private List<Object> skipped(Track track, int op) {
    List<Object> skipped = new ArrayList<>();
    for (int item = 0; item < track.count(op); item++) {
      if (track.isSkipped(op, item)) {
        skipped.add(history.tasks().id(track.task(op, item)));
      }
    }
    return skipped;
  }

  private Event event(int trackIndex, int op, String type, long time, @Nullable Object value) {
    int process = trackIndex < history.claimers() ? trackIndex + 1 : 0;
    if (trackIndex > history.claimers()) {
      process = Event.HOLDER;
    }
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

  private Object enqueue(Track track, int op) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("transaction", track.isInTransaction(op));
    fields.put("tasks", items(track, op, this::enqueued));
    return fields;
  }

  private Object enqueued(Track track, int op, int item) {
    Tasks tasks = history.tasks();
    int task = track.task(op, item);
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("id", tasks.id(task));
    fields.put("type", tasks.typeOf(task));
    fields.put("priority", tasks.priorityOf(task));
    fields.put("delay", track.delayNanos(op, item) / 1_000_000);
    if (tasks.hasKey(task)) {
      fields.put("key", tasks.key(task));
    }
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
    fields.put("alone", track.alone(op, item));
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
