package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.testkit.DibsPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * A secret that tasks carry is found nowhere but where it was put: not in a log, an exception, a
 * thread's name, a {@code toString} or another column. The scenes run in a process of their own,
 * whose log is complete.
 */
@Timeout(180)
@Tag("writes-by-hand")
class CanaryIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  private static final Set<String> PLACES =
      Set.of("tasks.payload", "tasks.result", "tasks.progress");

  private final String secret = "canary" + UUID.randomUUID().toString().replace("-", "");
  @TempDir private Path directory;

  @BeforeEach
  void empty() throws SQLException {
    try (Connection connection = postgres.connect()) {
      Db.execute(connection, "TRUNCATE tasks");
    }
  }

  @Test
  void calls_secretInPayloads_isNowhereElse() throws Exception {
    String output = play("calls");

    assertThat(output).doesNotContain("NOT THROWN").contains("OutcomeUnknownException");
    assertThat(leaks(output)).isEmpty();
    assertThat(columns()).isEmpty();
  }

  @Test
  void workers_secretInPayloads_isNowhereElse() throws Exception {
    String output = play("workers");

    assertThat(output)
        .contains("the database refuses to write the end of")
        .contains("describeErrors failed")
        .doesNotContain("STUCK");
    assertThat(leaks(output)).isEmpty();
    assertThat(columns()).isEmpty();
  }

  /** What the same scans find where there is something, and that describeErrors takes it out. */
  @Test
  void control_handlerTellsTheSecret_isFoundUnlessRedacted() throws Exception {
    String output = play("control");

    assertThat(leaks(output)).anyMatch(line -> line.startsWith("printed {"));
    assertThat(columns())
        .containsExactlyInAnyOrder("tasks.error of control-plain", "tasks.errors of control-plain");
    try (Connection connection = postgres.connect()) {
      assertThat(Db.query(connection, "SELECT error FROM tasks WHERE type = 'control-redacted'"))
          .isEqualTo("java.lang.IllegalStateException");
    }
  }

  private String play(String scene) throws IOException, InterruptedException {
    Path file = directory.resolve(scene + ".txt");
    Process process =
        CanaryScenes.start(postgres.jdbcUrl(), postgres.schema(), secret, scene, file);
    try {
      assertThat(process.waitFor(150, TimeUnit.SECONDS)).as(scene + " has ended").isTrue();
    } finally {
      process.destroyForcibly();
    }
    String output = Files.readString(file);
    String tail = output.substring(Math.max(0, output.length() - 4000)).replace(secret, "SECRET");
    assertThat(output.lines().anyMatch("END"::equals)).as(tail).isTrue();
    return output;
  }

  /** The lines that hold the secret, each once, under another name. */
  private List<String> leaks(String output) {
    Stream<String> lines = output.lines().filter(line -> line.contains(secret));
    return lines
        .map(line -> line.replace(secret, "SECRET"))
        .map(line -> line.substring(0, Math.min(300, line.length())))
        .distinct()
        .toList();
  }

  /** The columns of any table here, but for those that are made for it, with the task's type. */
  private List<String> columns() throws SQLException {
    List<String> found = new ArrayList<>();
    try (Connection connection = postgres.connect()) {
      for (String column :
          Db.column(
              connection,
              "SELECT table_name || '.' || column_name FROM information_schema.columns"
                  + " WHERE table_schema = current_schema()")) {
        String table = column.substring(0, column.indexOf('.'));
        String type = table.equals("tasks") ? "type" : "''";
        if (!PLACES.contains(column)) {
          found.addAll(
              Db.column(
                  connection,
                  String.format(
                      "SELECT DISTINCT '%s of ' || %s FROM %s WHERE %s::text LIKE '%%%s%%'",
                      column, type, table, column, secret)));
        }
      }
      assertThat(
              Db.query(
                  connection,
                  "SELECT count(*) > 0 FROM tasks WHERE payload::text LIKE '%" + secret + "%'"))
          .as("the secret is where it was put")
          .isEqualTo("t");
    }
    return found;
  }
}
