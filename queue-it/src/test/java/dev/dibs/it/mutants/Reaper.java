package dev.dibs.it.mutants;

import dev.dibs.ClaimUpdate;
import dev.dibs.Outcome;
import dev.dibs.TaskQueue;
import dev.dibs.it.ForwardingTaskQueue;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;

/**
 * The process of other queues, or the operator's script, that puts back what it takes for
 * abandoned: first it reads which tasks, and a moment later it puts back one after the other.
 */
final class Reaper implements Ground.Beside {
  private static final String PUT_BACK =
      "UPDATE tasks SET status = 'pending', started_at = NULL WHERE id = ?";
  private static final String EXPIRED = "status = 'processing' AND lease_until < clock_timestamp()";

  private final DataSource dataSource;
  private final String abandoned;
  private final String putBack;
  private final List<UUID> found = new ArrayList<>();
  private final AtomicReference<CountDownLatch> nextLook =
      new AtomicReference<>(new CountDownLatch(1));

  private Reaper(DataSource dataSource, String abandoned, String putBack) {
    this.dataSource = dataSource;
    this.abandoned = "SELECT id FROM tasks WHERE " + abandoned;
    this.putBack = putBack;
  }

  /** Looks again at each under its lock. */
  static Reaper right(DataSource dataSource) {
    return new Reaper(dataSource, EXPIRED, PUT_BACK + " AND " + EXPIRED);
  }

  /** Updates by id what it read before, whatever became of it since. */
  static Reaper byId(DataSource dataSource) {
    return new Reaper(dataSource, EXPIRED, PUT_BACK);
  }

  /** Goes by the time since the claim, as if no holder could renew or ask for longer. */
  static Reaper byAge(DataSource dataSource, int millis) {
    String old =
        "status = 'processing' AND started_at < clock_timestamp() - interval '" + millis + " ms'";
    return new Reaper(dataSource, old, PUT_BACK + " AND " + old);
  }

  @Override
  public void turn() throws SQLException {
    try (Connection connection = dataSource.getConnection();
        PreparedStatement select = connection.prepareStatement(abandoned);
        PreparedStatement update = connection.prepareStatement(putBack)) {
      for (UUID id : found) {
        update.setObject(1, id);
        update.executeUpdate();
      }
      found.clear();
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          found.add(rows.getObject(1, UUID.class));
        }
      }
    }
    nextLook.getAndSet(new CountDownLatch(1)).countDown();
  }

  /** A claimant that, each time, writes just after the reaper has looked. */
  TaskQueue writingBehindItsBack(TaskQueue queue) {
    return new ForwardingTaskQueue(queue) {
      @Override
      public List<Outcome> applyAll(List<ClaimUpdate> updates) {
        try {
          nextLook.get().await(1, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
        return super.applyAll(updates);
      }
    };
  }
}
