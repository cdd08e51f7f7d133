package dev.dibs.jdbc;

import static dev.dibs.jdbc.DoctorIT.assertOnly;
import static dev.dibs.jdbc.DurableServer.QUOTED;
import static dev.dibs.jdbc.DurableServer.SCHEMA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.ClaimRequest;
import dev.dibs.DatabaseException;
import dev.dibs.TaskQueue;
import dev.dibs.jdbc.Doctor.Finding;
import dev.dibs.jdbc.Doctor.Severity;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What can be wrong with the schema and with the rights of a role in it; and the cures cure it. */
@Timeout(120)
class DoctorSchemaIT {
  @RegisterExtension static final DurableServer server = new DurableServer();

  @Test
  void check_noSuchSchema_isFound() {
    assertOnly(Doctor.check(server.dataSource(), "Elsewhere"))
        .isEqualTo(Severity.PROBLEM, "no schema \"Elsewhere\"", "Schema.install");
  }

  @Test
  void check_emptySchema_isFound() throws SQLException {
    server.execute("DROP SCHEMA " + QUOTED + " CASCADE", "CREATE SCHEMA " + QUOTED);
    assertOnly(check()).isEqualTo(Severity.PROBLEM, "holds no Dibs tables", "Schema.install");
  }

  @Test
  void check_olderSchema_isFound() throws SQLException {
    server.execute("DELETE FROM dibs_migrations WHERE version = 2");
    assertOnly(check())
        .isEqualTo(Severity.PROBLEM, "is at migration 1, this library needs 2", "Schema.migrate(");
  }

  @Test
  void check_newerSchemaThatDropsThisLibrary_isFound() throws SQLException {
    server.execute("INSERT INTO dibs_migrations VALUES (99, 98)");
    assertOnly(check())
        .isEqualTo(Severity.PROBLEM, "needs a library that knows migration 98", "upgrade Dibs");
  }

  @Test
  void check_newerSchemaThatKeepsThisLibrary_isWell() throws SQLException {
    server.execute("INSERT INTO dibs_migrations VALUES (99, 1)", "DROP INDEX tasks_dead_idx");
    assertThat(check()).isEmpty();
  }

  @Test
  void check_renamedSchema_isFoundAndTheCureMendsIt() throws SQLException {
    server.execute("ALTER SCHEMA " + QUOTED + " RENAME TO \"Renamed\"");
    try {
      assertOnly(Doctor.check(server.dataSource(), "Renamed"))
          .isEqualTo(
              Severity.PROBLEM,
              "functions of schema \"Renamed\" work in another one",
              "Schema.migrate(dataSource, \"Renamed\")");
      Schema.migrate(server.dataSource(), "Renamed");
      assertThat(Doctor.check(server.dataSource(), "Renamed")).isEmpty();
    } finally {
      server.execute("DROP SCHEMA \"Renamed\" CASCADE");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "tasks_claim_idx,         PROBLEM, every claim reads the whole table",
    "tasks_unique_live_idx,   PROBLEM, nothing keeps a unique key unique",
    "tasks_unique_window_idx, PROBLEM, nothing keeps a unique key unique in its window",
    "tasks_dead_idx,          WARNING, listing failed tasks",
  })
  void check_droppedIndex_isFoundAndTheCureMakesIt(String index, Severity severity, String found)
      throws SQLException {
    server.execute("DROP INDEX " + index);
    List<Finding> findings = check();
    assertOnly(findings).isEqualTo(severity, index + " is missing; " + found, "INDEX CONCURRENTLY");
    server.execute(findings.get(0).cure());
    assertThat(check()).isEmpty();
  }

  @Test
  void check_indexOfOtherColumns_isFound() throws SQLException {
    server.execute(
        "DROP INDEX tasks_claim_idx",
        "CREATE INDEX tasks_claim_idx ON tasks (queue, type, run_at) WHERE live");
    assertOnly(check())
        .isEqualTo(Severity.PROBLEM, "tasks_claim_idx is not the one of Dibs", "DROP INDEX");
  }

  @Test
  void check_indexBuiltAnewUnderAnotherName_isWell() throws SQLException {
    server.execute("ALTER INDEX tasks_claim_idx RENAME TO tasks_claim_idx_2");
    assertThat(check()).isEmpty();
  }

