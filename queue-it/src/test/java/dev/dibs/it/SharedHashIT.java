package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.NewTask;
import dev.dibs.Pause;
import dev.dibs.TaskQueue;
import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.testkit.DibsPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Queues and types whose names have the same number in the claim index: they stand in one lane of
 * it, and nobody gets what he did not ask for.
 */
@Timeout(60)
class SharedHashIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  private static final String TWINS =
      "SELECT min(name) || ' ' || max(name) FROM (SELECT 'name-' || i AS name"
          + " FROM generate_series(1, 200000) AS i) AS names GROUP BY hashtext(name)"
          + " HAVING count(*) = 2 ORDER BY 1 LIMIT 1";
  private static final String NAMES =
      "then (t.queue = cast(claim_in_lanes.queue_name as text) and t.type = lane.type) else";
  private static final int EACH = 150;

  private Connection sql;
  private TaskQueue queue;
  private String mine;
  private String other;

  @BeforeEach
  void open() throws SQLException {
    sql = postgres.connect();
    Db.execute(sql, "TRUNCATE tasks");
    queue = PostgresTaskQueue.create(postgres.dataSource(), postgres.schema());
    String[] twins = Db.query(sql, TWINS).split(" ", -1);
    mine = twins[0];
    other = twins[1];
  }

  @AfterEach
  void close() throws SQLException {
    sql.close();
  }

  /** By the function, and by the statement once a claim has come back full. */
  @ParameterizedTest
  @ValueSource(ints = {10, 100})
  void claim_typesShareTheirNumber_takesNoneOfTheOther(int limit) {
    enqueueInTurn(NewTask.of(other, "1"), NewTask.of(mine, "1"));
    assertThat(claimedTypes(ClaimRequest.of(mine).limit(limit))).hasSize(EACH).containsOnly(mine);
    assertThat(claimedTypes(ClaimRequest.of(other).limit(limit))).hasSize(EACH).containsOnly(other);
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 100})
  void claim_queuesShareTheirNumber_takesNoneOfTheOther(int limit) {
    enqueueInTurn(NewTask.of("a", "1").queue(other), NewTask.of("a", "1").queue(mine));
    List<Claim> claims = claimAll(ClaimRequest.of("a").queue(mine).limit(limit));
    assertThat(claims).hasSize(EACH).allMatch(claim -> claim.task().queue().equals(mine));
    assertThat(claimAll(ClaimRequest.of("a").queue(other).limit(limit))).hasSize(EACH);
  }

  /** The control: what the names are asked for. */
  @Test
  void claim_withoutNames_takesTheOther() throws SQLException {
    enqueueInTurn(NewTask.of(other, "1"), NewTask.of(mine, "1"));
    String right = change("claim_in_lanes", NAMES, "then true else");
    try {
      assertThat(claimedTypes(ClaimRequest.of(mine).limit(10))).contains(other);
    } finally {
      Db.execute(sql, right);
    }
  }

  @Test
  void claimTask_typesShareTheirNumber_takesWhatWasAskedFor() throws SQLException {
    queue.enqueueAll(List.of(NewTask.of(other, "1"), NewTask.of(mine, "1"), NewTask.of(mine, "1")));
    assertThat(claimTask("types => ARRAY['" + mine + "']")).isEqualTo(mine);
    assertThat(claimTask("")).isEqualTo(other);
    assertThat(claimTask("types => ARRAY['" + other + "']")).isNull();
    assertThat(claimTask("")).isEqualTo(mine);
    assertThat(claimTask("")).isNull();
  }

  @Test
  void claimTask_queuesShareTheirNumber_takesNoneOfTheOther() throws SQLException {
    queue.enqueueAll(
        List.of(
            NewTask.of("a", "1").queue(other),
            NewTask.of("b", "1").queue(mine),
            NewTask.of("b", "1").queue(other)));
    assertThat(claimTask("queue => '" + mine + "'")).isEqualTo("b");
    assertThat(claimTask("queue => '" + mine + "'")).isNull();
    assertThat(claimTask("queue => '" + mine + "', types => ARRAY['a']")).isNull();
    assertThat(claimTask("queue => '" + other + "'")).isEqualTo("a");
    assertThat(claimTask("queue => '" + other + "'")).isEqualTo("b");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        " AND (wanted IS NULL OR t.type = ANY (wanted))",
        " AND t.queue = claim_task.queue"
      })
  void claimTask_withoutOneOfTheNames_takesTheOther(String name) throws SQLException {
    queue.enqueueAll(
        List.of(NewTask.of(other, "1").queue(mine), NewTask.of(mine, "1").queue(other)));
    String mineOnly = "queue => '" + mine + "', types => ARRAY['" + mine + "']";
    assertThat(claimTask(mineOnly)).isNull();
    String right = change("claim_task", name, "");
    try {
      assertThat(claimTask(mineOnly)).isNotNull();
    } finally {
      Db.execute(sql, right);
    }
  }

  /** Without types it goes by numbers, and both wait. */
  @Test
  void pause_typesShareTheirNumber_whoNamesTheOtherGetsIt() throws SQLException {
    queue.enqueueAll(List.of(NewTask.of(mine, "1"), NewTask.of(mine, "1"), NewTask.of(other, "1")));
    queue.admin().pause(Pause.type(other));
    try {
      assertThat(claimTask("types => ARRAY['" + other + "']")).isNull();
      assertThat(claimTask("types => ARRAY['" + mine + "', '" + other + "']")).isEqualTo(mine);
      assertThat(claimTask("")).isNull();
      assertThat(claimedTypes(ClaimRequest.of(mine, other).limit(10))).containsExactly(mine);
    } finally {
      queue.admin().resume(Pause.type(other));
    }
    assertThat(claimTask("")).isEqualTo(other);
  }

  private void enqueueInTurn(NewTask first, NewTask second) {
    List<NewTask> tasks = new ArrayList<>();
    for (int i = 0; i < EACH; i++) {
      tasks.add(NewTask.of(first.type(), "1").queue(first.queue()));
      tasks.add(NewTask.of(second.type(), "1").queue(second.queue()));
    }
    queue.enqueueAll(tasks);
  }

  private List<String> claimedTypes(ClaimRequest request) {
    return claimAll(request).stream().map(claim -> claim.task().type()).toList();
  }

  private List<Claim> claimAll(ClaimRequest request) {
    List<Claim> claims = new ArrayList<>();
    List<Claim> some = queue.claim(request);
    while (!some.isEmpty()) {
      claims.addAll(some);
      some = queue.claim(request);
    }
    return claims;
  }

  /** Makes a function a wrong one, and says what it was. */
  private String change(String function, String part, String wrong) throws SQLException {
    String right =
        Db.query(
            sql,
            "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname = '"
                + function
                + "' AND pronamespace = current_schema()::regnamespace");
    assertThat(right).contains(part);
    Db.execute(sql, right.replace(part, wrong));
    return right;
  }

  /** The type of what it took. */
  private String claimTask(String arguments) throws SQLException {
    return Db.query(sql, "SELECT type FROM claim_task(" + arguments + ")");
  }
}
