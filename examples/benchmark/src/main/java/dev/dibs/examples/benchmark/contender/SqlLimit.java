package dev.dibs.examples.benchmark.contender;

import dev.dibs.jdbc.Schema;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/**
 * What the queue's own statements can do: threads that claim a batch and complete it, and nothing
 * else. No worker, no leases to renew, no waiting.
 */
final class SqlLimit implements Contender {
  private final String name;
  private final int threads;
  private final int batch;
  private final boolean bound;

  SqlLimit(Settings settings) {
    this.name = settings.name();
    this.threads = settings.integer("threads", 2);
    this.batch = settings.integer("batch", 500);
    this.bound = settings.flag("bound", true);
  }

  private boolean deletes() {
    return name.equals("sql-limit-delete");
  }

  @Override
  public String name() {
    return bound ? name : "skip-locked";
  }

  @Override
  public String settings() {
    return threads
        + " threads that drain, batches of "
        + batch
        + (bound ? "" : ", no lower bound of the lane")
        + (deletes() ? ", complete-and-delete" : "");
  }

  @Override
  public int connections() {
    return threads + 1;
  }

  @Override
  public void install(DataSource database) {
    Schema.install(database);
  }

  @Override
  public String table() {
    return "tasks";
  }

  @Override
  public String unfinished() {
    return "status <> 'completed' AND type = '" + Dibs.TYPE + "'";
  }

  @Override
  public int tasks() {
    return 400_000;
  }

  @Override
  public Producer producer(DataSource pool) {
    return new DibsTable(pool);
  }

  @Override
  public Running start(DataSource pool, Work work) {
    List<SqlThreads.Turn> turns = new ArrayList<>();
    String claim = read(bound ? "claim.sql" : "claim-by-function.sql");
    String complete = read(deletes() ? "complete-and-delete-plain.sql" : "complete-plain.sql");
    for (int i = 0; i < threads; i++) {
      ClaimedLane lane = new ClaimedLane(claim, complete, batch, bound, work);
      turns.add(
          () -> {
            try (Connection connection = pool.getConnection()) {
              return lane.take(connection);
            }
          });
    }
    return SqlThreads.start(work, turns);
  }

  private static String read(String statement) {
    String path = "/dev/dibs/jdbc/statements/" + statement;
    try (InputStream in = SqlLimit.class.getResourceAsStream(path)) {
      if (in == null) {
        throw new IllegalStateException(path + " is not there");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
