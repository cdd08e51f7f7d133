package dev.dibs.it;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.NewTask;
import dev.dibs.Outcome;
import dev.dibs.OutcomeUnknownException;
import dev.dibs.TaskQueue;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;

/** Notes every write that was acknowledged to its caller, and tells which of them are gone. */
final class Acknowledgements extends ForwardingTaskQueue {
  private final Set<UUID> enqueued = ConcurrentHashMap.newKeySet();
  private final Set<UUID> completed = ConcurrentHashMap.newKeySet();
  private final Set<UUID> claimedAgain = ConcurrentHashMap.newKeySet();
  private final AtomicInteger unknown = new AtomicInteger();

  Acknowledgements(TaskQueue queue) {
    super(queue);
  }

  @Override
  public List<UUID> enqueueAll(List<NewTask> tasks) {
    try {
      List<UUID> ids = super.enqueueAll(tasks);
      enqueued.addAll(ids);
      return ids;
    } catch (OutcomeUnknownException e) {
      unknown.incrementAndGet();
      throw e;
    }
  }

  /** A lost completion shows here: what was lost is run and completed once more. */
  @Override
  public List<Claim> claim(ClaimRequest request) {
    List<Claim> claims = super.claim(request);
    claims.stream().map(Claim::id).filter(completed::contains).forEach(claimedAgain::add);
    return claims;
  }

  @Override
  public List<Outcome> applyAll(List<ClaimUpdate> updates) {
    try {
      List<Outcome> outcomes = super.applyAll(updates);
      for (int i = 0; i < updates.size(); i++) {
        boolean written =
            outcomes.get(i) == Outcome.APPLIED || outcomes.get(i) == Outcome.ALREADY_APPLIED;
        if (updates.get(i) instanceof ClaimUpdate.Complete && written) {
          completed.add(updates.get(i).claim().id());
        }
      }
      return outcomes;
    } catch (OutcomeUnknownException e) {
      unknown.incrementAndGet();
      throw e;
    }
  }

  int enqueued() {
    return enqueued.size();
  }

  int completed() {
    return completed.size();
  }

  /** Calls that ended without saying whether they had written. */
  int unknown() {
    return unknown.get();
  }

  /** One line for each acknowledged write that the database does not have, or did not have. */
  List<String> lost(DataSource database) throws SQLException {
    List<String> lost = new ArrayList<>();
    Set<UUID> there = ids(database, "SELECT id FROM tasks");
    enqueued.stream().filter(id -> !there.contains(id)).forEach(id -> lost.add("LOST task " + id));
    Set<UUID> done = ids(database, "SELECT id FROM tasks WHERE status = 'completed'");
    completed.stream()
        .filter(id -> claimedAgain.contains(id) || !done.contains(id))
        .forEach(id -> lost.add("LOST completion of " + id));
    return lost;
  }

  private static Set<UUID> ids(DataSource database, String sql) throws SQLException {
    Set<UUID> ids = new HashSet<>();
    try (var connection = database.getConnection()) {
      Db.column(connection, sql).forEach(id -> ids.add(UUID.fromString(id)));
    }
    return ids;
  }
}
