package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.TaskQueue;
import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.testkit.DibsPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What claims cost as the table grows, in buffers and plan nodes of the statements that ran. */
class ClaimPlanIT {
  private static final int LATER = TestSize.of(50_000, 300_000);
  private static final int OTHERS = TestSize.of(50_000, 1_000_000);

  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  private static final int BATCH = 100;
  private static final int LANES = 4;
  private static final long BUDGET = 8 * BATCH + 20 * LANES;
  private static final int CALLS = 10;
  private static final String CLAIM_TASK = "SELECT * FROM claim_task()";

  private PlanLog log;
  private HikariDataSource pinned;
  private TaskQueue queue;

  @BeforeEach
  void empty() throws SQLException {
    sql("ALTER TABLE tasks SET (autovacuum_enabled = off)");
    sql("TRUNCATE tasks");
    sql("ANALYZE tasks");
    log = PlanLog.of(postgres);
    // One connection that is always the same, so that the server keeps what it cached.
    pinned = new HikariDataSource();
    pinned.setDataSource(log.dataSource());
    pinned.setMaximumPoolSize(1);
    queue = PostgresTaskQueue.create(pinned, postgres.schema());
  }

  @AfterEach
  void close() {
    pinned.close();
  }

  /** Fewer than a hundred are claimed by the function, whose plan is kept. */
  @ParameterizedTest
  @ValueSource(ints = {BATCH - 1, BATCH})
  void claim_connectionUsedOnEmptyTable_noSeqScanAndNoSortAmongManyLater(int limit)
      throws SQLException {
    for (int i = 0; i < 10; i++) {
      assertThat(queue.claim(ClaimRequest.of("mine").limit(limit))).isEmpty();
    }
    insert(LATER);
    log.read();
    for (int i = 0; i < 4; i++) {
      // The first two are kept, the others deleted by their completion.
      List<Claim> claims =
          queue.claim(ClaimRequest.of("mine").limit(limit).deleteCompleted(i >= 2));
      assertThat(claims).hasSize(limit);
      queue.applyAll(claims.stream().<ClaimUpdate>map(ClaimUpdate.Complete::new).toList());
    }
    List<Plan> plans = log.read();
    plans.removeIf(plan -> plan.sql().contains("\"claim_in_lanes\""));
    List<Plan> claims = plans.stream().filter(ClaimPlanIT::isClaim).toList();
    assertThat(claims).hasSize(4);
    for (Plan claim : claims) {
      assertThat(claim.nodeTypes()).as(claim.json()).doesNotContain("Seq Scan", "Sort");
    }
    assertThat(plans).as("claims and completions").hasSize(8);
    assertThat(plans)
        .filteredOn(plan -> plan.sql().contains("delete from"))
        .hasSize(2)
        .allSatisfy(plan -> assertThat(plan.json()).contains("hashed SubPlan"));
    for (Plan plan : plans) {
      assertThat(plan.find("Seq Scan", "tasks")).as(plan.json()).isEmpty();
    }
  }

  /** The plans of the functions are kept from the time when the table was empty. */
  @Test
  void functions_connectionUsedOnEmptyTable_noSeqScanAmongManyLater() throws SQLException {
    List<String> ends =
        List.of("complete_task(%s)", "fail_task(%s, 'no')", "release_task(%s)", "extend_task(%s)");
    for (int i = 0; i < CALLS; i++) {
      assertThat(Db.query(pinned, CLAIM_TASK)).isNull();
      for (String end : ends) {
        String call = end.formatted("gen_random_uuid(), gen_random_uuid()");
        assertThat(Db.query(pinned, "SELECT " + call)).isEqualTo("f");
      }
      assertThat(Db.query(pinned, "SELECT cancel_task(gen_random_uuid())")).isNull();
    }
    insert(LATER);
    log.read();

    for (String end : ends) {
      String call = end.formatted("id, token");
      assertThat(Db.query(pinned, "SELECT " + call + " FROM claim_task()")).isEqualTo("t");
    }
    assertThat(Db.query(pinned, "SELECT cancel_task(id) FROM claim_task()"))
        .isEqualTo("processing");
    List<Plan> plans = log.read();
    assertThat(plans)
        .as("two by each claim_task(), one by each other")
        .filteredOn(plan -> plan.sql().startsWith("UPDATE tasks"))
        .hasSize(15);
    for (Plan plan : plans) {
      assertThat(plan.find("Seq Scan", "tasks")).as(plan.json()).isEmpty();
      assertThat(plan.buffers()).as(plan.json()).isLessThanOrEqualTo(200);
    }
  }

  /** The control: what their settings are for. */
  @Test
  void functions_withoutTheirSettings_scanWhatCameLater() throws SQLException {
    String function = "ALTER FUNCTION claim_task(text[], text, interval) ";
    sql(function + "RESET enable_seqscan RESET enable_sort");
    try {
      for (int i = 0; i < CALLS; i++) {
        assertThat(Db.query(pinned, CLAIM_TASK)).isNull();
      }
      insert(20_000);
      log.read();
      assertThat(Db.query(pinned, CLAIM_TASK)).isNotNull();
      assertThat(log.read())
          .anySatisfy(plan -> assertThat(plan.find("Seq Scan", "tasks")).isPresent());
    } finally {
      sql(function + "SET enable_seqscan = off");
      sql(function + "SET enable_sort = off");
    }
  }

