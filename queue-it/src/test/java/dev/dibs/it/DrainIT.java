package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.dibs.Status;
import dev.dibs.TaskQueue;
import dev.dibs.Worker;
import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.testkit.DibsPostgres;
import dev.dibs.testkit.wire.WireTap;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collections;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.ds.PGSimpleDataSource;

/** What a task costs on the wire and in WAL when a worker drains a full queue. */
class DrainIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  private static final int TASKS = 50_000;

  @Test
  void worker_noOpHandlers_drainsInBatchesOverThreeConnections() throws Exception {
    PGSimpleDataSource direct = postgres.dataSource().unwrap(PGSimpleDataSource.class);
    try (WireTap tap = WireTap.to(direct.getServerNames()[0], direct.getPortNumbers()[0]);
        HikariDataSource pool = new HikariDataSource()) {
      PGSimpleDataSource tapped = postgres.dataSource().unwrap(PGSimpleDataSource.class);
      tapped.setServerNames(new String[] {"localhost"});
      tapped.setPortNumbers(new int[] {tap.port()});
      tapped.setSslMode("disable");
      pool.setDataSource(tapped);
      pool.setMinimumIdle(0);
      pool.setMaximumPoolSize(10);
      TaskQueue queue = PostgresTaskQueue.create(pool, postgres.schema());
      queue.enqueueAll("noop", Collections.nCopies(TASKS, "{\"to\": \"a@example.org\"}"));
      tap.reset();

      CountDownLatch handled = new CountDownLatch(TASKS);
      String walBefore = lsn();
      long begun = System.nanoTime();
      try (Worker worker = Worker.builder(queue).concurrency(50).build()) {
        worker.register("noop", task -> handled.countDown()).start();
        assertThat(handled.await(5, TimeUnit.MINUTES)).as("all handled").isTrue();
      }
      double seconds = (System.nanoTime() - begun) / 1e9;
      double statements = (double) tap.statements() / TASKS;
      int connections = tap.peakConnections();

      assertThat(queue.counts()).containsEntry(Status.COMPLETED, (long) TASKS);
      System.out.printf(
          "drain: %d tasks, %.0f tasks/s, %.4f statements per task, %d B of WAL per task,"
              + " %d connections%n",
          TASKS, TASKS / seconds, statements, walSince(walBefore) / TASKS, connections);
      assertThat(statements).isLessThan(0.1);
      assertThat(connections).isLessThanOrEqualTo(3);
    }
  }

  private static String lsn() throws SQLException {
    return Db.query(postgres.dataSource(), "SELECT pg_current_wal_insert_lsn()");
  }

  private static long walSince(String lsn) throws SQLException {
    try (Connection connection = postgres.connect()) {
      return Long.parseLong(
          Db.query(
              connection,
              "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '" + lsn + "')::bigint"));
    }
  }
}
