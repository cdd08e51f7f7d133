package dev.dibs.examples.benchmark.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class VoidRuleTest {
  @Test
  void reasons_opponentsAtTheirBounds_areNone() {
    assertThat(VoidRule.reasons(Runs.strong().results())).isEmpty();
  }

  @Test
  void reasons_oneOpponentBelowItsBound_namesIt() {
    Runs weak =
        new Runs()
            .drain("textbook", 1_000)
            .drain("sql-limit", 9_990)
            .drain("db-scheduler", 1_300)
            .drain("jobrunr", 350);

    assertThat(VoidRule.reasons(weak.results()))
        .containsExactly("sql-limit reached 9.99 times the textbook claim, less than 10.0");
  }

  @Test
  void reasons_aMissingOpponent_isOne() {
    Runs alone = new Runs().drain("dibs", 1).drain("textbook", 1);

    assertThat(VoidRule.reasons(alone.results())).hasSize(3).allMatch(r -> r.contains("missing"));
  }
}