  /** With the batches of a worker each of these rows would be compared with each given task. */
  @Test
  void flush_statisticsKnowNothingProcessing_looksForEachTaskByItsId() throws SQLException {
    insert(20_000);
    sql("ANALYZE tasks");
    for (int i = 0; i < 5; i++) {
      queue.claim(ClaimRequest.of("mine").limit(1000));
    }
    List<Claim> claims = queue.claim(ClaimRequest.of("mine").limit(500));
    log.read();

    queue.applyAll(claims.stream().<ClaimUpdate>map(ClaimUpdate.Complete::new).toList());
    assertThat(log.read())
        .filteredOn(plan -> plan.sql().contains("'completed'"))
        .singleElement()
        .satisfies(plan -> assertThat(plan.find("Seq Scan", "tasks")).isEmpty())
        .satisfies(plan -> assertThat(plan.json()).contains("hashed SubPlan"));

    String ids =
        claims.stream().map(claim -> "'" + claim.id() + "'").collect(Collectors.joining(", "));
    try (Connection connection = log.dataSource().getConnection();
        Statement control = connection.createStatement()) {
      control.execute(
          "SELECT t.ctid FROM unnest(ARRAY["
              + ids
              + "]::uuid[]) AS g (id) JOIN tasks t ON t.id = g.id AND t.status = 'processing'"
              + " ORDER BY t.id FOR NO KEY UPDATE OF t SKIP LOCKED");
    }
    assertThat(log.read())
        .as("the control: a join")
        .anySatisfy(plan -> assertThat(plan.find("Seq Scan", "tasks")).isPresent());
  }

  @Test
  void claim_millionsBeside_touchesNoMoreBuffers() throws SQLException {
    insert(2_000);
    long alone = buffersOfClaims();
    assertThat(alone).isLessThanOrEqualTo(BUDGET);

    sql(
        "INSERT INTO tasks(type, payload, run_at) SELECT 'mine', '{}', now() + interval '1 day'"
            + " FROM generate_series(1, "
            + OTHERS
            + ")");
    long besideScheduled = buffersOfClaims();

    sql("TRUNCATE tasks");
    sql(
        "INSERT INTO tasks(type, payload) SELECT 'unhandled_' || i % 20, '{}'"
            + " FROM generate_series(1, "
            + OTHERS
            + ") i");
    long claimTask = buffersOfClaimTask();
    assertThat(claimTask).as("claim_task()").isLessThanOrEqualTo(200);
    insert(2_000);
    queue = PostgresTaskQueue.create(pinned, postgres.schema());
    long besideUnhandled = buffersOfClaims();

    sql("TRUNCATE tasks");
    sql(
        "INSERT INTO tasks(type, payload, run_at) SELECT 'mine', '{}', '2026-01-01 00:00Z'"
            + " FROM generate_series(1, "
            + OTHERS
            + ")");
    queue = PostgresTaskQueue.create(pinned, postgres.schema());
    long sameRunAt = buffersOfClaims();

    System.out.printf(
        "buffers of a claim of %d in %d lanes: %d alone; with %,d others: %d beside scheduled, %d"
            + " beside unhandled, %d of one run_at; claim_task() in 20 types: %d%n",
        BATCH, LANES, alone, OTHERS, besideScheduled, besideUnhandled, sameRunAt, claimTask);
    assertThat(buffersOfAll()).as("what reads them all is seen to").isGreaterThan(BUDGET * 12 / 10);
    assertThat(List.of(besideScheduled, besideUnhandled, sameRunAt))
        .allSatisfy(buffers -> assertThat(buffers).isLessThanOrEqualTo(BUDGET * 12 / 10));
  }

  /** The dearest of three claims in a row: one from the start of the lanes, two from the cursor. */
  private long buffersOfClaims() throws SQLException {
    log.read();
    for (int i = 0; i < 3; i++) {
      assertThat(queue.claim(ClaimRequest.of("mine").limit(BATCH))).hasSize(BATCH);
    }
    return log.read().stream()
        .filter(ClaimPlanIT::isClaim)
        .mapToLong(Plan::buffers)
        .max()
        .orElseThrow();
  }

  private long buffersOfAll() throws SQLException {
    log.read();
    Db.query(pinned, "SELECT count(*) FROM tasks");
    return log.read().get(0).buffers();
  }

  /** The dearest of some calls; the session's first, which also reads the catalog, is left out. */
  private long buffersOfClaimTask() throws SQLException {
    Db.query(pinned, CLAIM_TASK);
    log.read();
    for (int i = 0; i < CALLS; i++) {
      Db.query(pinned, CLAIM_TASK);
    }
    List<Plan> calls = log.read().stream().filter(plan -> plan.sql().equals(CLAIM_TASK)).toList();
    assertThat(calls).hasSize(CALLS);
    return calls.stream().mapToLong(Plan::buffers).max().orElseThrow();
  }

  private static boolean isClaim(Plan plan) {
    return plan.sql().replace("\"", "").startsWith("with clock") && plan.sql().contains("update");
  }

  private static void insert(int tasks) throws SQLException {
    sql(
        "INSERT INTO tasks(type, payload) SELECT 'mine', '{}' FROM generate_series(1, %d)"
            .formatted(tasks));
  }

  private static void sql(String statement) throws SQLException {
    try (Connection connection = postgres.connect()) {
      Db.execute(connection, statement);
    }
  }
}
