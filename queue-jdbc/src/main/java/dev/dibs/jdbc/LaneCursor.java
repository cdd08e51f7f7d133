package dev.dibs.jdbc;

import static java.util.Comparator.naturalOrder;

import dev.dibs.ClaimRequest;
import dev.dibs.Priority;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where the claims of this process stand in the lanes of one queue.
 *
 * <p><b>Protocol.</b> Finished and running tasks stay at the head of a lane until vacuum comes, so
 * a claim begins at a position before which this process has found nothing left: at the last task
 * that it claimed from the lane, or, if the claim came to the lane's end, at the slack before its
 * time. What comes to lie before that position (committed late, dated back, put back by hand,
 * expired, released elsewhere) is found by a claim that begins at the lanes' starts: a look-behind.
 * One is due again after 40 times its own duration, so that it costs a fortieth at most, but not
 * before 100 ms and not later than 9 s; of the last two the shorter duration counts, so that
 * neither a stall of the machine nor the first one of a process puts the next one off. What a
 * look-behind finds moves the position back to it, for there may be more. A type of which a claim
 * wants nothing is not looked behind for with the others: the next claim that wants some does it.
 *
 * <p><b>Slack.</b> Rows younger than the slack may still be committing, so no claim begins closer
 * to now. Nor does one that was due so lately say where the claim stood: it may have been put off
 * while the claim went by its old place, and then it comes back with its new time (READ COMMITTED:
 * the newest version of a row is checked again and taken).
 *
 * <p>The position is a hint: a wrong one costs time until the next look-behind, never correctness.
 */
final class LaneCursor {
  /** How close to now a claim may begin. */
  static final Duration SLACK = Duration.ofSeconds(1);

  private static final long MIN_PAUSE = Duration.ofMillis(100).toNanos();
  private static final long MAX_PAUSE = Duration.ofSeconds(9).toNanos();
  private static final long PAUSE_FACTOR = 40;

  private final Map<Lane, Position> positions = new HashMap<>();

  /** By type; one that is not here is due. */
  private final Map<String, Long> nextLookBehind = new HashMap<>();

  private boolean full;
  private long lastDuration;

  /**
   * The types for which this claim has to look behind; {@code now} is {@link System#nanoTime()}.
   */
  synchronized Set<String> lookBehindDue(ClaimRequest request, long now) {
    Set<String> due = new HashSet<>();
    for (String type : request.types()) {
      if (request.laneLimit(type) > 0 && now - nextLookBehind.getOrDefault(type, now) >= 0) {
        due.add(type);
      }
    }
    return due;
  }

  /**
   * The lanes of a claim in its order, each with the position to begin at: priorities first to
   * last, and within one the types in turns.
   */
  synchronized Map<Lane, Position> lanes(ClaimRequest request, long turn, Set<String> lookBehind) {
    Map<Lane, Position> lanes = new LinkedHashMap<>();
    for (Lane lane : lanes(request, turn)) {
      Position begin = lookBehind.contains(lane.type()) ? null : positions.get(lane);
      lanes.put(lane, begin == null ? Position.START : begin);
    }
    return lanes;
  }

  static List<Lane> lanes(ClaimRequest request, long turn) {
    List<Lane> lanes = new ArrayList<>();
    List<String> types = request.types();
    int first = (int) Long.remainderUnsigned(turn, types.size());
    for (Priority priority : Priority.values()) {
      for (int i = 0; i < types.size(); i++) {
        lanes.add(new Lane(types.get((first + i) % types.size()), priority));
      }
    }
    return lanes;
  }

  /** Whether the last claim took as many as it was asked for. */
  synchronized boolean mayBeMore() {
    return full;
  }

  /** What a claim that began at {@code begun} came back with. */
  synchronized void claimed(
      ClaimStatement.Taken taken, Set<String> lookBehind, long begun, long ended) {
    full = taken.full();
    reached(taken)
        .forEach(
            (lane, position) -> {
              if (lookBehind.contains(lane.type())) {
                positions.put(lane, position);
              } else {
                positions.merge(lane, position, LaneCursor::later);
              }
            });
    if (!lookBehind.isEmpty()) {
      long duration = ended - begun;
      long pause = Math.min(duration, lastDuration) * PAUSE_FACTOR;
      lastDuration = duration;
      long next = ended + Math.min(Math.max(pause, MIN_PAUSE), MAX_PAUSE);
      lookBehind.forEach(type -> nextLookBehind.put(type, next));
    }
  }

  private static Map<Lane, Position> reached(ClaimStatement.Taken taken) {
    Map<Lane, Position> reached = new HashMap<>();
    Optional<Instant> now =
        taken.rows().stream().flatMap(row -> row.task().startedAt().stream()).max(naturalOrder());
    if (now.isEmpty()) {
      return reached;
    }
    Position fresh = new Position(now.get().minus(SLACK), Position.START.id());
    for (TaskRow row : taken.rows()) {
      if (row.position().compareTo(fresh) < 0) {
        reached.merge(row.lane(), row.position(), LaneCursor::later);
      }
    }
    taken.exhausted().forEach(lane -> reached.put(lane, fresh));
    return reached;
  }

  /** A task went back to this place. */
  synchronized void putBack(Lane lane, Position position) {
    positions.computeIfPresent(
        lane, (key, current) -> current.compareTo(position) <= 0 ? current : position);
  }

  private static Position later(Position a, Position b) {
    return a.compareTo(b) >= 0 ? a : b;
  }
}
