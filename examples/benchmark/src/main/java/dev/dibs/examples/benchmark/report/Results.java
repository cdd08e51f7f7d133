package dev.dibs.examples.benchmark.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Consumer;

/** All runs so far. Those with a problem count for nothing but are kept. */
public final class Results {
  private final List<Result> all = new ArrayList<>();
  private final Consumer<Result> listener;

  /**
   * @param listener is given each result as it comes
   */
  public Results(Consumer<Result> listener) {
    this.listener = listener;
  }

  /** Adds one. */
  public void add(Result result) {
    all.add(result);
    listener.accept(result);
  }

  /** What went wrong, a line for each run that counts for nothing. */
  public List<String> problems() {
    return all.stream()
        .filter(result -> !result.problem().isEmpty())
        .map(r -> r.workload() + ", " + r.variant() + ": " + r.problem())
        .distinct()
        .toList();
  }

  /** The variants of a workload in the order of their first runs. */
  public List<String> variants(String workload) {
    return all.stream()
        .filter(result -> result.workload().equals(workload))
        .map(Result::variant)
        .distinct()
        .toList();
  }

  /** The workloads in the order of their first runs. */
  public List<String> workloads() {
    return all.stream().map(Result::workload).distinct().toList();
  }

  Optional<String> settings(String workload, String variant) {
    return runs(workload, variant).stream().map(Result::settings).findFirst();
  }

  private List<Result> runs(String workload, String variant) {
    return all.stream()
        .filter(r -> r.workload().equals(workload) && r.variant().equals(variant))
        .toList();
  }

  /** The values of the runs that count. */
  public double[] values(String workload, String variant, Figure figure) {
    return runs(workload, variant).stream()
        .filter(result -> result.problem().isEmpty())
        .flatMap(result -> Optional.ofNullable(result.figures().get(figure)).stream())
        .mapToDouble(Double::doubleValue)
        .toArray();
  }

  /** Their median. */
  public OptionalDouble median(String workload, String variant, Figure figure) {
    double[] values = values(workload, variant, figure);
    return values.length == 0 ? OptionalDouble.empty() : OptionalDouble.of(Numbers.median(values));
  }

  /** How one variant's median stands to another's; empty if one of them is missing. */
  public OptionalDouble ratio(String workload, String variant, String base, Figure figure) {
    OptionalDouble a = median(workload, variant, figure);
    OptionalDouble b = median(workload, base, figure);
    return a.isPresent() && b.isPresent() && b.getAsDouble() != 0
        ? OptionalDouble.of(a.getAsDouble() / b.getAsDouble())
        : OptionalDouble.empty();
  }
}
