package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.jdbc.Schema;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The server is killed under load, again and again: what was acknowledged is there. */
@Timeout(600)
class ServerCrashIT {
  private static final Map<String, String> DURABLE =
      Map.of("fsync", "on", "synchronous_commit", "on");

  /** Whatever would write the log out early, and so by chance keep what was not promised. */
  private static final Map<String, String> FORGETFUL =
      Map.of(
          "synchronous_commit", "off",
          "wal_writer_delay", "10s",
          "wal_writer_flush_after", "1GB",
          "wal_buffers", "64MB",
          "bgwriter_lru_maxpages", "0",
          "autovacuum", "off");

  @TempDir Path directory;

  @Test
  void server_killedUnderLoad_hasAllThatWasAcknowledged() throws Exception {
    assertThat(lost("durable", DURABLE, TestSize.of(2, 20))).isEmpty();
  }

  /** The same with a server that acknowledges what it has not yet written. */
  @Test
  void server_withoutSynchronousCommit_isSeenToLoseAcknowledgedWork() throws Exception {
    Map<String, String> settings = new HashMap<>(DURABLE);
    settings.putAll(FORGETFUL);

    assertThat(lost("synchronous_commit=off", settings, 2))
        .anyMatch(line -> line.startsWith("LOST task"));
  }

  private List<String> lost(String name, Map<String, String> settings, int crashes)
      throws Exception {
    long seed = 11;
    Random random = new Random(seed);
    try (CrashServer server = CrashServer.create(directory.resolve("data"), settings)) {
      server.start();
      Schema.install(server.dataSource());
      // The tables themselves are to survive in any environment.
      Db.execute(server.dataSource(), "CHECKPOINT");
      try (Load load = new Load(server.dataSource())) {
        load.startWorker();
        load.startProducers();
        for (int crash = 1; crash <= crashes; crash++) {
          load.awaitMore(100 + random.nextInt(300), 100 + random.nextInt(300));
          server.crash();
          server.start();
        }
        load.awaitMore(100, 100);
        load.stopProducers();
        load.awaitDrained(server.dataSource());
        List<String> lost = load.queue().lost(server.dataSource());
        System.out.printf(
            "server crash, %s: %d crashes (seed %d), acknowledged %d enqueues and %d completions,"
                + " %d outcomes unknown and repeated, %d lost%n",
            name,
            crashes,
            seed,
            load.queue().enqueued(),
            load.queue().completed(),
            load.queue().unknown(),
            lost.size());
        return lost;
      }
    }
  }
}
