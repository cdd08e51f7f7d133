package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.dibs.TaskQueue;
import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.testkit.DibsPostgres;
import dev.dibs.testkit.storm.Fault;
import dev.dibs.testkit.storm.Storm;
import dev.dibs.testkit.storm.Verdict;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A storm with everything it has: the queue keeps every rule, and the checker sees none broken. */
class StormFaultsIT {
  private static final int CLAIMERS = 16;

  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  private static HikariDataSource pool;
  private static TaskQueue queue;

  @BeforeAll
  static void connect() {
    HikariConfig config = new HikariConfig();
    config.setDataSource(postgres.dataSource());
    config.setMaximumPoolSize(CLAIMERS + 1);
    config.setConnectionTimeout(60_000);
    pool = new HikariDataSource(config);
    queue = PostgresTaskQueue.create(pool, postgres.schema());
  }

  @AfterAll
  static void disconnect() {
    pool.close();
  }

  @Test
  void storm_allOptionsAndFaults_keepsEveryRule() {
    for (int seed = 1; seed <= TestSize.of(1, 20); seed++) {
      Verdict verdict =
          Storm.on(queue)
              .database(postgres.dataSource(), postgres.schema())
              .tasks(TestSize.of(6_000, 20_000))
              .claimers(CLAIMERS)
              .seed(seed)
              .late(40)
              .unique(30)
              .transactional(50)
              .retries(5)
              .releases(5)
              .maxBatch(20)
              .lease(Duration.ofSeconds(1))
              .work(Duration.ofMillis(20))
              .faults(Fault.values())
              .run();

      System.out.println("faults  " + verdict.summary());
      assertThat(verdict.passed()).as(verdict.toString()).isTrue();
      assertThat(Fault.values())
          .as(verdict.summary())
          .allMatch(fault -> verdict.injected(fault) > 0);
    }
  }
}
