package dev.dibs.testkit.storm;

import dev.dibs.Priority;
import dev.dibs.Status;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Makes a {@link History} again from lines of JSON: of one file, or of several that clients of one
 * storm wrote each for itself. Each process is in one file only, its events in their order.
 */
final class HistoryReader {
  private final List<Path> files;
  private final Set<String> types = new LinkedHashSet<>();
  private int processes = 1;
  private int tasks;
  private @Nullable Event begin;
  private final Map<Integer, Integer> open = new HashMap<>();
  private final Map<Integer, Map<Long, Integer>> sentAt = new HashMap<>();

  private HistoryReader(List<Path> files) {
    this.files = files;
  }

  /**
   * Reads and puts together.
   *
   * @throws IOException if a file cannot be read or is no history
   */
  static History read(List<Path> files) throws IOException {
    HistoryReader reader = new HistoryReader(files);
    each(files, reader::count);
    return reader.build();
  }

  interface Visitor {
    void visit(Event event) throws IOException;
  }

  /** Visits the events of these files, in their order. */
  static void each(List<Path> files, Visitor visitor) throws IOException {
    for (Path file : files) {
      try (BufferedReader lines = Files.newBufferedReader(file)) {
        @Nullable String next = lines.readLine();
        while (next != null) {
          String line = next;
          next = lines.readLine();
          // A process that is killed may leave its last line unfinished: an event that nobody saw.
          if (next != null || line.endsWith("}")) {
            visit(visitor, line);
          }
        }
      }
    }
  }

  private static void visit(Visitor visitor, String line) throws IOException {
    try {
      visitor.visit(EventFormat.read(line));
    } catch (IllegalArgumentException | ClassCastException e) {
      throw new IOException("Not a line of a storm's history: " + line, e);
    }
  }

  private void count(Event event) {
    processes = Math.max(processes, event.process());
    if (event.f().equals(HistoryEvents.BEGIN)) {
      begin = event;
    } else if (isEnqueue(event)) {
      for (Map<?, ?> item : enqueued(event)) {
        types.add(text(item, "type"));
        tasks++;
      }
    } else if (event.value() instanceof Map<?, ?> asked
        && asked.get("types") instanceof List<?> l) {
      l.forEach(type -> types.add(String.valueOf(type)));
    }
  }

  private static boolean isEnqueue(Event event) {
    return event.type().equals(Event.INVOKE) && event.f().equals("enqueue");
  }

  private History build() throws IOException {
    if (begin == null || !(begin.value() instanceof Map<?, ?> about)) {
      throw new IOException("No history of a storm: nothing says when it began: " + files);
    }
    List<String> names = List.copyOf(types);
    Tasks all = new Tasks(Math.max(1, tasks), names);
    each(
        files,
        event -> {
          if (isEnqueue(event)) {
            for (Map<?, ?> item : enqueued(event)) {
              add(all, names, item);
            }
          }
        });
    History made =
        new History(
            all,
            processes,
            new History.Origin(
                text(about, "storm"),
                number(about, "seed"),
                (int) number(about, "max_attempts"),
                number(about, "look_behind")));
    made.begin(begin.time());
    if (Boolean.TRUE.equals(about.get("leases_may_expire"))) {
      made.leasesMayExpire();
    }
    each(files, event -> take(made, event));
    return made;
  }

  private static void add(Tasks all, List<String> types, Map<?, ?> item) {
    UUID id = id(item);
    if (all.indexOfKnown(id) < 0) {
      int type = types.indexOf(text(item, "type"));
      int task = all.add(id, type, Priority.valueOf(text(item, "priority")));
      if (item.get("key") != null) {
        all.keyed(task, (int) number(item, "key"));
      }
    }
  }

  private void take(History made, Event event) throws IOException {
    if (event.process() == Event.STORM) {
      note(made, event);
      return;
    }
    int index =
        switch (event.process()) {
          case 0 -> made.claimers();
          case Event.HOLDER -> made.claimers() + 1;
          default -> event.process() - 1;
        };
    if (event.type().equals(Event.INVOKE)) {
      open.put(index, invoke(made, index, event));
    } else {
      @Nullable Integer op = open.remove(index);
      if (op == null) {
        throw new IOException("An answer to nothing: " + event);
      }
      answer(made, index, op, event);
    }
  }

  private static void note(History made, Event event) {
    Tasks tasks = made.tasks();
    if (event.f().equals(HistoryEvents.END)) {
      Map<?, ?> end = map(event);
      Optional<Status> status =
          Optional.ofNullable(end.get("status")).map(name -> Status.of(name.toString()));
      made.ended(tasks.indexOf(id(end)), status);
    } else if (event.f().equals(HistoryEvents.FAULTS)) {
      Map<Fault, Long> counts = new EnumMap<>(Fault.class);
      map(event).forEach((name, count) -> counts.put(Fault.valueOf(name.toString()), (Long) count));
      made.injected(counts);
    } else if (event.f().equals(HistoryEvents.SIGHTING)) {
      Map<?, ?> seen = map(event);
      int task = seen.get("id") == null ? Tasks.NONE : tasks.indexOf(id(seen));
      Rule rule = Rule.valueOf(text(seen, "rule"));
      made.sighted(new History.Sighting(rule, event.time(), task, text(seen, "reason")));
    }
  }

