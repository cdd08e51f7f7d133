package dev.dibs.it;

import dev.dibs.AttemptError;
import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.LeaseLostException;
import dev.dibs.Outcome;
import dev.dibs.TaskQueue;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The part of {@link HostileRun} that writes with claims. */
final class HostileUpdates {
  private static final int PROGRESS = 1 << 16;
  private static final Duration TEN_YEARS = Duration.ofDays(3650);

  private final HostileRun run;
  private final TaskQueue queue;
  private final Connection server;
  private final HostileValues values;
  private final Deque<Claim> stock = new ArrayDeque<>();
  private int stocks;

  HostileUpdates(HostileRun run, TaskQueue queue, Connection server, HostileValues values) {
    this.run = run;
    this.queue = queue;
    this.server = server;
    this.values = values;
  }

  void feed() throws SQLException {
    Claim claim = claim();
    String before = row(claim);
    boolean written =
        switch (values.between(0, 8)) {
          case 0 -> complete(claim);
          case 1 -> progress(claim);
          case 2 -> failure(claim);
          case 3 -> errorText(claim);
          case 4, 5 -> duration(claim);
          case 6 -> list(claim);
          case 7 -> stranger(claim);
          default -> nulls(claim);
        };
    if (!written && !row(claim).equals(before)) {
      run.found("what was refused changed the row");
    }
  }

  private Claim claim() {
    if (stock.isEmpty()) {
      String type = "updates " + stocks++;
      for (int i = 0; i < 20; i++) {
        queue.enqueue(type, "1");
      }
      stock.addAll(queue.claim(ClaimRequest.of(type).limit(20).lease(Duration.ofDays(1))));
    }
    return stock.remove();
  }

  private boolean complete(Claim claim) throws SQLException {
    HostileOracle.Json result = run.json();
    return written(
        run.judge(
            "complete",
            HostileRun.fits(result),
            result,
            () -> done(() -> claim.complete(result.text()))),
        claim,
        "result::text",
        result.normal());
  }

  private boolean progress(Claim claim) throws SQLException {
    HostileOracle.Json progress = run.json();
    return written(
        run.judge(
            "progress",
            progress.isValid(PROGRESS),
            progress,
            () -> done(() -> claim.progress(progress.text()))),
        claim,
        "progress::text",
        progress.normal());
  }

  private boolean failure(Claim claim) throws SQLException {
    Throwable error = values.throwable();
    if (run.judge("fail", true, false, () -> done(() -> claim.fail(error))) == null) {
      return false;
    }
    String kept = column(claim, "error");
    if (kept == null || kept.length() > 4000 || !kept.contains(error.getClass().getSimpleName())) {
      run.found("fail kept " + HostileRun.shown(String.valueOf(kept)));
    }
    checkHistory(claim, String.valueOf(kept));
    return true;
  }

  private boolean errorText(Claim claim) throws SQLException {
    String text = values.oneIn(3) ? values.text().repeat(values.between(1, 500)) : values.text();
    Duration delay = values.oneIn(2) ? Duration.ZERO : values.duration();
    boolean retry = values.oneIn(2);
    boolean valid = !retry || HostileRun.isWithin(delay, Duration.ZERO, TEN_YEARS);
    boolean written =
        written(
            run.judge(
                "apply",
                valid,
                false,
                () ->
                    queue.apply(
                        retry
                            ? new ClaimUpdate.Retry(claim, text, delay)
                            : new ClaimUpdate.Fail(claim, text))),
            claim,
            "error",
            HostileOracle.error(text));
    if (written) {
      checkHistory(claim, HostileOracle.error(text));
    }
    return written;
  }

  private void checkHistory(Claim claim, String error) {
    List<String> history = queue.errors(claim.id()).stream().map(AttemptError::error).toList();
    if (!history.equals(List.of(error))) {
      run.found("the history is " + HostileRun.shown(history.toString()));
    }
  }

  private boolean duration(Claim claim) throws SQLException {
    Duration duration = values.duration();
    boolean delay = HostileRun.isWithin(duration, Duration.ZERO, TEN_YEARS);
    boolean lease = HostileRun.isWithin(duration, Duration.ofMillis(1), Duration.ofDays(30));
    return switch (values.between(0, 3)) {
      case 0 -> run.judge("snooze", delay, false, () -> done(() -> claim.snooze(duration))) != null;
      case 1 -> run.judge("extend", lease, false, () -> done(() -> claim.extend(duration))) != null;
      case 2 ->
          run.judge(
                  "apply",
                  delay,
                  false,
                  () -> queue.apply(new ClaimUpdate.Release(claim, duration)))
              != null;
      default ->
          run.judge(
                  "apply", lease, false, () -> queue.apply(new ClaimUpdate.Extend(claim, duration)))
              != null;
    };
  }

