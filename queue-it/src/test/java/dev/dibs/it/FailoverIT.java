package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.NewTask;
import dev.dibs.jdbc.Schema;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;

/** The primary dies and its replica takes over; the programs know both and are not restarted. */
@Timeout(120)
class FailoverIT {
  @TempDir Path directory;

  private CrashServer primary;
  private Standby standby;

  @BeforeEach
  void start() throws Exception {
    primary =
        CrashServer.create(
            directory.resolve("primary"), Map.of("fsync", "on", "wal_keep_size", "1GB"));
    primary.start();
    Schema.install(primary.dataSource());
    standby = Standby.of(primary, directory.resolve("standby"));
    standby.awaitCaughtUpWith(primary);
  }

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable server : new AutoCloseable[] {standby, primary}) {
      if (server != null) {
        server.close();
      }
    }
  }

  @Test
  void asynchronousReplica_promotedUnderLoad_workerCompletesAllThatItHas() throws Exception {
    int tasks = 3_000;
    try (Load load = new Load(both())) {
      load.queue().enqueueAll("a", Collections.nCopies(tasks, "1"));
      standby.awaitCaughtUpWith(primary);
      load.startWorker();
      load.awaitMore(0, tasks / 10);
      int before = failOver(load);
      load.awaitDrained(standby.server().dataSource());

      assertThat(count()).isEqualTo(tasks);
      UUID next = load.queue().enqueue("a", "2");
      load.awaitDrained(standby.server().dataSource());
      assertThat(load.queue().find(next)).isPresent();
      System.out.printf(
          "failover: %d tasks, %d completed before it, all after it, %d completions lost with the"
              + " primary and made again%n",
          tasks, before, load.queue().lost(standby.server().dataSource()).size());
    }
  }

  /** What docs/guarantees.md says is not promised. */
  @Test
  void asynchronousReplica_behindThePrimary_losesWhatWasAcknowledged() throws Exception {
    try (Load load = new Load(both())) {
      UUID replicated = load.queue().enqueue("a", "1");
      standby.awaitCaughtUpWith(primary);
      standby.stopReceiving();
      UUID acknowledged = load.queue().enqueue(NewTask.of("a", "2"));
      assertThat(load.queue().find(acknowledged)).isPresent();
      failOver(load);
      load.startWorker();
      load.awaitDrained(standby.server().dataSource());

      assertThat(load.queue().find(replicated)).isPresent();
      assertThat(load.queue().lost(standby.server().dataSource()))
          .containsExactly("LOST task " + acknowledged);
    }
  }

  @Test
  void synchronousReplica_promotedUnderLoad_hasAllThatWasAcknowledged() throws Exception {
    Db.execute(
        primary.dataSource(),
        "ALTER SYSTEM SET synchronous_standby_names = 'standby'",
        "SELECT pg_reload_conf()");
    Poll.until(
        "the standby is synchronous",
        Duration.ofSeconds(30),
        () ->
            Db.query(primary.dataSource(), "SELECT sync_state FROM pg_stat_replication")
                .equals("sync"));
    try (Load load = new Load(both())) {
      load.startWorker();
      load.startProducers();
      load.awaitMore(300, 300);
      int before = failOver(load);
      load.awaitMore(100, 100);
      load.stopProducers();
      load.awaitDrained(standby.server().dataSource());

      assertThat(load.queue().lost(standby.server().dataSource())).isEmpty();
      System.out.printf(
          "failover, synchronous: acknowledged %d enqueues and %d completions (%d before it), %d"
              + " outcomes unknown and repeated, 0 lost%n",
          load.queue().enqueued(), load.queue().completed(), before, load.queue().unknown());
    }
  }

  /** Returns how many completions were acknowledged before. */
  private int failOver(Load load) throws Exception {
    primary.crash();
    int before = load.queue().completed();
    standby.promote();
    return before;
  }

  /** Knows both servers and asks for the one that takes writes. */
  private PGSimpleDataSource both() {
    PGSimpleDataSource dataSource = new PGSimpleDataSource();
    dataSource.setUrl(
        "jdbc:postgresql://localhost:%d,localhost:%d/postgres?user=postgres&targetServerType=primary"
                .formatted(primary.port(), standby.server().port())
            // The driver otherwise believes for 10 s that the promoted one is a replica.
            + "&hostRecheckSeconds=1");
    return dataSource;
  }

  private int count() throws Exception {
    return Integer.parseInt(Db.query(standby.server().dataSource(), "SELECT count(*) FROM tasks"));
  }
}
