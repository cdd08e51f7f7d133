package dev.dibs.testkit;

import dev.dibs.NewTask;
import dev.dibs.Pause;
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
            Tuple.of(1, task().map(Step.PutBack::new)),
            Tuple.of(1, takeAgain()),
            Tuple.of(2, task().map(Step.Cancel::new)),
            Tuple.of(1, redrive()),
            Tuple.of(1, task().map(Step.Prune::new)),
            Tuple.of(2, pause()),
            Tuple.of(2, task().map(Step.Look::new)),
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
            Arbitraries.integers().between(1, 3),
            Arbitraries.frequency(
                Tuple.of(4, Step.Key.NONE),
                Tuple.of(2, Step.Key.ONE),
                Tuple.of(1, Step.Key.OTHER),
                Tuple.of(1, Step.Key.WINDOWED)))
        .as(Step.Draft::new);
  }

  private static Arbitrary<Step> enqueueAll() {
    Arbitrary<Step.Repeat> repeat =
        Combinators.combine(task(), Arbitraries.frequency(Tuple.of(4, false), Tuple.of(1, true)))
            .as(Step.Repeat::new);
    return Combinators.combine(draft().list().ofMaxSize(4), repeat.list().ofMaxSize(2))
        .as(Step.EnqueueAll::new);
  }

  private static Arbitrary<Step> take() {
    return Combinators.combine(
            queue(),
            type().list().uniqueElements().ofMinSize(1),
            Arbitraries.integers().between(1, 4),
            Arbitraries.integers().between(1, 3),
            delete())
        .as(Step.Take::new);
  }

  private static Arbitrary<Step> takeAgain() {
    return Combinators.combine(
            Arbitraries.integers().between(0, 9),
            type().list().uniqueElements().ofMinSize(1),
            Arbitraries.integers().between(1, 3),
            delete())
        .as(Step.TakeAgain::new);
  }

  private static Arbitrary<Boolean> delete() {
    return Arbitraries.frequency(Tuple.of(3, false), Tuple.of(1, true));
  }

  private static Arbitrary<Step> redrive() {
    return Combinators.combine(task(), Arbitraries.of(true, false)).as(Step.Redrive::new);
  }

  private static Arbitrary<Step> pause() {
    Arbitrary<Pause> pause =
        Arbitraries.of(Pause.type("a"), Pause.type("b"), Pause.queue(NewTask.DEFAULT_QUEUE));
    Arbitrary<Boolean> on = Arbitraries.frequency(Tuple.of(1, true), Tuple.of(2, false));
    return Combinators.combine(pause, on).as(Step.SetPause::new);
  }

  private static Arbitrary<Integer> task() {
    return Arbitraries.integers().between(0, 9);
  }

  private static Arbitrary<Step.Wish> wish() {
    return Combinators.combine(
            Arbitraries.of(Step.Kind.values()),
            Arbitraries.integers().between(0, 9),
            Arbitraries.integers().between(0, 3))
        .as(Step.Wish::new);
  }

  /** Without two of which one must come first: which of them does is not promised. */
  private static Step applyAll(List<Step.Wish> wishes) {
    List<Step.Wish> kept = new ArrayList<>();
    for (Step.Wish wish : wishes) {
      if (kept.stream().noneMatch(wish::isOrderedWith)) {
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
