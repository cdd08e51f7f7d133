package dev.dibs.testkit;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/**
 * What is done to a queue by one caller alone, and then by several at once. Plain data: calls name
 * tasks and claims by where they stand among those that their branch knows, counted around.
 *
 * @param before what happens first, in order
 * @param branches what happens then, each in a thread of its own
 */
record Experiment(List<Call> before, List<List<Call>> branches) {
  /** One call. */
  sealed interface Call {
    /** Of a new task that has been due for so many minutes. */
    record Enqueue(String type, int dueFor, int maxAttempts, boolean keyed) implements Call {}

    /** Of one type, so that no turn between types tells one caller of another. */
    record Take(String type, int limit) implements Call {}

    /** With one claim. */
    record Write(Step.Kind kind, int claim) implements Call {}

    /** With two claims at once. */
    record WriteBoth(Step.Kind kind, int one, int other) implements Call {}

    /** Of one task. */
    record Cancel(int task) implements Call {}

    /** Of one task. */
    record Find(int task) implements Call {}

    /** Of one task, by hand. */
    record PutBack(int task) implements Call {}

    /** Time passes; only before the branches begin. */
    record Wait() implements Call {}
  }

  /** All calls, for their number and to be shown. */
  List<?> calls() {
    List<Object> calls = new ArrayList<>();
    before.forEach(call -> calls.add("before: " + call));
    for (int branch = 0; branch < branches.size(); branch++) {
      for (Call call : branches.get(branch)) {
        calls.add("branch " + branch + ": " + call);
      }
    }
    return calls;
  }

  /** So many callers who claim all that there is. */
  static Experiment claiming(int callers) {
    List<Call> tasks = new ArrayList<>();
    for (int dueFor = 6; dueFor > 0; dueFor--) {
      tasks.add(new Call.Enqueue("a", dueFor, 2, false));
    }
    List<Call> branch = List.of(new Call.Take("a", 2), new Call.Take("a", 2));
    return new Experiment(tasks, Collections.nCopies(callers, branch));
  }

  /** An operator puts a task back while its holder completes it. */
  static Experiment rescuing() {
    return new Experiment(
        List.of(new Call.Enqueue("a", 1, 1, false), new Call.Take("a", 1)),
        List.of(
            List.of(new Call.PutBack(0)), List.of(new Call.WriteBoth(Step.Kind.COMPLETE, 0, 0))));
  }

  static Arbitrary<Experiment> experiments() {
    Arbitrary<Call> before =
        Arbitraries.frequencyOf(
            Tuple.of(8, anywhere()), Tuple.of(1, Arbitraries.just(new Call.Wait())));
    Arbitrary<List<Call>> branch = anywhere().list().ofMinSize(1).ofMaxSize(4);
    return Combinators.combine(before.list().ofMaxSize(8), branch.list().ofMinSize(2).ofMaxSize(3))
        .as(Experiment::new);
  }

  /** Without expired leases and rescues: a claim of what is pending is right then, if alone. */
  Experiment quiet() {
    return new Experiment(quiet(before), branches.stream().map(Experiment::quiet).toList());
  }

  private static List<Call> quiet(List<Call> calls) {
    return calls.stream()
        .filter(call -> !(call instanceof Call.Wait) && !(call instanceof Call.PutBack))
        .toList();
  }

  private static Arbitrary<Call> anywhere() {
    Arbitrary<Integer> any = Arbitraries.integers().between(0, 5);
    Arbitrary<String> type = Arbitraries.frequency(Tuple.of(4, "a"), Tuple.of(1, "b"));
    Arbitrary<Step.Kind> kind = Arbitraries.of(Step.Kind.values());
    return Arbitraries.frequencyOf(
        Tuple.of(
            6,
            Combinators.combine(
                    type,
                    Arbitraries.integers().between(1, 5),
                    Arbitraries.integers().between(1, 2),
                    Arbitraries.frequency(Tuple.of(2, false), Tuple.of(1, true)))
                .as(Call.Enqueue::new)),
        Tuple.of(
            7, Combinators.combine(type, Arbitraries.integers().between(1, 3)).as(Call.Take::new)),
        Tuple.of(6, Combinators.combine(kind, any).as(Call.Write::new)),
        Tuple.of(3, Combinators.combine(kind, any, any).as(Call.WriteBoth::new)),
        Tuple.of(2, any.map(Call.Cancel::new)),
        Tuple.of(2, any.map(Call.Find::new)),
        Tuple.of(1, any.map(Call.PutBack::new)));
  }
}
