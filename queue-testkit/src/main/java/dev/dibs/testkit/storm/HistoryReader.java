package dev.dibs.testkit.storm;

import dev.dibs.Priority;
import dev.dibs.Status;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
  private final Map<Integer, Map<Long, Integer>> claims = new HashMap<>();

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
    reader.each(reader::count);
    return reader.build();
  }

  private interface Visitor {
    void visit(Event event) throws IOException;
  }

  private void each(Visitor visitor) throws IOException {
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
      for (Map<?, ?> item : items(event)) {
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
    Tasks all = new Tasks(Math.max(1, tasks), List.copyOf(types));
    each(
        event -> {
          if (isEnqueue(event)) {
            for (Map<?, ?> item : items(event)) {
              UUID id = id(item);
              if (all.indexOfKnown(id) < 0) {
                List<String> names = new ArrayList<>(types);
                all.add(
                    id,
                    names.indexOf(text(item, "type")),
                    Priority.valueOf(text(item, "priority")));
              }
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
    each(event -> take(made, event));
    return made;
  }

  private void take(History made, Event event) throws IOException {
    if (event.process() == Event.STORM) {
      if (event.f().equals(HistoryEvents.END) && event.value() instanceof Map<?, ?> end) {
        Optional<Status> status =
            Optional.ofNullable(end.get("status")).map(name -> Status.of(name.toString()));
        made.ended(made.tasks().indexOf(id(end)), status);
      }
      return;
    }
    int index = event.process() == 0 ? made.claimers() : event.process() - 1;
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

  private int invoke(History made, int index, Event event) throws IOException {
    Track track = made.track(index);
    Track.Op kind = Track.Op.valueOf(event.f().toUpperCase(Locale.ROOT));
    Tasks all = made.tasks();
    if (kind == Track.Op.CLAIM) {
      Map<?, ?> asked = (Map<?, ?>) present(event.value(), event);
      long bits = all.bitsOf((List<?>) present(asked.get("types"), event));
      int limit = (int) number(asked, "limit");
      int op = track.invoke(kind, event.time(), limit, number(asked, "lease"), bits);
      claims.computeIfAbsent(index, any -> new HashMap<>()).put(event.time(), op);
      return op;
    }
    int op = track.invoke(kind, event.time(), 0, 0, 0);
    for (Map<?, ?> item : items(event)) {
      if (kind == Track.Op.ENQUEUE) {
        track.enqueues(op, all.indexOf(id(item)), number(item, "delay"));
      } else {
        int claim = present(present(claims.get(index), event).get(number(item, "claim")), event);
        int task = all.indexOf(id(item));
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
    return op;
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
            Boolean.TRUE.equals(item.get("early")));
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
    List<Map<?, ?>> items = new ArrayList<>();
    for (Object item : (List<?>) present(event.value(), event)) {
      items.add((Map<?, ?>) present(item, event));
    }
    return items;
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
