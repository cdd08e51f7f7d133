package dev.dibs.testkit.storm;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The rule about unique keys, for all keyed tasks of one type together.
 *
 * <p>A task was certainly live from the moment that it was acknowledged, or that its first claim
 * returned, until the first write was sent that may have finished it. It may have been live from
 * when its enqueue was sent until a write that finished it was answered. Two certain spans of one
 * key that overlap break the rule; one that was passed over while no other could be live was
 * dropped.
 */
final class UniqueCheck {
  private static final long NEVER = Long.MAX_VALUE;

  /** One keyed task: when it was certainly live, and when it may have been. */
  private record Span(int task, long from, long until, long mayFrom, long mayUntil) {}

  private final History history;
  private final Findings findings;
  private final int maxAttempts;
  private final Map<Integer, List<Span>> spans = new HashMap<>();
  private final Map<Integer, List<Long>> passedOver = new HashMap<>();

  UniqueCheck(History history, Findings findings, int maxAttempts) {
    this.history = history;
    this.findings = findings;
    this.maxAttempts = maxAttempts;
  }

  void add(int task, Arrival arrival, List<Held> claims) {
    if (!history.tasks().hasKey(task)) {
      return;
    }
    int key = history.tasks().key(task);
    if (arrival.isPassedOver()) {
      passedOver.computeIfAbsent(key, any -> new ArrayList<>()).add(arrival.passedOver());
    }
    long from = arrival.acknowledgedAt();
    long until = NEVER;
    long mayUntil = NEVER;
    for (Held claim : claims) {
      from = Math.min(from, claim.returnedAt());
      if (claim.attempt() >= maxAttempts) {
        // A claim that meets it when its lease is over may fail it instead, and nobody learns.
        until = Math.min(until, claim.invokedAt());
      }
      for (Held.Write write : claim.writes()) {
        boolean finishes = write.kind().isTerminal() && write.answer().isPossible();
        if (finishes || write.hasCancelled()) {
          until = Math.min(until, write.invokedAt());
        }
        if (write.hasFinished()) {
          mayUntil = Math.min(mayUntil, write.returnedAt());
        }
      }
    }
    if (arrival.isPossible() || !claims.isEmpty()) {
      long mayFrom = Math.min(arrival.sentAt(), from);
      spans
          .computeIfAbsent(key, any -> new ArrayList<>())
          .add(new Span(task, from, until, mayFrom, mayUntil));
    }
  }

  /** Judges what was added, and forgets it. */
  void check() {
    spans.values().forEach(this::checkOverlaps);
    passedOver.forEach(
        (key, enqueues) -> checkPassedOver(enqueues, spans.getOrDefault(key, List.of())));
    spans.clear();
    passedOver.clear();
  }

  private void checkOverlaps(List<Span> ofKey) {
    ofKey.sort(Comparator.comparingLong(Span::from));
    Optional<Span> longest = Optional.empty();
    for (Span span : ofKey) {
      if (span.from() >= span.until()) {
        continue;
      }
      if (longest.isPresent() && longest.get().until() > span.from()) {
        findings.add(
            Rule.UNIQUE_BROKEN,
            span.from(),
            span.task(),
            "it was live together with task "
                + history.tasks().name(longest.get().task())
                + ", which has the same type and unique key",
            Events.of(history, longest.get().task()).toArray(Long[]::new));
      }
      if (longest.isEmpty() || longest.get().until() < span.until()) {
        longest = Optional.of(span);
      }
    }
  }

  /** Spans in the order they may have begun, with the latest end so far: one search for each. */
  private void checkPassedOver(List<Long> enqueues, List<Span> ofKey) {
    ofKey.sort(Comparator.comparingLong(Span::mayFrom));
    long[] ends = new long[ofKey.size()];
    for (int i = 0; i < ends.length; i++) {
      ends[i] = Math.max(i == 0 ? Long.MIN_VALUE : ends[i - 1], ofKey.get(i).mayUntil());
    }
    for (long enqueue : enqueues) {
      Track track = history.track(History.trackOf(enqueue));
      int op = History.opOf(enqueue);
      int begun = begunBy(ofKey, track.returnedAt(op));
      if (begun == 0 || ends[begun - 1] < track.invokedAt(op)) {
        int task = track.task(op, History.itemOf(enqueue));
        findings.add(
            Rule.LOST,
            track.returnedAt(op),
            task,
            "its enqueue passed it over for its unique key, which no live task had");
      }
    }
  }

  /** How many of the spans may have begun by then. */
  private static int begunBy(List<Span> ofKey, long time) {
    int low = 0;
    int high = ofKey.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (ofKey.get(middle).mayFrom() <= time) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
