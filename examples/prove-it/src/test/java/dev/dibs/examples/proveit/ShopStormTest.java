package dev.dibs.examples.proveit;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.dibs.TaskQueue;
import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.testkit.DibsPostgres;
import dev.dibs.testkit.storm.Storm;
import dev.dibs.testkit.storm.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Many claimers at once, on the shop's own pool settings and the database that the build names. */
class ShopStormTest {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  @Test
  void storm_onOurSettings_everyTaskHasOneClaimant() {
    HikariConfig settings = new HikariConfig();
    settings.setDataSource(postgres.dataSource());
    settings.setMaximumPoolSize(20);
    settings.setAutoCommit(false);
    try (HikariDataSource pool = new HikariDataSource(settings)) {
      TaskQueue queue = PostgresTaskQueue.create(pool, postgres.schema());
      Verdict verdict =
          Storm.on(queue).tasks(3_000).claimers(16).retries(5).releases(5).seed(1).run();

      System.out.println(verdict.summary());
      assertThat(verdict.passed()).as(verdict.toString()).isTrue();
    }
  }
}
