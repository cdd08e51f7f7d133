package dev.dibs.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jooq.Query;
import org.jooq.SQLDialect;
import org.jooq.conf.Settings;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What jOOQ renders stands beside this test as SQL, for reviewers to read. Run with {@code
 * -Ddibs.snapshots=write} to write it anew. Beside these lies a {@code jooq-settings.xml}, as an
 * application may have one for its own statements; it is not to change ours.
 */
class StatementsTest {
  private static final Path SOURCES = Path.of("src/test/resources/dev/dibs/jdbc/statements");
  private static final Pattern CLAUSE =
      Pattern.compile(
          " (?=(?:from (?!clock|picked|locked|inserted|given|held\\))|join|where|order by|group by"
              + "|fetch next \\?"
              + "|for no key update|for update|on conflict|set [a-z_]+ =|update public|returning"
              + "|insert into|(?:picked|ranked|redriven|held|inserted|written|kept|deleted) as [m(]|union all|and \\())");
  private static final Pattern ASSIGNMENT = Pattern.compile("(?<=,) (?=[a-z_]+ = )");

  static Stream<Map.Entry<String, String>> statements() {
    Sql sql = new Sql("public");
    Map<String, String> statements = new LinkedHashMap<>();
    named(statements, new ClaimStatement(sql).sql(), "claim", "claim-by-function");
    statements.put("claim-repeated", new RepeatedClaim(sql).sql());
    named(
        statements,
        new EnqueueStatement(sql).sql(),
        "enqueue-one",
        "enqueue",
        "enqueue-missing",
        "enqueue-missing-or-refuse",
        "enqueue-present");
    named(statements, new CopyStatement(sql).sql(), "enqueue-clock", "enqueue-copy");
    fenced(statements, "complete", FencedUpdate.complete(sql));
    statements.put("complete-plain", PlainCompletion.keeping(sql).sql());
    fenced(statements, "complete-and-delete", FencedUpdate.completeAndDelete(sql));
    statements.put("complete-and-delete-plain", PlainCompletion.deleting(sql).sql());
    fenced(statements, "retry", FencedUpdate.retry(sql));
    fenced(statements, "fail", FencedUpdate.fail(sql));
    fenced(statements, "release", FencedUpdate.release(sql));
    fenced(statements, "extend", FencedUpdate.extend(sql));
    fenced(statements, "progress", FencedUpdate.progress(sql));
    named(statements, new CancelStatement(sql).sql(), "cancel", "cancel-status");
    named(statements, new ReadStatements(sql).sql(), "find", "counts", "standings", "errors");
    named(statements, new HintStatement(sql).sql(), "hint", "hint-if-seen");
    statements.put("stats", new StatsStatement(sql).sql());
    named(statements, new FailedStatements(sql).sql(), "failed", "redrive", "prune");
    named(statements, new PauseStatements(sql).sql(), "pause", "resume", "pauses");
    named(statements, new SweepStatements(sql).sql(), "sweep-take", "sweep-advance", "sweep");
    return statements.entrySet().stream();
  }

  private static void named(Map<String, String> statements, List<String> sql, String... names) {
    for (int i = 0; i < names.length; i++) {
      statements.put(names[i], sql.get(i));
    }
  }

  private static void fenced(Map<String, String> statements, String verb, FencedUpdate update) {
    statements.put(verb, update.sql().get(0));
    statements.put(verb + "-waiting", update.sql().get(1));
  }

  @ParameterizedTest
  @MethodSource("statements")
  void render_eachStatement_isAsReviewed(Map.Entry<String, String> statement) throws IOException {
    String rendered = readable(statement.getValue());
    String file = statement.getKey() + ".sql";
    if ("write".equals(System.getProperty("dibs.snapshots"))) {
      Files.createDirectories(SOURCES);
      Files.writeString(SOURCES.resolve(file), rendered);
    }
    assertThat(rendered).isEqualTo(snapshot(file));
  }

  /** The server keeps a claim too; both are one statement. */
  @Test
  void render_claimOfTheFunction_isWhatTheMigrationHas() {
    Query claim = ClaimStatement.claim(new Sql("public"), true);
    String body =
        readable(DSL.using(SQLDialect.POSTGRES, new Settings()).renderNamedParams(claim))
            .replace("public.", "")
            .replaceAll("(?<!:):(?=[a-z])", "claim_in_lanes.");

    assertThat(Schema.scripts().get(Schema.VERSION - 1))
        .containsIgnoringWhitespaces("RETURN QUERY\n" + body.strip() + ";");
  }

  /** Line breaks and fewer quotes; the words are what is sent. */
  private static String readable(String sql) {
    String plain = sql.replaceAll("\"([a-z_]+)\"", "$1");
    String clauses = CLAUSE.matcher(plain).replaceAll("\n");
    return ASSIGNMENT.matcher(clauses).replaceAll("\n  ") + "\n";
  }

  private static String snapshot(String file) throws IOException {
    try (InputStream in = StatementsTest.class.getResourceAsStream("statements/" + file)) {
      if (in != null && System.getProperty("dibs.snapshots") == null) {
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
      }
    }
    return Files.readString(SOURCES.resolve(file));
  }
}
