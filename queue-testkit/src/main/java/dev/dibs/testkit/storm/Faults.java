package dev.dibs.testkit.storm;

import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicIntegerArray;

/** Which faults a storm has, whether they are on, and how many there were. Thread-safe. */
final class Faults {
  private final Map<Fault, Long> counts = new ConcurrentHashMap<>();
  private final AtomicIntegerArray pauses;
  private volatile boolean on;

  Faults(Set<Fault> faults, int claimers) {
    faults.forEach(fault -> counts.put(fault, 0L));
    this.pauses = new AtomicIntegerArray(claimers);
  }

  boolean has(Fault fault) {
    return counts.containsKey(fault);
  }

  boolean isOn() {
    return on;
  }

  void turn(boolean on) {
    this.on = on;
  }

  void happened(Fault fault) {
    counts.computeIfPresent(fault, (one, count) -> count + 1);
  }

  /** Asks a claimer to sit on what it claims next. */
  void pause(int claimer) {
    pauses.set(claimer, 1);
  }

  /** Whether this claimer was asked to; it counts once it really does. */
  boolean takePause(int claimer) {
    return pauses.get(claimer) != 0 && pauses.getAndSet(claimer, 0) != 0;
  }

  /** How many there were of each that the storm has. */
  Map<Fault, Long> counts() {
    Map<Fault, Long> copy = new EnumMap<>(Fault.class);
    copy.putAll(counts);
    return copy;
  }
}