  private int invoke(History made, int index, Event event) {
    Track track = made.track(index);
    Track.Op kind = Track.Op.valueOf(event.f().toUpperCase(Locale.ROOT));
    long now = event.time();
    int op =
        switch (kind) {
          case ENQUEUE ->
              track.invokeEnqueue(now, Boolean.TRUE.equals(map(event).get("transaction")));
          case CLAIM -> claim(made.tasks(), track, event);
          case UPDATE -> track.invoke(kind, now, 0, 0, 0);
          case COMMIT, ROLLBACK ->
              track.invokeEnd(
                  sent(index, event, number(map(event), "enqueue")), kind == Track.Op.COMMIT, now);
          case HOLD -> track.invokeHold(made.tasks().indexOf(id(map(event))), now);
        };
    if (kind == Track.Op.ENQUEUE) {
      for (Map<?, ?> item : enqueued(event)) {
        track.enqueues(op, made.tasks().indexOf(id(item)), number(item, "delay"));
      }
    } else if (kind == Track.Op.UPDATE) {
      updates(made, index, op, event);
    }
    sentAt.computeIfAbsent(index, any -> new HashMap<>()).put(now, op);
    return op;
  }

  private int claim(Tasks tasks, Track track, Event event) {
    Map<?, ?> asked = map(event);
    long bits = tasks.bitsOf((List<?>) present(asked.get("types"), event));
    int limit = (int) number(asked, "limit");
    return track.invoke(Track.Op.CLAIM, event.time(), limit, number(asked, "lease"), bits);
  }

  /** The operation that the same process sent then. */
  private int sent(int index, Event event, long time) {
    return present(present(sentAt.get(index), event).get(time), event);
  }

  private void updates(History made, int index, int op, Event event) {
    Track track = made.track(index);
    for (Map<?, ?> item : items(event)) {
      int claim = sent(index, event, number(item, "claim"));
      int task = made.tasks().indexOf(id(item));
      int place = 0;
      while (track.task(claim, place) != task) {
        place++;
      }
      track.updates(
          op,
          History.reference(index, claim, place),
          Kind.valueOf(text(item, "kind")),
          number(item, "span"));
    }
  }

  private static void answer(History made, int index, int op, Event event) throws IOException {
    Track track = made.track(index);
    if (event.type().equals(Event.OK) && track.op(op) == Track.Op.CLAIM) {
      for (Map<?, ?> item : items(event)) {
        track.claimed(
            op,
            made.tasks().indexOf(id(item)),
            (int) number(item, "attempt"),
            number(item, "run_at"),
            Boolean.TRUE.equals(item.get("early")),
            Boolean.TRUE.equals(item.get("alone")));
      }
    } else if (event.type().equals(Event.OK) && track.op(op) == Track.Op.ENQUEUE) {
      List<?> skipped = (List<?>) present(map(event).get("skipped"), event);
      for (int item = 0; item < track.count(op); item++) {
        if (skipped.contains(made.tasks().id(track.task(op, item)).toString())) {
          track.skipped(op, item);
        }
      }
    } else if (event.type().equals(Event.OK) && track.op(op) == Track.Op.UPDATE) {
      List<?> outcomes = (List<?>) present(event.value(), event);
      for (int item = 0; item < outcomes.size(); item++) {
        track.answer(op, item, Answer.ofOutcome(String.valueOf(outcomes.get(item))));
      }
    }
    track.returned(
        op,
        event.time(),
        switch (event.type()) {
          case Event.OK -> Answer.OK;
          case Event.FAIL -> Answer.FAILED;
          default -> Answer.UNKNOWN;
        });
  }

  private static List<Map<?, ?>> items(Event event) {
    return maps(event.value(), event);
  }

  private static List<Map<?, ?>> enqueued(Event event) {
    return maps(map(event).get("tasks"), event);
  }

  private static List<Map<?, ?>> maps(@Nullable Object list, Event event) {
    List<Map<?, ?>> items = new ArrayList<>();
    for (Object item : (List<?>) present(list, event)) {
      items.add((Map<?, ?>) present(item, event));
    }
    return items;
  }

  private static Map<?, ?> map(Event event) {
    return (Map<?, ?>) present(event.value(), event);
  }

  private static UUID id(Map<?, ?> item) {
    return UUID.fromString(text(item, "id"));
  }

  private static String text(Map<?, ?> item, String field) {
    return present(item.get(field), item).toString();
  }

  private static long number(Map<?, ?> item, String field) {
    return (Long) present(item.get(field), item);
  }

  private static <T> T present(@Nullable T value, Object where) {
    if (value == null) {
      throw new IllegalArgumentException("Something is missing in " + where);
    }
    return value;
  }
}
