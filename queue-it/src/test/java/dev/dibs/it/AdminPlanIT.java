package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.FailedFilter;
import dev.dibs.Retention;
import dev.dibs.TaskQueue;
import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.testkit.DibsPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.ds.PGSimpleDataSource;

/** What an operator's calls cost beside a long history, by the plans that ran. */
class AdminPlanIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  private static final int HISTORY = TestSize.of(50_000, 200_000);
  private static final int SHORT_HISTORY = 20_000;
  private static final int RANGE = 256;

  private Connection sql;
  private PlanLog log;
  private TaskQueue queue;

  @BeforeEach
  void live() throws SQLException {
    sql = postgres.connect();
    Db.execute(
        sql,
        "ALTER TABLE tasks SET (autovacuum_enabled = off)",
        "TRUNCATE tasks, dibs_housekeeping",
        "INSERT INTO tasks(type, payload) SELECT 'a' || i % 3, '{}' FROM generate_series(1, 1000) i",
        "INSERT INTO tasks(type, payload, status, error, completed_at)"
            + " SELECT 'a', '{}', 'failed', 'e', now() FROM generate_series(1, 500)",
        "ANALYZE tasks");
    log = PlanLog.of(postgres);
    queue = PostgresTaskQueue.create(log.dataSource(), postgres.schema());
  }

  @AfterEach
  void close() throws SQLException {
    sql.close();
  }

  @Test
  void stats_besideTenTimesTheHistory_readsNoMore() throws SQLException {
    long alone = run(() -> queue.admin().stats(), "scheduled").buffers();
    addHistory(SHORT_HISTORY);
    long beside = run(() -> queue.admin().stats(), "scheduled").buffers();
    long all = run(queue::counts, "count(*)").buffers();
    addHistory(9 * SHORT_HISTORY);
    Plan besideMore = run(() -> queue.admin().stats(), "scheduled");
    System.out.printf(
        "buffers of stats of 1,500: %d alone, %d beside %,d finished, %d beside %,d%n",
        alone, beside, SHORT_HISTORY, besideMore.buffers(), 10 * SHORT_HISTORY);
    assertThat(besideMore.find("Seq Scan", "tasks")).as(besideMore.json()).isEmpty();
    // Whether through the index in its order or as a bitmap, a page of the table is read more or
    // less often; what does not come in is the history's thousands of pages.
    assertThat(List.of(beside, besideMore.buffers()))
        .allSatisfy(buffers -> assertThat(buffers).isLessThanOrEqualTo(2 * alone));
    assertThat(run(queue::counts, "count(*)").buffers())
        .as("what reads the history is seen to")
        .isGreaterThan(5 * all);
  }

  @Test
  void stats_asMonitorBesideHistory_readsNoMore() throws SQLException {
    addHistory(HISTORY);
    long owners = run(() -> queue.admin().stats(), "scheduled").buffers();
    String role = postgres.schema() + "_monitor";
    Db.execute(sql, "CREATE ROLE " + role, "SELECT dibs_grant('monitor', '" + role + "')");
    try {
      PGSimpleDataSource source = log.dataSource();
      source.setOptions(source.getOptions() + " -c role=" + role);
      TaskQueue monitored = PostgresTaskQueue.create(source, postgres.schema());
      Plan plan = run(() -> monitored.admin().stats(), "scheduled");
      assertThat(plan.find("Seq Scan", "tasks")).as(plan.json()).isEmpty();
      assertThat(plan.buffers()).isLessThanOrEqualTo(owners * 2);
    } finally {
      Db.execute(sql, "DROP OWNED BY " + role, "DROP ROLE " + role);
    }
  }

  @Test
  void failedRedriveAndPrune_besideHistory_goThroughTheIndexInItsOrder() throws SQLException {
    addHistory(HISTORY);
    FailedFilter some = FailedFilter.all().limit(100);
    FailedFilter narrowed =
        some.errorContains("e")
            .before(new TasksTable(postgres.dataSource(), postgres.schema()).now());
    for (FailedFilter filter : List.of(some, narrowed)) {
      Plan failed = run(() -> queue.admin().failed(filter), "payload");
      assertThat(failed.nodeTypes()).as(failed.json()).doesNotContain("Seq Scan", "Sort");
      assertThat(failed.buffers()).isLessThan(200);
    }
    Plan redrive = run(() -> queue.admin().redrive(some), "redriven");
    assertThat(redrive.find("Seq Scan", "tasks")).as(redrive.json()).isEmpty();
    assertThat(redrive.nodes())
        .as(redrive.json())
        .extracting(Plan.Node::index)
        .contains("tasks_dead_idx");
    Plan prune = run(() -> queue.admin().prune(some), "delete");
    assertThat(prune.find("Seq Scan", "tasks")).as(prune.json()).isEmpty();
    assertThat(prune.nodes()).extracting(Plan.Node::index).contains("tasks_dead_idx");
    Plan one = run(() -> queue.admin().failed(FailedFilter.id(UUID.randomUUID())), "payload");
    assertThat(one.buffers()).as(one.json()).isLessThan(20);
  }

  @Test
  void redrive_manyKeysBesideManyLive_looksEachUp() throws SQLException {
    Db.execute(
        sql,
        "INSERT INTO tasks(type, payload, unique_key) SELECT 'k', '{}', 'k' || i"
            + " FROM generate_series(1, 100000) i",
        "UPDATE tasks SET type = 'k', unique_key = 'k' || attempt + row_number FROM (SELECT id AS i,"
            + " row_number() OVER () FROM tasks WHERE dead) d WHERE id = i");
    // Statistics from before: the planner believes that hardly anything is live.
    Plan plan = run(() -> queue.admin().redrive(FailedFilter.all()), "redriven");
    assertThat(plan.find("Seq Scan", "tasks")).as(plan.json()).isEmpty();
    assertThat(queue.admin().redrive(FailedFilter.all()).keyTaken()).hasSize(500);
  }

  @Test
  void sweep_oneRange_readsThatRangeOnly() throws SQLException {
    addHistory(HISTORY);
    Retention week = Retention.forever().completed(Duration.ofDays(7));
    queue.admin().sweep(week, UUID.randomUUID());
    Db.execute(sql, "TRUNCATE dibs_housekeeping");
    Plan idle = run(() -> queue.admin().sweep(week, UUID.randomUUID()), "ctid");
    assertThat(idle.nodeTypes())
        .as(idle.json())
        .contains("Tid Range Scan")
        .doesNotContain("Seq Scan");
    assertThat(idle.buffers()).isLessThanOrEqualTo(RANGE);
    Db.execute(sql, "TRUNCATE dibs_housekeeping");
    Retention none = Retention.forever().completed(Duration.ZERO);
    Plan busy = run(() -> queue.admin().sweep(none, UUID.randomUUID()), "ctid");
    assertThat(busy.nodeTypes())
        .as(busy.json())
        .contains("Tid Range Scan", "Tid Scan")
        .doesNotContain("Seq Scan");
  }

  private void addHistory(int tasks) throws SQLException {
    Db.execute(
        sql,
        "INSERT INTO tasks(type, payload, status, completed_at) SELECT 'a', '{}', 'completed', now()"
            + " FROM generate_series(1, "
            + tasks
            + ")",
        "ANALYZE tasks");
  }

  /** Runs it; the plan of its statement that holds this word. */
  private Plan run(Runnable call, String word) throws SQLException {
    log.read();
    call.run();
    List<Plan> plans = log.read().stream().filter(plan -> plan.sql().contains(word)).toList();
    assertThat(plans).hasSize(1);
    return plans.get(0);
  }
}
