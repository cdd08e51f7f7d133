package dev.dibs.it.mutants;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.it.mutants.Mutant.Right;
import dev.dibs.testkit.DibsPostgres;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every mutant of the catalogue is caught by the rule that is meant for it, and what is right gets
 * through the same scene with the same seed. One seed; {@code -Pmutants} takes ten.
 */
@Timeout(600)
class MutantsIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  private static final int SEEDS = Integer.getInteger("dibs.test.seeds", 1);
  private static final long LONGEST_NANOS = 30_000_000_000L;

  private static final IdentityHashMap<Right, Set<Long>> passed = new IdentityHashMap<>();
  private static final Results results = new Results();
  private static Ground ground;

  @BeforeAll
  static void open() throws SQLException {
    ground = new Ground(postgres);
  }

  @AfterEach
  void clear() throws SQLException {
    ground.clear();
  }

  @AfterAll
  static void close() {
    ground.close();
    System.out.print(results.table(SEEDS));
  }

  /** Those whose names hold the text of {@code dibs.test.mutant}, all by default. */
  static List<Mutant> mutants() {
    String wanted = System.getProperty("dibs.test.mutant", "");
    return Catalogue.all().stream().filter(mutant -> mutant.name().contains(wanted)).toList();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("mutants")
  void mutant_eachSeed_isCaughtByItsRule(Mutant mutant) throws Exception {
    for (long seed : LongStream.rangeClosed(1, SEEDS).toArray()) {
      for (Right right : mutant.right()) {
        if (passed.computeIfAbsent(right, any -> new HashSet<>()).add(seed)) {
          long start = System.nanoTime();
          Sighting sighting = right.scene().play(ground, mutant.rule(), seed);
          results.addRight(System.nanoTime() - start);
          assertThat(sighting.broken())
              .as("%s, without it: %s, seed %d: %s", mutant, right.name(), seed, sighting.report())
              .isEmpty();
        }
      }
      long start = System.nanoTime();
      Sighting sighting = mutant.wrong().play(ground, mutant.rule(), seed);
      long nanos = System.nanoTime() - start;
      results.add(mutant, sighting, nanos);
      assertThat(sighting.broken())
          .as("%s, seed %d: %s", mutant, seed, sighting.report())
          .contains(mutant.rule());
      assertThat(nanos).as("%s, seed %d: nanoseconds", mutant, seed).isLessThan(LONGEST_NANOS);
    }
  }
}
