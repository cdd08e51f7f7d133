package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.testkit.DibsPostgres;
import dev.dibs.testkit.wire.CutEverywhere;
import dev.dibs.testkit.wire.CutReport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The connection breaks at every message of every operation. */
@Timeout(600)
class CutEverywhereIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  @Test
  void everyOperation_cutAtEveryMessage_happensOnceAndTellsTheTruth() {
    CutReport report =
        CutEverywhere.on(postgres.jdbcUrl(), postgres.schema())
            .thorough(Boolean.getBoolean("dibs.test.full"))
            .threads(32)
            .run();
    System.out.println(report);
    assertThat(report.passed()).as(report::toString).isTrue();
  }
}
