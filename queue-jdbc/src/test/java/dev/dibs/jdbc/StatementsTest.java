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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What jOOQ renders stands beside this test as SQL, for reviewers to read. Run with {@code
 * -Ddibs.snapshots=write} to write it anew.
 */
class StatementsTest {
  private static final Path SOURCES = Path.of("src/test/resources/dev/dibs/jdbc/statements");
  private static final Pattern CLAUSE =
      Pattern.compile(
          " (?=(?:from (?!clock|picked|locked\\))|join|where|order by|group by|fetch next \\?"
              + "|for no key update|on conflict|set [a-z_]+ =|update public|returning"
              + "|insert into|picked as|and \\())");
  private static final Pattern ASSIGNMENT = Pattern.compile("(?<=,) (?=[a-z_]+ = )");

  static Stream<Map.Entry<String, String>> statements() {
    Sql sql = new Sql("public");
    Map<String, String> statements = new LinkedHashMap<>();
    statements.put("claim", new ClaimStatement(sql).sql());
    List<String> enqueue = new EnqueueStatement(sql).sql();
    statements.put("enqueue", enqueue.get(0));
    statements.put("enqueue-within", enqueue.get(1));
    statements.put("enqueue-conflicts", enqueue.get(2));
    fenced(statements, "complete", FencedUpdate.complete(sql));
    fenced(statements, "retry", FencedUpdate.retry(sql));
    fenced(statements, "fail", FencedUpdate.fail(sql));
    fenced(statements, "release", FencedUpdate.release(sql));
    fenced(statements, "extend", FencedUpdate.extend(sql));
    List<String> reading = new ReadStatements(sql).sql();
    statements.put("find", reading.get(0));
    statements.put("counts", reading.get(1));
    statements.put("standings", reading.get(2));
    return statements.entrySet().stream();
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
