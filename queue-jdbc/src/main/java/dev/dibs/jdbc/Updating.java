package dev.dibs.jdbc;

import static java.util.Objects.requireNonNull;

import dev.dibs.ClaimUpdate;
import dev.dibs.Outcome;
import dev.dibs.SetupException;
import dev.dibs.Status;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Applies updates: one statement for each verb, and one more to say why some were refused. */
final class Updating {
  private static final String LACKS_PRIVILEGE = "42501";

  private final Map<Class<? extends ClaimUpdate>, FencedUpdate> verbs;
  private final FencedUpdate completeAndDelete;
  private final Map<FencedUpdate, PlainCompletion> plain;
  private final ReadStatements reading;

  Updating(Sql sql, ReadStatements reading) {
    this.reading = reading;
    FencedUpdate complete = FencedUpdate.complete(sql);
    completeAndDelete = FencedUpdate.completeAndDelete(sql);
    plain =
        Map.of(
            complete, PlainCompletion.keeping(sql),
            completeAndDelete, PlainCompletion.deleting(sql));
    verbs =
        Map.of(
            ClaimUpdate.Complete.class, complete,
            ClaimUpdate.Retry.class, FencedUpdate.retry(sql),
            ClaimUpdate.Fail.class, FencedUpdate.fail(sql),
            ClaimUpdate.Release.class, FencedUpdate.release(sql),
            ClaimUpdate.Extend.class, FencedUpdate.extend(sql),
            ClaimUpdate.Progress.class, FencedUpdate.progress(sql));
  }

  private static boolean deletes(ClaimUpdate update) {
    return update instanceof ClaimUpdate.Complete && update.claim().deletedOnCompletion();
  }

  /** In transactions of their own, or all in that of the caller. */
  List<Outcome> apply(Session session, List<ClaimUpdate> updates, boolean wait) {
    Map<FencedUpdate, List<Integer>> places = new LinkedHashMap<>();
    for (int i = 0; i < updates.size(); i++) {
      places.computeIfAbsent(statement(updates.get(i)), verb -> new ArrayList<>()).add(i);
    }
    @Nullable Outcome[] outcomes = new Outcome[updates.size()];
    places.forEach(
        (statement, at) -> {
          List<FencedUpdate.Row> rows = at.stream().map(i -> row(updates.get(i))).toList();
          apply(session, statement, updates, at, rows, wait, outcomes);
        });
    return Arrays.asList(outcomes);
  }

  private FencedUpdate statement(ClaimUpdate update) {
    return deletes(update) ? completeAndDelete : requireNonNull(verbs.get(update.getClass()));
  }

  private void apply(
      Session session,
      FencedUpdate statement,
      List<ClaimUpdate> updates,
      List<Integer> places,
      List<FencedUpdate.Row> rows,
      boolean wait,
      @Nullable Outcome[] outcomes) {
    ClaimUpdate first = updates.get(places.get(0));
    String operation = operation(first);
    @Nullable Status[] written =
        session.write(
            operation,
            connection -> {
              try {
                return run(connection, statement, rows, wait);
              } catch (SQLException e) {
                if (deletes(first) && Database.state(e).equals(LACKS_PRIVILEGE)) {
                  throw mayNotDelete(operation);
                }
                throw e;
              }
            });
    List<UUID> refused = new ArrayList<>();
    Map<Fence, Status> takenEffect = new HashMap<>();
    for (int i = 0; i < written.length; i++) {
      Fence fence = rows.get(i).fence();
      if (written[i] == null) {
        refused.add(fence.id());
      } else {
        takenEffect.put(fence, written[i]);
      }
    }
    Map<UUID, ReadStatements.Standing> standings =
        refused.isEmpty()
            ? Map.of()
            : session.read(operation, connection -> reading.standings(connection, refused));
    for (int i = 0; i < written.length; i++) {
      Fence fence = rows.get(i).fence();
      // Of several with one fence the server has written one, and that stands for all.
      @Nullable Status status = takenEffect.get(fence);
      outcomes[places.get(i)] =
          status == null
              ? why(updates.get(places.get(i)), fence, standings.get(fence.id()))
              : status == Status.CANCELLED ? Outcome.CANCELLED : Outcome.APPLIED;
    }
  }

