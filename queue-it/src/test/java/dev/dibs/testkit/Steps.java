package dev.dibs.testkit;

import dev.dibs.NewTask;
import dev.dibs.Priority;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.RandomDistribution;
import net.jqwik.api.Tuple;

/** Random sequences of {@link Step}: few types, lanes and times, so that tasks meet. */
final class Steps {
  private static final List<String> TYPES = List.of("a", "b", "c");

  private Steps() {}

  static Arbitrary<List<Step>> sequences() {
    Arbitrary<Step> step =
        Arbitraries.frequencyOf(
            Tuple.of(5, draft().map(Step.Enqueue::new)),
            Tuple.of(2, enqueueAll()),
            Tuple.of(7, take()),
            Tuple.of(5, wish().map(Step.Apply::new)),
            Tuple.of(2, wish().list().ofMaxSize(5).map(Steps::applyAll)),
            Tuple.of(4, Arbitraries.integers().between(1, 4).map(Step.Forward::new)),
            Tuple.of(1, Arbitraries.integers().between(0, 9).map(Step.PutBack::new)),
            Tuple.of(1, Arbitraries.just(new Step.Restart())));
    return step.list()
        .ofMinSize(1)
        .ofMaxSize(60)
        .withSizeDistribution(RandomDistribution.uniform());
  }

  private static Arbitrary<Step.Draft> draft() {
    return Combinators.combine(
            Arbitraries.of(0, 1, -1, Integer.MIN_VALUE),
            type(),
            queue(),
            Arbitraries.of(Priority.values()),
            Arbitraries.frequency(
                Tuple.of(4, 0), Tuple.of(1, 1), Tuple.of(1, 3), Tuple.of(1, -1), Tuple.of(1, -2)),
            Arbitraries.integers().between(1, 3))
        .as(Step.Draft::new);
  }

  private static Arbitrary<Step> enqueueAll() {
    Arbitrary<Step.Repeat> repeat =
        Combinators.combine(
                Arbitraries.integers().between(0, 9),
                Arbitraries.frequency(Tuple.of(4, false), Tuple.of(1, true)))
            .as(Step.Repeat::new);
    return Combinators.combine(draft().list().ofMaxSize(4), repeat.list().ofMaxSize(2))
        .as(Step.EnqueueAll::new);
  }

  private static Arbitrary<Step> take() {
    return Combinators.combine(
            queue(),
            type().list().uniqueElements().ofMinSize(1),
            Arbitraries.integers().between(1, 4),
            Arbitraries.integers().between(1, 3))
        .as(Step.Take::new);
  }

  private static Arbitrary<Step.Wish> wish() {
    return Combinators.combine(
            Arbitraries.of(Step.Kind.values()),
            Arbitraries.integers().between(0, 9),
            Arbitraries.integers().between(0, 3))
        .as(Step.Wish::new);
  }

  /** At most one of them puts a task back: which of two comes first in line is not promised. */
  private static Step applyAll(List<Step.Wish> wishes) {
    List<Step.Wish> kept = new ArrayList<>();
    for (Step.Wish wish : wishes) {
      if (!wish.putsBack() || kept.stream().noneMatch(Step.Wish::putsBack)) {
        kept.add(wish);
      }
    }
    return new Step.ApplyAll(kept);
  }

  private static Arbitrary<String> type() {
    return Arbitraries.of(TYPES);
  }

  private static Arbitrary<String> queue() {
    return Arbitraries.frequency(Tuple.of(6, NewTask.DEFAULT_QUEUE), Tuple.of(1, "other"));
  }
}
