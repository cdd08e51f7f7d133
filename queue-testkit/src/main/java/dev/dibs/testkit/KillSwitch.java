package dev.dibs.testkit;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Counts the statements of one run of a handler and kills it after one of them: all its connections
 * are aborted, and every further call to one of them throws. Thread-safe.
 */
final class KillSwitch {
  private final int killAfter;
  private final List<String> statements = new ArrayList<>();
  private final List<Connection> connections = new ArrayList<>();
  private @Nullable String killedAfter;

  private KillSwitch(int killAfter) {
    this.killAfter = killAfter;
  }

  static KillSwitch after(int statements) {
    return new KillSwitch(statements);
  }

  static KillSwitch never() {
    return new KillSwitch(Integer.MAX_VALUE);
  }

  synchronized List<String> statements() {
    return List.copyOf(statements);
  }

  synchronized boolean hasKilled() {
    return killedAfter != null;
  }

  synchronized void opened(Connection connection) {
    checkAlive();
    connections.add(connection);
  }

  synchronized void checkAlive() {
    if (killedAfter != null) {
      throw new HandlerKilled(killedAfter);
    }
  }

  /** A statement has taken effect. */
  synchronized void done(String statement) throws SQLException {
    statements.add(statement);
    if (statements.size() == killAfter) {
      killedAfter = statement;
      for (Connection connection : connections) {
        connection.abort(Runnable::run);
      }
      checkAlive();
    }
  }
}
