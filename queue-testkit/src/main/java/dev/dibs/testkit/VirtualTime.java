package dev.dibs.testkit;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** The time of a {@link VirtualClock}, and what is to be done at moments of it. Thread-safe. */
final class VirtualTime {
  private final PriorityQueue<VirtualAlarm> alarms =
      new PriorityQueue<>(
          Comparator.comparing(VirtualAlarm::at).thenComparingLong(VirtualAlarm::number));
  private Instant now;
  private long count;

  VirtualTime(Instant now) {
    this.now = now;
  }

  synchronized Instant now() {
    return now;
  }

  /** Has it done by whoever moves the time to that moment or beyond. */
  synchronized VirtualAlarm at(Instant at, Runnable action) {
    VirtualAlarm alarm = new VirtualAlarm(this, at, count++, action);
    alarms.add(alarm);
    return alarm;
  }

  synchronized void forget(VirtualAlarm alarm) {
    alarms.remove(alarm);
  }

  /** Does on the way what is due on the way, each at its time. */
  void advanceTo(Instant target) {
    for (VirtualAlarm alarm = next(target); alarm != null; alarm = next(target)) {
      alarm.run();
    }
  }

  /** Time passes for everybody else while this process stands still. */
  synchronized void pauseUntil(Instant target) {
    now = latest(now, target);
  }

  /** The process goes on after a pause, and does what it is late with. */
  void resume() {
    advanceTo(now());
  }

  private synchronized @Nullable VirtualAlarm next(Instant target) {
    VirtualAlarm first = alarms.peek();
    if (first == null || first.at().isAfter(target)) {
      now = latest(now, target);
      return null;
    }
    now = latest(now, first.at());
    return alarms.poll();
  }

  Duration until(Instant then) {
    return Duration.between(now(), then);
  }

  private static Instant latest(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }
}