  /** Several of one claim, and lists with holes or of any length. */
  private boolean list(Claim claim) throws SQLException {
    HostileOracle.Json progress = run.json();
    if (!progress.isValid(PROGRESS) || progress.mayBeTooLong()) {
      return false;
    }
    ClaimUpdate update = new ClaimUpdate.Progress(claim, progress.text());
    List<ClaimUpdate> updates = new ArrayList<>(Collections.nCopies(values.between(1, 3), update));
    boolean hole = values.oneIn(3);
    if (hole) {
      updates.add(values.between(0, updates.size()), null);
    } else if (values.oneIn(20)) {
      updates.addAll(
          Collections.nCopies(10_000, new ClaimUpdate.Extend(claim, Duration.ofDays(1))));
    }
    List<Outcome> outcomes = run.judge("applyAll", !hole, false, () -> queue.applyAll(updates));
    if (outcomes != null
        && (outcomes.size() != updates.size()
            || !outcomes.stream().allMatch(o -> o == Outcome.APPLIED))) {
      run.found("applyAll answered " + outcomes.stream().distinct().toList());
    }
    return written(outcomes, claim, "progress::text", progress.normal());
  }

  /** Whoever guesses a token, or has the claim of another queue. */
  private boolean stranger(Claim claim) {
    Claim forged = new Claim(queue, claim.task(), values.id(), claim.alone());
    for (ClaimUpdate update :
        List.of(
            new ClaimUpdate.Complete(forged, Optional.of("1")),
            new ClaimUpdate.Retry(forged, "x", Duration.ZERO),
            new ClaimUpdate.Progress(forged, "1"),
            new ClaimUpdate.Extend(forged, Duration.ofHours(1)))) {
      if (run.judge("apply", true, false, () -> queue.apply(update)) != Outcome.LEASE_LOST) {
        run.found("apply let a forged claim through");
      }
    }
    try {
      forged.complete("1");
      run.found("complete let a forged claim through");
    } catch (LeaseLostException e) {
      // As it should be.
    }
    return false;
  }

  @SuppressWarnings("NullAway") // A null where none may be is what this is about.
  private boolean nulls(Claim claim) {
    String text = null;
    Duration duration = null;
    Throwable error = null;
    run.judge("complete", false, false, () -> done(() -> claim.complete(text)));
    run.judge("completeIn", false, false, () -> done(() -> claim.completeIn(null)));
    run.judge("progress", false, false, () -> done(() -> claim.progress(text)));
    run.judge("fail", false, false, () -> done(() -> claim.fail(error)));
    run.judge("fail", false, false, () -> done(() -> claim.fail(new Exception("x"), null)));
    run.judge(
        "fail", false, false, () -> done(() -> claim.fail(new Exception("x"), (a, e) -> null)));
    run.judge(
        "fail",
        false,
        false,
        () ->
            done(
                () -> claim.fail(new Exception("x"), (a, e) -> Optional.of(Duration.ofNanos(-1)))));
    run.judge("snooze", false, false, () -> done(() -> claim.snooze(duration)));
    run.judge("extend", false, false, () -> done(() -> claim.extend(duration)));
    run.judge("apply", false, false, () -> queue.apply(null));
    run.judge("applyAll", false, false, () -> queue.applyAll(null));
    run.judge("applyAll", false, false, () -> queue.applyAll(Arrays.asList(null, null)));
    run.judge("applyIn", false, false, () -> queue.applyIn(null, new ClaimUpdate.Complete(claim)));
    run.judge("applyIn", false, false, () -> queue.applyIn(server, null));
    return false;
  }

  static boolean done(Runnable call) {
    call.run();
    return true;
  }

  private boolean written(Object answer, Claim claim, String column, String expected)
      throws SQLException {
    if (answer == null) {
      return false;
    }
    String found = column(claim, column);
    if (expected == null || !expected.equals(found)) {
      run.found(
          column
              + " is "
              + HostileRun.shown(String.valueOf(found))
              + " instead of "
              + HostileRun.shown(String.valueOf(expected)));
    }
    return true;
  }

  private String row(Claim claim) throws SQLException {
    return String.valueOf(column(claim, "md5(t::text)"));
  }

  private String column(Claim claim, String column) throws SQLException {
    return value(server, "SELECT " + column + " FROM tasks t WHERE id = ?", claim.id());
  }

  static String value(Connection server, String sql, UUID id) throws SQLException {
    try (PreparedStatement statement = server.prepareStatement(sql)) {
      statement.setObject(1, id);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? row.getString(1) : null;
      }
    }
  }
}
