package dev.dibs.examples.benchmark.workload;

import java.util.ArrayList;
import java.util.List;

/** All workloads. */
public final class Workloads {
  private static final List<Workload> STANDARD =
      List.of(
          new EnqueueOne(),
          new EnqueueBulk(),
          new Drains("drain", List.of("dibs", "sql-limit", "textbook", "db-scheduler", "jobrunr")),
          new Drains("drain-delete", List.of("dibs-delete", "sql-limit-delete", "db-scheduler")),
          new Latency(),
          new Steady(),
          new MixedHandlers(),
          new Processes(),
          new PayloadSizes(),
          new Flat(),
          new HeldSnapshot(),
          new StalePlans(),
          new Memory(),
          new Idle());

  private Workloads() {}

  /** Those of these names, separated by commas; all but the sweep if there is none. */
  public static List<Workload> named(String names) {
    if (names.isBlank()) {
      return STANDARD;
    }
    List<Workload> all = new ArrayList<>(STANDARD);
    all.add(new Sweep());
    List<Workload> chosen = new ArrayList<>();
    for (String name : names.split(",", -1)) {
      chosen.add(
          all.stream()
              .filter(workload -> workload.name().equals(name.strip()))
              .findFirst()
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "no workload '"
                              + name
                              + "'; there are "
                              + all.stream().map(Workload::name).toList())));
    }
    return chosen;
  }
}
