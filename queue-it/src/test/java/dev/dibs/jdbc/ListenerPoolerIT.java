package dev.dibs.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.TaskQueue;
import dev.dibs.Worker;
import dev.dibs.it.PgBouncer;
import dev.dibs.it.Poll;
import dev.dibs.testkit.DibsPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;

/** A listener behind a PgBouncer in transaction mode: its LISTEN succeeds, and nothing comes. */
@Timeout(120)
class ListenerPoolerIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  private static final String SKIPPED =
      "ListenerPoolerIT is skipped: this machine has no pgbouncer";

  @TempDir Path directory;

  @Test
  void listenOn_aTransactionPooler_isNotTrustedAndWorkersPoll() throws Exception {
    if (PgBouncer.program().isEmpty()) {
      System.out.println(SKIPPED);
    }
    Assumptions.assumeTrue(PgBouncer.program().isPresent(), SKIPPED);
    try (PgBouncer bouncer =
        PgBouncer.start(
            PgBouncer.program().orElseThrow(),
            postgres.dataSource().unwrap(PGSimpleDataSource.class),
            2,
            directory)) {
      PGSimpleDataSource pooled = bouncer.dataSource("");
      pooled.setPrepareThreshold(0);
      AtomicInteger listened = new AtomicInteger();
      PGSimpleDataSource ears =
          new PGSimpleDataSource() {
            @Override
            public Connection getConnection() throws SQLException {
              Connection connection = super.getConnection();
              listened.incrementAndGet();
              return connection;
            }
          };
      ears.setUrl(pooled.getUrl());
      ears.setUser(pooled.getUser());
      TaskQueue queue =
          PostgresTaskQueue.builder(pooled)
              .schema(postgres.schema())
              .listenOn(ears)
              .pace(new Listener.Pace(Duration.ofMillis(100), Duration.ofMillis(200)))
              .build();
      TaskQueue producer = PostgresTaskQueue.create(postgres.dataSource(), postgres.schema());
      CountDownLatch ran = new CountDownLatch(20);
      try (Worker worker = Worker.builder(queue).build()) {
        worker.register("a", task -> ran.countDown()).start();
        // The first two probes did not come back.
        Poll.until("listened anew", Duration.ofSeconds(30), () -> listened.get() >= 3);
        assertThat(queue.hearsOthers()).isFalse();
        for (int i = 0; i < 20; i++) {
          producer.enqueue("a", "1");
        }
        assertThat(ran.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(queue.hearsOthers()).isFalse();
      }
    }
  }
}
