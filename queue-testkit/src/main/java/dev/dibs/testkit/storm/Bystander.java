package dev.dibs.testkit.storm;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

/** What goes on beside the clients of a storm until it is over, on a session of the side door. */
abstract class Bystander implements Runnable {
  private static final Duration AFTER_FAILURE = Duration.ofMillis(50);

  final SideDoor door;
  final Progress progress;

  Bystander(SideDoor door, Progress progress) {
    this.door = door;
    this.progress = progress;
  }

  /**
   * Does one step, and says how long to wait until the next. The connection is in autocommit mode
   * and must be left so; one on which a step failed is not used again.
   */
  abstract Duration step(Connection connection) throws SQLException, InterruptedException;

  @Override
  public final void run() {
    try {
      while (!progress.isOver()) {
        work();
        progress.awaitOver(AFTER_FAILURE);
      }
    } catch (InterruptedException e) {
      progress.abort(e);
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      progress.abort(e);
    }
  }

  private void work() throws InterruptedException {
    try (SideDoor.Session session = door.open()) {
      while (!progress.isOver()) {
        progress.awaitOver(step(session.connection()));
      }
    } catch (SQLException e) {
      refused(e);
    }
  }

  /** What a role may not do it can never do; what else there is passes. */
  private static void refused(SQLException e) {
    if ("42501".equals(e.getSQLState())) {
      throw new IllegalStateException(
          "database: its role lacks a privilege that the storm needs: " + e.getMessage(), e);
    }
  }
}
