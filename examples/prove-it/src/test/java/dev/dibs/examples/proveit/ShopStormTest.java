package dev.dibs.examples.proveit;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.dibs.TaskQueue;
import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.testkit.DibsPostgres;
import dev.dibs.testkit.storm.Fault;
import dev.dibs.testkit.storm.Storm;
import dev.dibs.testkit.storm.Verdict;
import dev.dibs.testkit.wire.CutEverywhere;
import dev.dibs.testkit.wire.CutReport;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Many claimers at once, on the shop's own pool settings and the database that the build names. */
class ShopStormTest {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  private static HikariDataSource pool() {
    HikariConfig settings = new HikariConfig();
    settings.setDataSource(postgres.dataSource());
    settings.setMaximumPoolSize(20);
    settings.setAutoCommit(false);
    return new HikariDataSource(settings);
  }

  @Test
  void storm_onOurSettings_everyTaskHasOneClaimant() {
    try (HikariDataSource pool = pool()) {
      TaskQueue queue = PostgresTaskQueue.create(pool, postgres.schema());
      Verdict verdict =
          Storm.on(queue)
              .tasks(20_000)
              .claimers(16)
              .maxBatch(500)
              .retries(5)
              .releases(5)
              .seed(1)
              .run();

      System.out.println(verdict.summary());
      assertThat(verdict.passed()).as(verdict.toString()).isTrue();
    }
  }

  @Test
  void storm_withFaults_everyTaskHasOneClaimant() {
    try (HikariDataSource pool = pool()) {
      TaskQueue queue = PostgresTaskQueue.create(pool, postgres.schema());
      Verdict verdict =
          Storm.on(queue)
              .database(postgres.dataSource(), postgres.schema())
              .tasks(3_000)
              .claimers(16)
              .lease(Duration.ofSeconds(1))
              .unique(20)
              .transactional(50)
              .faults(Fault.TERMINATED_SESSION, Fault.PAUSED_CLAIMER, Fault.HELD_ROW)
              .run();

      System.out.println(verdict.summary());
      assertThat(verdict.passed()).as(verdict.toString()).isTrue();
    }
  }

  @Test
  void cutEverywhere_onOurDatabase_everyCallHappensOnce() {
    CutReport report =
        CutEverywhere.on(postgres.jdbcUrl(), postgres.schema()).only("complete request").run();

    System.out.println(report);
    assertThat(report.passed()).as(report::toString).isTrue();
  }
}
