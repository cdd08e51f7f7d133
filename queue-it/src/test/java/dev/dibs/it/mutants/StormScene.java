package dev.dibs.it.mutants;

import dev.dibs.TaskQueue;
import dev.dibs.testkit.storm.Rule;
import dev.dibs.testkit.storm.Storm;
import dev.dibs.testkit.storm.Verdict;
import java.time.Duration;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A small storm on a subject.
 *
 * @param shape what is special about the storm
 * @param subject what the claimers work with
 */
record StormScene(Shaping shape, Subject subject) implements Scene {
  /** Makes a storm special. */
  interface Shaping {
    Storm of(Storm storm, Ground ground);
  }

  /** What the claimers of a storm work with: for each the queue of a process. */
  interface Subject {
    IntFunction<TaskQueue> on(Ground ground) throws Exception;

    /** The queue without any mistake, one for each claimer. */
    static IntFunction<TaskQueue> right(Ground ground) {
      return claimer -> ground.queue();
    }

    /** One queue with a mistake around the right one, for all claimers. */
    static Subject around(UnaryOperator<TaskQueue> mistake) {
      return ground -> {
        TaskQueue wrong = mistake.apply(ground.queue());
        return claimer -> wrong;
      };
    }
  }

  @Override
  public Sighting play(Ground ground, String rule, long seed) throws Exception {
    ground.clear();
    try {
      Storm storm =
          Storm.on(subject.on(ground)).types("a", "b").stuckAfter(Duration.ofSeconds(2)).seed(seed);
      Verdict verdict = shape.of(storm, ground).run();
      Set<String> broken =
          Stream.of(Rule.values())
              .filter(any -> verdict.count(any) > 0)
              .map(Rule::name)
              .collect(Collectors.toSet());
      return new Sighting(
          broken, verdict.claimsToDetection(Rule.valueOf(rule)), verdict.toString());
    } finally {
      ground.endScene();
    }
  }
}
