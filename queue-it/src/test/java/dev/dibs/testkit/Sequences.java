package dev.dibs.testkit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Function;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.RandomGenerator;
import net.jqwik.api.Shrinkable;

/**
 * Holds a property against many random sequences and shrinks the first that breaks it. A runner of
 * its own, because jqwik's costs more per try than the try; and because each sequence has a seed of
 * its own here, so that the millionth is replayed without the others.
 */
final class Sequences {
  private static final String SEED = "dibs.properties.seed";
  private static final String FIRST = "dibs.properties.first";
  private static final int GENERATED_SIZE = 1000;

  /** What needs luck to fail, as threads do, gets so many chances before it counts as too small. */
  private static final int REPETITIONS = 10;

  private static final Duration SHRINKING = Duration.ofSeconds(20);

  private Sequences() {}

  /**
   * Fails with the smallest sequence found that breaks the property, and how to replay it; says
   * what it did otherwise.
   *
   * @param count how many
   * @param parts what its size is the number of, and what is shown of it
   * @param property throws an {@link AssertionError} if the sequence breaks it
   */
  static <T> String hold(
      Arbitrary<T> arbitrary, int count, Function<T, List<?>> parts, Consumer<T> property) {
    RandomGenerator<T> generator = arbitrary.generator(GENERATED_SIZE);
    long seed = Long.getLong(SEED, new SplittableRandom().nextLong());
    int first = Integer.getInteger(FIRST, 0);
    int[] sizes = new int[1000];
    long begun = System.nanoTime();
    for (int i = first; i < first + count; i++) {
      Shrinkable<T> sequence = generator.next(random(seed, i));
      sizes[parts.apply(sequence.value()).size()]++;
      AssertionError error = errorOf(property, sequence.value());
      if (error != null) {
        throw broken(parts, property, sequence, error, seed, i);
      }
    }
    return String.format(
        Locale.ROOT,
        "%,d sequences from seed %d, median of %d operations, %.1f s",
        count,
        seed,
        median(sizes, count),
        (System.nanoTime() - begun) / 1e9);
  }

  private static Random random(long seed, int i) {
    return new Random(new SplittableRandom(seed + i).nextLong());
  }

  private static int median(int[] sizes, int count) {
    int size = 0;
    for (int seen = sizes[0]; seen <= count / 2; seen += sizes[size]) {
      size++;
    }
    return size;
  }

  private static <T> AssertionError broken(
      Function<T, List<?>> parts,
      Consumer<T> property,
      Shrinkable<T> sequence,
      AssertionError error,
      long seed,
      int index) {
    Shrinkable<T> smallest = sequence;
    AssertionError reason = error;
    long end = System.nanoTime() + SHRINKING.toNanos();
    boolean smaller = true;
    while (smaller && System.nanoTime() < end) {
      smaller = false;
      Iterator<Shrinkable<T>> candidates = smallest.shrink().iterator();
      while (!smaller && candidates.hasNext() && System.nanoTime() < end) {
        Shrinkable<T> candidate = candidates.next();
        AssertionError found = null;
        for (int i = 0; found == null && i < REPETITIONS; i++) {
          found = errorOf(property, candidate.value());
        }
        if (found != null) {
          smallest = candidate;
          reason = found;
          smaller = true;
        }
      }
    }
    List<String> lines = new ArrayList<>();
    parts.apply(smallest.value()).forEach(step -> lines.add("  " + step));
    return new AssertionError(
        "broken by "
            + parts.apply(smallest.value()).size()
            + " of "
            + parts.apply(sequence.value()).size()
            + " operations:\n"
            + String.join("\n", lines)
            + "\n"
            + reason.getMessage()
            + "\nreplay: -D"
            + SEED
            + "="
            + seed
            + " -D"
            + FIRST
            + "="
            + index,
        reason);
  }

  private static <T> AssertionError errorOf(Consumer<T> property, T sequence) {
    try {
      property.accept(sequence);
      return null;
    } catch (AssertionError e) {
      return e;
    }
  }
}
