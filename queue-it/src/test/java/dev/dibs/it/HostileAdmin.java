package dev.dibs.it;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.FailedFilter;
import dev.dibs.NewTask;
import dev.dibs.Pause;
import dev.dibs.Retention;
import dev.dibs.Task;
import dev.dibs.TaskAdmin;
import dev.dibs.TaskQueue;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** The part of {@link HostileRun} that operators do: names and errors of any kind, in filters. */
final class HostileAdmin {
  private final HostileRun run;
  private final TaskQueue queue;
  private final TaskAdmin admin;
  private final Connection server;
  private final HostileValues values;

  HostileAdmin(HostileRun run, TaskQueue queue, Connection server, HostileValues values) {
    this.run = run;
    this.queue = queue;
    this.admin = queue.admin();
    this.server = server;
    this.values = values;
  }

  void feed() throws SQLException {
    String line = values.goodName();
    String type = values.goodName();
    Set<UUID> ids = new HashSet<>();
    String error = "";
    for (int i = 0; i < 3; i++) {
      ids.add(queue.enqueue(NewTask.of(type, "1").queue(line)));
    }
    ClaimRequest request = ClaimRequest.of(type).queue(line).limit(10);
    for (Claim claim : queue.claim(request)) {
      error = values.text();
      queue.apply(new ClaimUpdate.Fail(claim, error));
    }
    FailedFilter filter = FailedFilter.all().queue(line).type(type);
    search(filter, line, type, part(error));
    Instant instant = values.instant();
    UUID id = values.id();
    // Whether an instant is a valid one is for its own check.
    run.judge("failed", true, true, () -> admin.failed(filter.before(instant)));
    run.judge("failed", true, false, () -> admin.failed(FailedFilter.id(id)));
    statistics(line, type);
    check("redrive", ids, run.judge("redrive", true, false, () -> admin.redrive(filter).tasks()));
    pause(values.oneIn(2) ? Pause.queue(line) : Pause.type(type), request);
    queue.claim(request).forEach(claim -> queue.apply(new ClaimUpdate.Fail(claim, "x")));
    check("prune", ids, run.judge("prune", true, false, () -> admin.prune(filter)));
    nothing();
  }

  /** Some of the error, or what is like it for whoever takes it as a pattern. */
  private String part(String error) {
    String kept = HostileOracle.error(error);
    int[] points = kept.codePoints().limit(200).toArray();
    int from = values.between(0, points.length);
    String part = new String(points, from, values.between(0, points.length - from));
    return values.any(() -> part, () -> part, () -> "%" + part, () -> ".*", () -> "_");
  }

  private void search(FailedFilter filter, String line, String type, String part)
      throws SQLException {
    List<Task> found =
        run.judge(
            "failed",
            HostileOracle.isName(part),
            false,
            () -> admin.failed(filter.errorContains(part)));
    if (found == null) {
      return;
    }
    Set<UUID> expected = new HashSet<>();
    try (PreparedStatement statement =
        server.prepareStatement(
            "SELECT id FROM tasks WHERE status = 'failed' AND queue = ? AND type = ?"
                + " AND position(? IN error) > 0")) {
      statement.setString(1, line);
      statement.setString(2, type);
      statement.setString(3, part);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          expected.add(rows.getObject(1, UUID.class));
        }
      }
    }
    check("failed with " + HostileRun.shown(part), expected, found.stream().map(Task::id).toList());
  }

  private void statistics(String line, String type) {
    var stats = run.judge("stats", true, false, admin::stats);
    if (stats == null
        || stats.stream()
            .noneMatch(s -> s.queue().equals(line) && s.type().equals(type) && s.failed() == 3)) {
      run.found("stats lack " + HostileRun.shown(line) + " " + HostileRun.shown(type));
    }
  }

  private void pause(Pause pause, ClaimRequest request) {
    run.judge("pause", true, false, () -> HostileUpdates.done(() -> admin.pause(pause)));
    if (!queue.claim(request).isEmpty() || !admin.pauses().contains(pause)) {
      run.found("the pause of " + HostileRun.shown(pause.name()) + " does not hold");
    }
    run.judge("resume", true, false, () -> HostileUpdates.done(() -> admin.resume(pause)));
    if (admin.pauses().contains(pause)) {
      run.found("the pause of " + HostileRun.shown(pause.name()) + " does not end");
    }
  }

  private void nothing() {
    Duration duration = values.duration();
    boolean kept = HostileRun.isWithin(duration, Duration.ZERO, Duration.ofDays(36_500));
    run.judge(
        "sweep",
        kept,
        false,
        () -> admin.sweep(Retention.forever().cancelled(duration), values.id()));
    run.judge("sweep", false, false, () -> admin.sweep(Retention.forever(), null));
    run.judge("sweep", false, false, () -> admin.sweep(null, values.id()));
    run.judge("failed", false, false, () -> admin.failed(null));
    run.judge("redrive", false, false, () -> admin.redrive(null));
    run.judge("prune", false, false, () -> admin.prune(null));
    run.judge("pause", false, false, () -> HostileUpdates.done(() -> admin.pause(null)));
    run.judge("resume", false, false, () -> HostileUpdates.done(() -> admin.resume(null)));
  }

  private void check(String operation, Set<UUID> expected, Collection<UUID> found) {
    if (found == null || found.size() != expected.size() || !expected.containsAll(found)) {
      run.found(operation + " meant " + found + " instead of " + expected);
    }
  }
}
