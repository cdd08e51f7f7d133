package dev.dibs.jdbc;

import dev.dibs.ClaimRequest;
import dev.dibs.Priority;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where the claims of this process stand in the lanes of one queue.
 *
 * <p><b>Protocol.</b> Finished and running tasks stay at the head of a lane until vacuum comes, so
 * a claim begins at the last task that this process claimed from the lane. What comes to lie before
 * that position (committed late, dated back, put back by hand, expired, released elsewhere) is
 * found by a claim that begins at the start of every lane: a look-behind. One is due again after 20
 * times its own duration, so that it costs a twentieth at most, but not before 100 ms and not later
 * than 10 s. What a look-behind finds moves the position back to it, for there may be more.
 *
 * <p>The position is a hint: a wrong one costs time until the next look-behind, never correctness.
 */
final class LaneCursor {
  private static final long MIN_PAUSE = Duration.ofMillis(100).toNanos();
  private static final long MAX_PAUSE = Duration.ofSeconds(10).toNanos();
  private static final long PAUSE_FACTOR = 20;

  private final Map<Lane, Position> positions = new HashMap<>();
  private boolean started;
  private long nextLookBehind;

  /** Whether the next claim has to look behind; {@code now} is {@link System#nanoTime()}. */
  synchronized boolean lookBehindDue(long now) {
    return !started || now - nextLookBehind >= 0;
  }

  /**
   * The lanes of a claim in its order, each with the position to begin at: priorities first to
   * last, and within one the types in turns.
   */
  synchronized Map<Lane, Position> lanes(ClaimRequest request, long turn, boolean lookBehind) {
    Map<Lane, Position> lanes = new LinkedHashMap<>();
    List<String> types = request.types();
    int first = (int) Long.remainderUnsigned(turn, types.size());
    for (Priority priority : Priority.values()) {
      for (int i = 0; i < types.size(); i++) {
        Lane lane = new Lane(types.get((first + i) % types.size()), priority);
        lanes.put(lane, lookBehind ? Position.START : positions.getOrDefault(lane, Position.START));
      }
    }
    return lanes;
  }

  /** What a claim that began at {@code begun} came back with. */
  synchronized void claimed(Collection<TaskRow> rows, boolean lookBehind, long begun, long ended) {
    Map<Lane, Position> last = new HashMap<>();
    for (TaskRow row : rows) {
      last.merge(row.lane(), row.position(), LaneCursor::later);
    }
    if (lookBehind) {
      positions.putAll(last);
      started = true;
      long pause = Math.min(Math.max((ended - begun) * PAUSE_FACTOR, MIN_PAUSE), MAX_PAUSE);
      nextLookBehind = ended + pause;
    } else {
      last.forEach((lane, position) -> positions.merge(lane, position, LaneCursor::later));
    }
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