  @Test
  void check_invalidIndex_isFoundAndTheCureRebuildsIt() throws SQLException {
    server.execute(
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'tasks_claim_idx'::regclass");
    List<Finding> findings = check();
    assertOnly(findings).isEqualTo(Severity.PROBLEM, "tasks_claim_idx is invalid", "REINDEX");
    server.execute(findings.get(0).cure());
    assertThat(check()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "(status)                                  | status",
        "(created_at) WHERE status = 'pending'     | status",
        "(type) INCLUDE (token)                    | token",
        "((coalesce(lease_until, started_at)))     | lease_until, started_at",
        "USING hash (attempt)                      | attempt",
        "(type) WHERE expiries > 0 AND alone       | alone, expiries",
      })
  void check_extraIndexThatNamesWhatAClaimChanges_isFound(String index, String columns)
      throws SQLException {
    server.execute("CREATE INDEX extra ON tasks " + index);
    assertOnly(check())
        .isEqualTo(
            Severity.WARNING,
            "the index extra names " + columns + ";",
            "DROP INDEX CONCURRENTLY " + QUOTED + ".\"extra\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"(created_at)", "(completed_at) WHERE live", "(type) WHERE dead"})
  void check_extraIndexOfOtherColumns_isWell(String index) throws SQLException {
    server.execute("CREATE INDEX extra ON tasks " + index);
    assertThat(check()).isEmpty();
  }

  /** Which of them the server refuses depends on its version, so it is asked. */
  @ParameterizedTest
  @ValueSource(strings = {"DEFAULT", "NOTHING", "FULL"})
  void check_publishedTable_isFoundIfChangesAreRefusedAndTheCureLetsThemThrough(String identity)
      throws SQLException {
    server.execute(
        "CREATE PUBLICATION \"All changes\" FOR ALL TABLES",
        "ALTER TABLE tasks REPLICA IDENTITY " + identity);
    try {
      if (changesAreRefused()) {
        assertThat(identity).isNotEqualTo("DEFAULT");
        List<Finding> findings = check();
        assertOnly(findings)
            .isEqualTo(
                Severity.PROBLEM,
                "publication All changes",
                identity.equals("FULL") ? "stored" : "");
        server.execute(findings.get(0).cure());
      } else {
        assertThat(identity).isNotEqualTo("NOTHING");
      }
      assertThat(check()).isEmpty();
      assertThat(changesAreRefused()).isFalse();
    } finally {
      server.execute("DROP PUBLICATION \"All changes\"");
    }
  }

  /** PostgreSQL 14 has neither filters nor lists. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "WHERE (status = 'failed')                     | filters the table tasks by status,",
        "(type)                                        | leaves out id,",
        "(id, type) WHERE (type <> '' AND run_at > created_at) | filters the table tasks by type, created_at, run_at,",
        "(type) WHERE (id IS NOT NULL)                 | leaves out id,",
        "WHERE (id IS NOT NULL)                        |",
        "(type, id)                                    |",
        "(type) WHERE (status = 'failed') WITH (publish = 'insert') |",
      })
  void check_publishedPartOfTheTable_isFoundIfClaimsAreRefusedAndTheCureLetsThemThrough(
      String part, String found) throws SQLException {
    if (isOlderThan15()) {
      return;
    }
    server.execute("CREATE PUBLICATION \"A part\" FOR TABLE tasks " + part);
    try {
      assertThat(changesAreRefused()).isEqualTo(found != null);
      if (found != null) {
        List<Finding> findings = check();
        assertOnly(findings)
            .isEqualTo(Severity.PROBLEM, "the publication A part " + found, "ADD TABLE " + QUOTED);
        server.execute(findings.get(0).cure());
      }
      assertThat(check()).isEmpty();
      assertThat(changesAreRefused()).isFalse();
    } finally {
      server.execute("DROP PUBLICATION \"A part\"");
    }
  }

  @Test
  void check_publishedColumnsOfATableIdentifiedByItsWholeRows_areFoundAndTheCureLetsThemThrough()
      throws SQLException {
    if (isOlderThan15()) {
      return;
    }
    server.execute(
        "CREATE PUBLICATION listed FOR TABLE tasks (type, id) WHERE (status = 'failed')",
        "ALTER TABLE tasks REPLICA IDENTITY FULL");
    try {
      assertThat(changesAreRefused()).isTrue();
      Finding finding =
          check().stream().filter(one -> one.found().contains("lists columns")).findAny().get();
      server.execute(finding.cure());
      assertOnly(check()).isEqualTo(Severity.PROBLEM, "by status, not of its", "(id, type)");
    } finally {
      server.execute("DROP PUBLICATION listed");
    }
  }

  private static boolean isOlderThan15() throws SQLException {
    try (Connection connection = server.connect()) {
      return connection.getMetaData().getDatabaseMajorVersion() < 15;
    }
  }

  @Test
  void check_publicationOfDeletionsThatAreRefused_isFound() throws SQLException {
    server.execute(
        "CREATE PUBLICATION deletions FOR TABLE tasks WITH (publish = 'delete')",
        "ALTER TABLE tasks REPLICA IDENTITY NOTHING");
    try {
      assertThat(changesAreRefused()).isFalse();
      assertOnly(check())
          .isEqualTo(Severity.PROBLEM, "no task can be deleted", "REPLICA IDENTITY DEFAULT");
    } finally {
      server.execute("DROP PUBLICATION deletions");
    }
  }

  private static boolean changesAreRefused() {
    TaskQueue queue = PostgresTaskQueue.create(server.dataSource(), SCHEMA);
    try {
      queue.claim(ClaimRequest.of("a"));
      return false;
    } catch (DatabaseException e) {
      assertThat(e).hasMessageContaining("cannot update table \"tasks\"");
      return true;
    }
  }

  @ParameterizedTest
  @CsvSource({
    "SET (fillfactor = 100),                      fillfactor = 100 where Dibs sets 45",
    "RESET (fillfactor),                          no fillfactor where Dibs sets 45",
    "RESET (autovacuum_vacuum_threshold),         no autovacuum_vacuum_threshold where Dibs sets 1000",
    "SET (autovacuum_vacuum_scale_factor = 0.2),  autovacuum_vacuum_scale_factor = 0.2 where Dibs sets 0.05",
    "SET (autovacuum_enabled = off),              autovacuum is disabled",
  })
  void check_storageSetting_isFoundAndTheCureRestoresIt(String change, String found)
      throws SQLException {
    server.execute("ALTER TABLE tasks " + change);
    List<Finding> findings = check();
    assertOnly(findings).isEqualTo(Severity.WARNING, found, "ALTER TABLE");
    server.execute(findings.get(0).cure());
    assertThat(check()).isEmpty();
  }

  @Test
  void check_lowerStorageSetting_isWell() throws SQLException {
    server.execute("ALTER TABLE tasks SET (autovacuum_vacuum_scale_factor = 0.01)");
    assertThat(check()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"tasks", "dibs_pauses"})
  void check_unloggedTable_isFoundAndTheCureLogsIt(String table) throws SQLException {
    server.execute("ALTER TABLE " + table + " SET UNLOGGED");
    List<Finding> findings = check();
    assertOnly(findings)
        .isEqualTo(Severity.PROBLEM, "the table " + table + " is UNLOGGED", "SET LOGGED");
    server.execute(findings.get(0).cure());
    assertThat(check()).isEmpty();
  }

  /** How the table is now, in lines of which the cures must make each again. */
  private static final String KEPT =
      """
      SELECT * FROM (
        SELECT 'CONSTRAINT ' || quote_ident(conname), conname, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE conrelid = 'tasks'::regclass AND contype IN ('c', 'p')
        UNION ALL
        SELECT 'DEFAULT', attname, pg_get_expr(adbin, adrelid)
        FROM pg_attrdef JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum
        WHERE adrelid = 'tasks'::regclass AND attgenerated = ''
      ) AS kept (kind, name, definition) ORDER BY kind, name
      """;

  /** Each in turn, and at the end all is as it was, with the options of the key's index. */
  @Test
  void check_whatTheTableKeepsRight_isFoundWhereItIsLostAndTheCureMakesTheSame()
      throws SQLException {
    record Kept(String kind, String name, String definition) {}
    try (Connection connection = server.connect()) {
      List<Kept> all = new ArrayList<>();
      try (Statement statement = connection.createStatement();
          ResultSet rows = statement.executeQuery(KEPT)) {
        while (rows.next()) {
          all.add(new Kept(rows.getString(1), rows.getString(2), rows.getString(3)));
        }
      }
      assertThat(all).hasSize(20);
      String same = "SELECT string_agg(kept::text, '' ORDER BY kept) FROM (" + KEPT + ") AS kept";
      String whole =
          "SELECT ("
              + same
              + ") || (SELECT reloptions FROM pg_class WHERE relname = 'tasks_pkey'"
              + " AND relnamespace = quote_ident(current_schema())::regnamespace)::text";
      String before = DurableServer.query(connection, whole);
      for (Kept one : all) {
        DurableServer.execute(
            connection,
            "ALTER TABLE tasks "
                + (one.kind.equals("DEFAULT")
                    ? "ALTER COLUMN " + one.name + " DROP DEFAULT"
                    : "DROP " + one.kind));
        List<Finding> findings = check();
        assertThat(findings).as(one.toString()).hasSize(1);
        assertThat(findings.get(0).found())
            .contains(one.name.replace("tasks_pkey", "no primary key"));
        DurableServer.execute(connection, findings.get(0).cure());
        assertThat(DurableServer.query(connection, whole)).as(one.toString()).isEqualTo(before);
      }
    }
    assertThat(check()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "DROP CONSTRAINT tasks_pkey,           PROBLEM, no primary key",
    "ALTER COLUMN attempt DROP DEFAULT,    PROBLEM, every enqueue is refused",
    "ALTER COLUMN run_at DROP DEFAULT,     WARNING, has to name it",
    "DROP CONSTRAINT dibs_priority,        WARNING, what Dibs cannot read",
  })
  void check_lostConstraint_isAsBadAsItsLossIs(String change, Severity severity, String found)
      throws SQLException {
    server.execute("ALTER TABLE tasks " + change);
    assertOnly(check()).isEqualTo(severity, found, "ALTER TABLE " + QUOTED + ".\"tasks\" A");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "DROP FUNCTION claim_task                     | function claim_task(text[], text, interval)",
        "DROP FUNCTION with_error                     | function with_error(jsonb, integer, text)",
        "DROP TABLE dibs_pauses                       | table dibs_pauses",
        "ALTER TABLE tasks DROP COLUMN result         | column of tasks result",
        "ALTER TABLE tasks ALTER dead DROP EXPRESSION | column of tasks dead (generated)",
      })
  void check_missingPart_isFound(String change, String found) throws SQLException {
    server.execute(change);
    assertOnly(check())
        .isEqualTo(Severity.PROBLEM, "the " + found + " is missing", "Schema.scripts()");
  }

  @Test
  void check_roleWithoutGrants_namesEachAndTheCureGrantsThem() throws SQLException {
    server.execute(
        "CREATE ROLE \"A worker\" LOGIN",
        "REVOKE SELECT ON dibs_pauses, dibs_migrations FROM PUBLIC");
    try {
      List<Finding> findings = Doctor.check(server.dataSource("A worker"), SCHEMA);
      assertThat(findings)
          .extracting(finding -> finding.found().replaceFirst(".* lacks ", ""))
          .satisfiesExactly(
              one -> assertThat(one).isEqualTo("USAGE ON SCHEMA " + QUOTED),
              one -> assertThat(one).startsWith("SELECT (id, type, payload,").endsWith(".tasks"),
              one -> assertThat(one).startsWith("UPDATE (status, started_at,").endsWith(".tasks"),
              one -> assertThat(one).isEqualTo("SELECT ON " + QUOTED + ".dibs_migrations"),
              one -> assertThat(one).isEqualTo("SELECT ON " + QUOTED + ".dibs_pauses"),
              one -> assertThat(one).isEqualTo("EXECUTE ON FUNCTION " + QUOTED + ".claim_in_lanes"),
              one -> assertThat(one).contains("EXECUTE").contains("claim_task"),
              one -> assertThat(one).contains("EXECUTE").contains("complete_task"),
              one -> assertThat(one).contains("EXECUTE").contains("extend_task"),
              one -> assertThat(one).contains("EXECUTE").contains("fail_task"),
              one -> assertThat(one).contains("EXECUTE").contains("release_task"));
      assertThat(findings).extracting(Finding::cure).containsOnly(findings.get(0).cure());

      server.execute(findings.get(0).cure().replaceFirst(".* run SELECT", "SELECT"));
      assertThat(Doctor.check(server.dataSource("A worker"), SCHEMA)).isEmpty();
    } finally {
      server.execute("DROP OWNED BY \"A worker\"", "DROP ROLE \"A worker\"");
    }
  }

  private static List<Finding> check() {
    return Doctor.check(server.dataSource(), SCHEMA);
  }
}
