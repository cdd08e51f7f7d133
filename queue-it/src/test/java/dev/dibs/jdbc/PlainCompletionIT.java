package dev.dibs.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.Outcome;
import dev.dibs.Status;
import dev.dibs.TaskQueue;
import dev.dibs.it.Db;
import dev.dibs.testkit.DibsPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Completions without locking first: what is written, what is told, and whom they wait for. */
@Timeout(60)
class PlainCompletionIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  private static final int TASKS = 100;

  private final TaskQueue queue =
      PostgresTaskQueue.create(postgres.dataSource(), postgres.schema());
  private final PlainCompletion keeping = PlainCompletion.keeping(new Sql(postgres.schema()));
  private final PlainCompletion deleting = PlainCompletion.deleting(new Sql(postgres.schema()));
  private List<Claim> claims = List.of();
  private Connection connection;

  @BeforeEach
  void claim() throws SQLException {
    connection = postgres.connect();
    Db.execute(connection, "TRUNCATE tasks");
    queue.enqueueAll("a", Collections.nCopies(TASKS, "1"));
    claims = queue.claim(ClaimRequest.of("a").limit(TASKS));
  }

  @AfterEach
  void close() throws SQLException {
    connection.close();
  }

  private PlainCompletion completion(boolean deletes) {
    return deletes ? deleting : keeping;
  }

  private List<Fence> fences() {
    return claims.stream().map(claim -> new Fence(claim.id(), claim.token())).toList();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void run_allHeld_allCompleted(boolean deletes) throws SQLException {
    List<Fence> fences = fences();
    assertThat(completion(deletes).run(connection, fences))
        .containsExactlyInAnyOrderElementsOf(fences);
    assertThat(Db.column(connection, "SELECT DISTINCT status FROM tasks"))
        .isEqualTo(deletes ? List.of() : List.of("completed"));
  }

  @Test
  void run_deletingInTheirWindows_leftAsTheyAreUntilTheseAreOver() throws SQLException {
    List<Fence> fences = fences();
    Fence over = fences.get(0);
    Fence open = fences.get(1);
    window(over, "now() - interval '2 hours', now() - interval '1 hour'");
    window(open, "now(), now() + interval '1 hour'");
    List<Fence> expected = new ArrayList<>(fences);
    expected.remove(open);
    assertThat(deleting.run(connection, fences)).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(Db.column(connection, "SELECT id || status FROM tasks"))
        .containsExactly(open.id() + "processing");
  }

  private void window(Fence fence, String ends) throws SQLException {
    Db.execute(
        connection,
        "UPDATE tasks SET unique_key = 'k', unique_window = tstzrange("
            + ends
            + ") WHERE id = '"
            + fence.id()
            + "'");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void run_noneHeld_nothingWritten(boolean deletes) throws SQLException {
    keeping.run(connection, fences());
    assertThat(completion(deletes).run(connection, fences())).isEmpty();
    assertThat(queue.counts()).containsEntry(Status.COMPLETED, (long) TASKS);
  }

  /** The token of another task is as wrong as one that never was; so is one's own after the end. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void run_someLost_tellsWhichWereWritten(boolean deletes) throws SQLException {
    List<Claim> others = anotherClaim();
    List<Fence> held = new ArrayList<>(fences());
    Fence completed = held.remove(0);
    Fence putBack = held.remove(0);
    Fence deleted = held.remove(0);
    Fence crossed = new Fence(held.remove(0).id(), others.get(0).token());
    Fence unknown = new Fence(held.remove(0).id(), UUID.randomUUID());
    keeping.run(connection, List.of(completed));
    Db.execute(connection, "UPDATE tasks SET status = 'pending' WHERE id = '" + putBack.id() + "'");
    Db.execute(connection, "DELETE FROM tasks WHERE id = '" + deleted.id() + "'");

    List<Fence> given = new ArrayList<>(held);
    given.addAll(List.of(completed, putBack, deleted, crossed, unknown));
    given.add(new Fence(others.get(0).id(), others.get(0).token()));
    Collections.reverse(given);
    List<Fence> expected = new ArrayList<>(held);
    expected.add(new Fence(others.get(0).id(), others.get(0).token()));
    assertThat(completion(deletes).run(connection, given))
        .containsExactlyInAnyOrderElementsOf(expected);
    assertThat(
            Db.column(connection, "SELECT id FROM tasks WHERE status = 'processing' ORDER BY id"))
        .containsExactly(crossed.id().toString(), unknown.id().toString());
  }

  private List<Claim> anotherClaim() {
    queue.enqueue("a", "2");
    return queue.claim(ClaimRequest.of("a").limit(1));
  }

  /** Where statements end before the wait for a lock does. */
  @Test
  void run_rowLockedForLongerThanAStatementMayTake_nothingWrittenAndRests() throws SQLException {
    Db.execute(connection, "SET statement_timeout = 100");
    try (Connection holder = postgres.connect()) {
      holder.setAutoCommit(false);
      Db.execute(holder, "SELECT 1 FROM tasks WHERE id = '" + claims.get(0).id() + "' FOR SHARE");
      assertThat(keeping.run(connection, fences())).isEmpty();
      assertThat(keeping.isDue()).isFalse();
    }
  }

  /** A row held open makes the batch go back, and the next ones leave it out without a try. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void run_rowLocked_nothingWrittenAndRests(boolean deletes) throws SQLException {
    PlainCompletion completion = completion(deletes);
    try (Connection holder = postgres.connect()) {
      holder.setAutoCommit(false);
      Db.execute(
          holder, "SELECT 1 FROM tasks WHERE id = '" + claims.get(TASKS / 2).id() + "' FOR SHARE");
      assertThat(completion.isDue()).isTrue();
      assertThat(completion.run(connection, fences())).isEmpty();
      assertThat(completion.isDue()).isFalse();
      assertThat(queue.counts()).containsEntry(Status.PROCESSING, (long) TASKS);

      List<ClaimUpdate> ends = claims.stream().<ClaimUpdate>map(ClaimUpdate.Complete::new).toList();
      for (Outcome others : List.of(Outcome.APPLIED, Outcome.ALREADY_APPLIED)) {
        List<Outcome> outcomes = new ArrayList<>(queue.applyAll(ends));
        assertThat(outcomes.remove(TASKS / 2)).isEqualTo(Outcome.LOCKED);
        assertThat(outcomes).containsOnly(others);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void run_afterwards_lockTimeoutIsTheConnectionsOwn(boolean deletes) throws SQLException {
    Db.execute(connection, "SET lock_timeout = '7s'");
    completion(deletes).run(connection, fences());
    assertThat(Db.query(connection, "SHOW lock_timeout")).isEqualTo("7s");
  }

  /** As the next three: what becomes of a statement that the checks above have to catch. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void mutant_anyTokenOfTheBatch_completesWhatAnotherClaimHolds(boolean deletes)
      throws SQLException {
    PlainCompletion completion = completion(deletes);
    Claim other = anotherClaim().get(0);
    Claim mine = claims.get(0);
    List<Fence> crossed =
        List.of(new Fence(mine.id(), other.token()), new Fence(other.id(), mine.token()));
    assertThat(completion.run(connection, crossed)).isEmpty();
    assertThat(
            Db.query(
                connection,
                bound(
                    mutant(
                        completion,
                        "(\"t\".\"id\", \"t\".\"token\") in (select \"f\".\"id\", ",
                        "\"t\".\"token\" in (select "),
                    crossed)))
        .isEqualTo("2");
  }

  @Test
  void mutant_lastingLockTimeout_staysOnTheConnection() throws SQLException {
    Db.execute(connection, "SET lock_timeout = '7s'");
    Db.query(connection, bound(mutant(keeping, "'500ms', true", "'500ms', false"), fences()));
    assertThat(Db.query(connection, "SHOW lock_timeout")).isEqualTo("500ms");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void mutant_withoutIsTrue_isAJoinAndHashesNoFences(boolean deletes) throws SQLException {
    PlainCompletion completion = completion(deletes);
    String plain = bound(completion.sql(), fences());
    String mutant = bound(mutant(completion, " is true", ""), fences());
    assertThat(plan(plain)).contains("hashed SubPlan");
    assertThat(plan(mutant)).contains("Join").doesNotContain("hashed SubPlan");
  }

  @Test
  void mutant_deletingWhateverItsWindow_deletesWhatKeepsOthersOut() throws SQLException {
    Fence open = fences().get(0);
    window(open, "now(), now() + interval '1 hour'");
    String part =
        " and (\"t\".\"unique_window\" is null"
            + " or \"pg_catalog\".\"upper\"(\"t\".\"unique_window\") < \"clock_timestamp\"())";
    assertThat(Db.query(connection, bound(mutant(deleting, part, ""), List.of(open))))
        .isEqualTo("1");
  }

  private String plan(String sql) throws SQLException {
    return String.join("\n", Db.column(connection, "EXPLAIN " + sql));
  }

  private static String mutant(PlainCompletion completion, String part, String replacement) {
    assertThat(completion.sql()).containsOnlyOnce(part);
    return completion.sql().replace(part, replacement);
  }

  private static String bound(String sql, List<Fence> fences) {
    return sql.replaceFirst("\\?", array(fences.stream().map(Fence::id)))
        .replaceFirst("\\?", array(fences.stream().map(Fence::token)));
  }

  private static String array(Stream<UUID> values) {
    return values.map(UUID::toString).collect(Collectors.joining(",", "'{", "}'"));
  }
}