  private @Nullable Status[] run(
      Connection connection, FencedUpdate statement, List<FencedUpdate.Row> rows, boolean wait)
      throws SQLException {
    @Nullable PlainCompletion inOnePass = plain.get(statement);
    if (inOnePass == null
        || wait
        || rows.stream().anyMatch(row -> row.text() != null)
        || !inOnePass.isDue()) {
      return statement.run(connection, rows, wait);
    }
    Set<Fence> completed =
        inOnePass.run(connection, rows.stream().map(FencedUpdate.Row::fence).toList());
    List<FencedUpdate.Row> left =
        rows.stream().filter(row -> !completed.contains(row.fence())).toList();
    @Nullable Status[] ofLeft =
        left.isEmpty() ? new Status[0] : statement.run(connection, left, false);
    @Nullable Status[] written = new Status[rows.size()];
    int next = 0;
    for (int i = 0; i < written.length; i++) {
      written[i] = completed.contains(rows.get(i).fence()) ? Status.COMPLETED : ofLeft[next++];
    }
    return written;
  }

  /**
   * Why a row was not written. A row that this claim itself put into the state it wants has no
   * lease any more; one that was put there by hand still has.
   */
  private static Outcome why(
      ClaimUpdate update, Fence fence, ReadStatements.@Nullable Standing standing) {
    if (standing == null || !fence.token().equals(standing.token())) {
      return Outcome.LEASE_LOST;
    }
    if (standing.status() == Status.PROCESSING) {
      boolean goesOn =
          update instanceof ClaimUpdate.Extend || update instanceof ClaimUpdate.Progress;
      return goesOn && standing.cancelRequested() ? Outcome.CANCELLED : Outcome.LOCKED;
    }
    if (standing.status() == Status.CANCELLED) {
      return Outcome.CANCELLED;
    }
    boolean wanted = !standing.leased() && standing.status() == result(update);
    return wanted ? Outcome.ALREADY_APPLIED : Outcome.LEASE_LOST;
  }

  private static Status result(ClaimUpdate update) {
    if (update instanceof ClaimUpdate.Complete) {
      return Status.COMPLETED;
    }
    if (update instanceof ClaimUpdate.Fail) {
      return Status.FAILED;
    }
    boolean putsBack = update instanceof ClaimUpdate.Retry || update instanceof ClaimUpdate.Release;
    return putsBack ? Status.PENDING : Status.PROCESSING;
  }

  private static SetupException mayNotDelete(String operation) {
    return new SetupException(
        operation
            + ": the database role may not delete tasks, as deleteCompleted of the claim's request"
            + " demands, which a worker sets when its retention of completed tasks is zero; give"
            + " the role the grants of an admin, dibs_grant('admin', ...), or keep completed tasks");
  }

  private static FencedUpdate.Row row(ClaimUpdate update) {
    Fence fence = new Fence(update.claim().id(), update.claim().token());
    if (update instanceof ClaimUpdate.Retry retry) {
      return new FencedUpdate.Row(fence, Bind.micros(retry.delay()), retry.error());
    }
    if (update instanceof ClaimUpdate.Fail fail) {
      return new FencedUpdate.Row(fence, null, fail.error());
    }
    if (update instanceof ClaimUpdate.Release release) {
      return new FencedUpdate.Row(fence, Bind.micros(release.delay()), null);
    }
    if (update instanceof ClaimUpdate.Extend extend) {
      return new FencedUpdate.Row(fence, Bind.micros(extend.lease()), null);
    }
    if (update instanceof ClaimUpdate.Progress progress) {
      return new FencedUpdate.Row(fence, null, progress.progress());
    }
    if (update instanceof ClaimUpdate.Complete complete) {
      return new FencedUpdate.Row(fence, null, complete.result().orElse(null));
    }
    throw new AssertionError("unknown update " + update);
  }

  private static String operation(ClaimUpdate update) {
    return update.getClass().getSimpleName().toLowerCase(Locale.ROOT);
  }
}
