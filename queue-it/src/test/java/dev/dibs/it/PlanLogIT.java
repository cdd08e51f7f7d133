package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.testkit.DibsPostgres;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class PlanLogIT {

  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.withEmptySchema();

  private PlanLog log;

  @BeforeAll
  static void fill() throws SQLException {
    try (Connection connection = postgres.connect()) {
      run(connection, "create table things (id int primary key, name text)");
      run(connection, "insert into things select i, 'ä' || i from generate_series(1, 10000) i");
      run(connection, "analyze things");
      run(
          connection,
          """
          create function renamed(wanted int) returns int language plpgsql as $$
          begin
            update things set name = 'new' where id = wanted;
            return wanted;
          end $$
          """);
    }
  }

  @BeforeEach
  void open() throws SQLException {
    log = PlanLog.of(postgres);
  }

  @Test
  void read_filterWithoutIndex_isSeqScanOverAllPages() throws SQLException {
    Plan plan = planOf("select * from things where name = 'ä77'");

    assertThat(plan.sql()).isEqualTo("select * from things where name = 'ä77'");
    assertThat(plan.find("Seq Scan", "things")).isPresent();
    assertThat(plan.rows()).isEqualTo(1);
    assertThat(plan.buffers()).isGreaterThan(40);
  }

  @Test
  void read_lookupById_isIndexScanOfFewPages() throws SQLException {
    Plan plan = planOf("select * from things where id = 77");

    assertThat(plan.nodeTypes()).doesNotContain("Seq Scan", "Sort");
    assertThat(plan.find("Index Scan", "things").orElseThrow().index()).isEqualTo("things_pkey");
    assertThat(plan.buffers()).isBetween(1L, 5L);
  }

  @Test
  void read_keptPlan_isTheOneThatRanNotTheOneThatExplainWouldShow() throws SQLException {
    try (Connection connection = log.dataSource().getConnection()) {
      run(connection, "set plan_cache_mode = force_generic_plan");
      run(connection, "set enable_indexscan = off");
      run(connection, "set enable_bitmapscan = off");
      run(connection, "prepare look(int) as select * from things where id = $1");
      run(connection, "execute look(1)");
      run(connection, "reset enable_indexscan");
      run(connection, "reset enable_bitmapscan");
      run(connection, "execute look(1)");
    }

    assertThat(last(log.read()).find("Seq Scan", "things")).isPresent();
  }

  @Test
  void read_statementInsideFunction_standsBeforeItsCaller() throws SQLException {
    List<Plan> plans = plansOf("select renamed(5)");

    assertThat(plans)
        .extracting(Plan::sql)
        .containsExactly("update things set name = 'new' where id = wanted", "select renamed(5)");
    assertThat(plans.get(0).nodeTypes()).startsWith("ModifyTable").contains("Index Scan");
  }

  @Test
  void read_calledAgain_startsWhereItStopped() throws SQLException {
    planOf("select 1");

    assertThat(log.read()).isEmpty();
  }

  @Test
  void read_manyStatements_missesNone() throws SQLException {
    try (Connection connection = log.dataSource().getConnection()) {
      for (int i = 0; i < 500; i++) {
        run(connection, "select 1");
      }
    }

    assertThat(log.read()).hasSize(500);
  }

  @Test
  void read_sessionsOfOthers_areNotLogged() throws SQLException {
    try (Connection connection = postgres.connect()) {
      run(connection, "select 1");
    }

    assertThat(log.read()).isEmpty();
  }

  private Plan planOf(String sql) throws SQLException {
    return last(plansOf(sql));
  }

  private List<Plan> plansOf(String sql) throws SQLException {
    try (Connection connection = log.dataSource().getConnection()) {
      run(connection, sql);
    }
    return log.read();
  }

  private static Plan last(List<Plan> plans) {
    return plans.get(plans.size() - 1);
  }

  private static void run(Connection connection, String sql) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.execute();
    }
  }
}
