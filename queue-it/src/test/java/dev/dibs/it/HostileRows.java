package dev.dibs.it;

import dev.dibs.NewTask;
import dev.dibs.TaskQueue;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.UUID;

/** The part of {@link HostileRun} that looks at what is really there. */
final class HostileRows {
  private final HostileRun run;
  private final TaskQueue queue;
  private final Connection server;

  HostileRows(HostileRun run, TaskQueue queue, Connection server) {
    this.run = run;
    this.queue = queue;
    this.server = server;
  }

  long count() throws SQLException {
    return Long.parseLong(Db.query(server, "SELECT count(*) FROM tasks"));
  }

  /** Returns whether it was written, rather than passed over for its key. */
  boolean check(NewTask task, UUID id, HostileOracle.Json payload) throws SQLException {
    if (!id.equals(task.id())) {
      if (task.uniqueKey().isEmpty() || queue.find(task.id()).isPresent()) {
        run.found("enqueueAll gave another id");
      }
      return false;
    }
    check(id, task.type(), task.queue(), payload);
    try (PreparedStatement statement =
        server.prepareStatement(
            "SELECT run_at, extract(epoch FROM run_at - created_at), unique_key, max_attempts,"
                + " priority FROM tasks WHERE id = ?")) {
      statement.setObject(1, id);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        Instant runAt = row.getObject(1, OffsetDateTime.class).toInstant();
        double late = row.getDouble(2) - task.delay().toMillis() / 1000.0;
        boolean due =
            task.runAt()
                .map(given -> given.truncatedTo(ChronoUnit.MICROS).equals(runAt))
                .orElse(late > -0.01 && late < 60);
        if (!due) {
          run.found("due at " + runAt + " instead of " + task.runAt() + " or in " + task.delay());
        }
        if (!task.uniqueKey().equals(Optional.ofNullable(row.getString(3)))
            || row.getInt(4) != task.maxAttempts()
            || row.getInt(5) != task.priority().rank()) {
          run.found("another key, number of attempts or priority");
        }
      }
    }
    return true;
  }

  void check(UUID id, String type, String line, HostileOracle.Json payload) throws SQLException {
    try (PreparedStatement statement =
        server.prepareStatement("SELECT type, queue, payload::text FROM tasks WHERE id = ?")) {
      statement.setObject(1, id);
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next()) {
          run.found("an enqueued task is not there");
        } else if (!row.getString(1).equals(type) || !row.getString(2).equals(line)) {
          run.found(
              "the names "
                  + HostileRun.shown(type)
                  + " and "
                  + HostileRun.shown(line)
                  + " came back otherwise");
        } else if (!row.getString(3).equals(payload.normal())) {
          run.found(
              "the payload "
                  + HostileRun.shown(payload.text())
                  + " came back as "
                  + HostileRun.shown(row.getString(3)));
        }
      }
    }
  }
}
