package dev.dibs.testkit.storm;

import dev.dibs.NewTask;
import dev.dibs.Priority;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;

/** What a storm was told: written by its setters, read by its clients. */
final class Settings {
  static final int MAX_ATTEMPTS = NewTask.DEFAULT_MAX_ATTEMPTS;

  int tasks = 10_000;
  int claimers = 64;
  long seed = ThreadLocalRandom.current().nextLong();
  List<String> types = List.of("storm_a", "storm_b", "storm_c");
  List<Priority> priorities = List.of(Priority.HIGH, Priority.NORMAL);
  int maxBatch = 50;
  int late = 10;
  int unique;
  int transactional;
  int retries;
  int releases;
  Duration work = Duration.ZERO;
  Duration lease = Duration.ofSeconds(30);
  Duration lookBehind = Duration.ofSeconds(11);
  Duration stuckAfter = Duration.ofSeconds(60);
  Set<Fault> faults = EnumSet.noneOf(Fault.class);
  Duration faultsFor = Duration.ofSeconds(10);
  boolean audit;
  Optional<SideDoor> sideDoor = Optional.empty();

  static int range(String option, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          option + ": must be " + min + " to " + max + ", was " + value);
    }
    return value;
  }

  static Duration range(String option, Duration value, Duration min) {
    if (value.compareTo(min) < 0 || value.compareTo(Duration.ofDays(1)) > 0) {
      throw new IllegalArgumentException(
          option + ": must be " + min.toMillis() + " ms to 1 day, was " + value);
    }
    return value;
  }

  /** Checks what no setter can check alone. */
  void check() {
    if (sideDoor.isEmpty() && (transactional > 0 || audit || !faults.isEmpty())) {
      throw new IllegalStateException(
          "transactional, audit and faults need database(dataSource, schema)");
    }
    if (late == 0 && (unique > 0 || transactional > 0)) {
      throw new IllegalStateException("unique and transactional need late tasks, late was 0");
    }
    if (stuckAfter.compareTo(lease) <= 0 && !faults.isEmpty()) {
      throw new IllegalStateException(
          "stuckAfter: with faults it must be longer than the lease "
              + lease
              + ", was "
              + stuckAfter);
    }
  }

  /** Whether claimers may still sit on their tasks when the leases are over. */
  boolean mayLoseLeases() {
    return work.compareTo(lease) >= 0 || !faults.isEmpty();
  }

  /** How many tasks are enqueued before the storm. */
  int preloaded() {
    return tasks - (int) ((long) tasks * late / 100);
  }

  /** The calls that make these settings again. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    call(text, "tasks", tasks);
    call(text, "claimers", claimers);
    call(text, "seed", seed + (seed == (int) seed ? "" : "L"));
    call(text, "types", join(types.stream().map(Settings::quoted).toList()));
    call(text, "priorities", join(priorities.stream().map(Priority::name).toList()));
    call(text, "maxBatch", maxBatch);
    call(text, "late", late);
    call(text, "unique", unique);
    call(text, "transactional", transactional);
    call(text, "retries", retries);
    call(text, "releases", releases);
    call(text, "work", duration(work));
    call(text, "lease", duration(lease));
    call(text, "lookBehind", duration(lookBehind));
    call(text, "stuckAfter", duration(stuckAfter));
    sideDoor.ifPresent(
        door -> {
          call(text, "database", "dataSource, " + quoted(door.schema()));
          call(text, "faults", join(faults.stream().map(fault -> "Fault." + fault).toList()));
          call(text, "faultsFor", duration(faultsFor));
          call(text, "audit", audit);
        });
    return text.toString();
  }

  private static void call(StringBuilder text, String option, Object value) {
    text.append('.').append(option).append('(').append(value).append(')');
  }

  private static String join(List<String> values) {
    return values.stream().collect(Collectors.joining(", "));
  }

  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  private static String duration(Duration value) {
    return "Duration.parse(\"" + value + "\")";
  }
}
