package dev.dibs.it;

import dev.dibs.testkit.DibsPostgres;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * The plans by which statements really ran, read from the server's log; an EXPLAIN beside the
 * statement would show another plan than the one that was cached or made for other parameters.
 *
 * <p>Only the sessions of {@link #dataSource()} write plans. Used by one thread.
 */
public final class PlanLog {

  /** For connections of other sources whose statements are to be logged with their plans. */
  public static final String OPTIONS =
      String.join(
          " ",
          "-c session_preload_libraries=auto_explain",
          "-c auto_explain.log_min_duration=0",
          "-c auto_explain.log_analyze=on",
          "-c auto_explain.log_buffers=on",
          "-c auto_explain.log_timing=off",
          "-c auto_explain.log_format=json",
          "-c auto_explain.log_nested_statements=on");

  // The server parses its own plan; children stand behind their parents by the path that is kept.
  private static final String NODES =
      """
      with recursive node (plan, path) as (
        select cast(? as jsonb) -> 'Plan', array[0]
        union all
        select child.plan, node.path || child.position::int
        from node
          cross join lateral jsonb_array_elements(node.plan -> 'Plans')
            with ordinality as child (plan, position)
      )
      select plan ->> 'Node Type',
        coalesce(plan ->> 'Relation Name', ''), coalesce(plan ->> 'Index Name', ''),
        round((plan ->> 'Actual Rows')::numeric * (plan ->> 'Actual Loops')::numeric)::bigint,
        (plan ->> 'Shared Hit Blocks')::bigint + (plan ->> 'Shared Read Blocks')::bigint
      from node
      order by path
      """;

  private static final long LONGEST_WAIT = TimeUnit.SECONDS.toNanos(30);

  private final DibsPostgres postgres;
  private final String file;
  private long offset;

  private PlanLog(DibsPostgres postgres, String file) {
    this.postgres = postgres;
    this.file = file;
  }

  /** Starts at the log's present end; aborts the test where the server keeps no log to read. */
  public static PlanLog of(DibsPostgres postgres) throws SQLException {
    try (Connection connection = postgres.connect();
        PreparedStatement statement = connection.prepareStatement("select pg_current_logfile()");
        ResultSet row = statement.executeQuery()) {
      row.next();
      String file = row.getString(1);
      Assumptions.assumeTrue(file != null, "this server has no log file: logging_collector is off");
      PlanLog log = new PlanLog(postgres, file);
      log.readToPresent(connection);
      return log;
    }
  }

  /** New connections on the test class's schema whose statements are logged with their plans. */
  public PGSimpleDataSource dataSource() throws SQLException {
    PGSimpleDataSource source = postgres.dataSource().unwrap(PGSimpleDataSource.class);
    source.setCurrentSchema(postgres.schema());
    source.setOptions(OPTIONS);
    return source;
  }

  /** The plans of all statements that have ended since the last call, nested ones before outer. */
  public List<Plan> read() throws SQLException {
    try (Connection connection = postgres.connect()) {
      List<Plan> plans = new ArrayList<>();
      for (String json : plansIn(readToPresent(connection))) {
        plans.add(parse(connection, json));
      }
      return plans;
    }
  }

  // Sessions send their lines to the collector, which writes the file a little later but in order:
  // once a line sent now is in the file, so is everything sent before.
  private String readToPresent(Connection connection) throws SQLException {
    String marker = "plan-log-" + UUID.randomUUID();
    try (PreparedStatement mark =
        connection.prepareStatement("do $$ begin raise log '" + marker + "'; end $$")) {
      mark.execute();
    }
    StringBuilder text = new StringBuilder();
    long start = System.nanoTime();
    while (text.indexOf(marker) < 0 || text.charAt(text.length() - 1) != '\n') {
      if (System.nanoTime() - start > LONGEST_WAIT) {
        throw new AssertionError("The log collector wrote nothing for 30 s");
      }
      text.append(readMore(connection));
    }
    return text.toString();
  }

  private String readMore(Connection connection) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("select pg_read_binary_file(?, ?, 8388608)")) {
      statement.setString(1, file);
      statement.setLong(2, offset);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        byte[] bytes = row.getBytes(1);
        offset += bytes.length;
        return new String(bytes, StandardCharsets.UTF_8);
      }
    }
  }

  /** A plan is one log message; the lines after a message's first begin with a tab. */
  private static List<String> plansIn(String text) {
    List<String> plans = new ArrayList<>();
    StringBuilder plan = new StringBuilder();
    boolean inPlan = false;
    for (String line : text.lines().toList()) {
      if (inPlan && line.startsWith("\t")) {
        plan.append(line, 1, line.length()).append('\n');
        continue;
      }
      if (inPlan) {
        plans.add(plan.toString());
        plan.setLength(0);
      }
      inPlan = line.contains("LOG:  duration: ") && line.endsWith(" ms  plan:");
    }
    // Never inside a plan here: the marker's line came last.
    return plans;
  }

  private static Plan parse(Connection connection, String json) throws SQLException {
    List<Plan.Node> nodes = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(NODES)) {
      statement.setString(1, json);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          nodes.add(
              new Plan.Node(
                  rows.getString(1),
                  rows.getString(2),
                  rows.getString(3),
                  rows.getLong(4),
                  rows.getLong(5)));
        }
      }
    }
    return new Plan(sql(connection, json), json, List.copyOf(nodes));
  }

  private static String sql(Connection connection, String json) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("select cast(? as jsonb) ->> 'Query Text'")) {
      statement.setString(1, json);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getString(1);
      }
    }
  }
}
