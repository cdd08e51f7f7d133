package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.DatabaseException;
import dev.dibs.InvalidInputException;
import dev.dibs.OutcomeUnknownException;
import dev.dibs.SetupException;
import dev.dibs.Status;
import dev.dibs.TaskQueue;
import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.jdbc.Schema;
import dev.dibs.testkit.DibsPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

class SchemaIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.withEmptySchema();

  /** The table, index and function of the guide that many users begin with. */
  private static final String GUIDE =
      """
      CREATE TABLE tasks (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        type text NOT NULL,
        payload jsonb NOT NULL,
        status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'processing', 'completed', 'failed')),
        created_at timestamptz DEFAULT now(),
        started_at timestamptz,
        completed_at timestamptz,
        error text
      );
      CREATE INDEX idx_tasks_pending ON tasks(created_at) WHERE status = 'pending';
      CREATE FUNCTION claim_task() RETURNS SETOF tasks LANGUAGE sql AS $$
        UPDATE tasks SET status = 'processing', started_at = now()
        WHERE id = (SELECT id FROM tasks WHERE status = 'pending' ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING *
      $$;
      """;

  @BeforeEach
  void emptySchema() throws SQLException {
    Db.execute(
        postgres.dataSource(),
        "DROP SCHEMA " + postgres.schema() + " CASCADE",
        "CREATE SCHEMA " + postgres.schema());
  }

  @Test
  void install_twice_changesNothingTheSecondTime() throws SQLException {
    install();
    String first = fingerprint();
    install();
    assertThat(fingerprint()).isEqualTo(first);
  }

  @Test
  void install_tenAtOnce_oneInstalls() throws Exception {
    CyclicBarrier start = new CyclicBarrier(10);
    ExecutorService threads = Executors.newFixedThreadPool(10);
    List<Future<?>> installs = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      installs.add(
          threads.submit(
              () -> {
                start.await();
                install();
                return null;
              }));
    }
    for (Future<?> install : installs) {
      install.get();
    }
    threads.shutdown();
    assertThat(query("SELECT count(*) FROM dibs_migrations"))
        .isEqualTo(Integer.toString(Schema.VERSION));
  }

  @Test
  void scripts_asTheyAreInTheCurrentSchema_makeTheSame() throws SQLException {
    install();
    String installed = fingerprint();
    emptySchema();
    try (Connection connection = postgres.connect()) {
      for (int run = 0; run < 2; run++) {
        for (String script : Schema.scripts()) {
          Db.execute(connection, script);
        }
      }
      assertThat(Db.query(connection, "SHOW search_path"))
          .as("the session's search_path is as it was")
          .isEqualTo(Db.query(connection, "SELECT quote_ident(current_schema())"));
    }
    assertThat(fingerprint()).isEqualTo(installed);
  }

  @Test
  void install_guideTable_isAdoptedWithRowsInEveryStatus() throws SQLException {
    inSchema(
        GUIDE,
        """
        INSERT INTO tasks (type, payload, status, created_at, started_at, completed_at, error) VALUES
          ('a', '{"n": 1}', 'pending', now() - interval '3 hours', NULL, NULL, NULL),
          ('a', '{"n": 2}', 'pending', now() - interval '2 hours', NULL, NULL, NULL),
          ('a', '{"n": 3}', 'processing', now() - interval '4 hours', now() - interval '61 minutes', NULL, NULL),
          ('a', '{"n": 4}', 'processing', now() - interval '4 hours', now() - interval '1 minute', NULL, NULL),
          ('a', '{"n": 5}', 'completed', now() - interval '5 hours', now(), now(), NULL),
          ('a', '{"n": 6}', 'failed', NULL, now(), NULL, 'boom')
        """);
    install();

    TaskQueue queue = PostgresTaskQueue.create(postgres.dataSource(), postgres.schema());
    assertThat(queue.counts())
        .containsEntry(Status.PENDING, 2L)
        .containsEntry(Status.PROCESSING, 2L)
        .containsEntry(Status.COMPLETED, 1L)
        .containsEntry(Status.FAILED, 1L);
    // Oldest first, and the processing row whose hour is over; the other one is leased still.
    assertThat(queue.claim(ClaimRequest.of("a").limit(10)))
        .extracting(Claim::payload)
        .containsExactly("{\"n\": 3}", "{\"n\": 1}", "{\"n\": 2}");
    assertThat(
            query(
                "SELECT count(*) FROM pg_indexes WHERE indexname = 'idx_tasks_pending'"
                    + " AND schemaname = current_schema()"))
        .isEqualTo("0");
    inSchema("UPDATE tasks SET status = 'cancelled' WHERE payload = '{\"n\": 4}'");
  }

  @Test
  void install_guideTableAndGrantedRole_keepsItsRights() throws SQLException {
    String role = postgres.schema() + "_worker";
    inSchema(GUIDE, "CREATE ROLE " + role, "GRANT SELECT, INSERT, UPDATE ON tasks TO " + role);
    inSchema("GRANT USAGE ON SCHEMA " + postgres.schema() + " TO " + role);
    try {
      install();
      try (Connection connection = postgres.connect()) {
        Db.execute(
            connection, "SET ROLE " + role, "INSERT INTO tasks (type, payload) VALUES ('a', '1')");
        assertThat(Db.query(connection, "SELECT type FROM claim_task()")).isEqualTo("a");
      }
    } finally {
      Db.execute(postgres.dataSource(), "DROP OWNED BY " + role, "DROP ROLE " + role);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CREATE TABLE tasks (id bigint PRIMARY KEY, title text)",
        "CREATE TABLE tasks (id uuid PRIMARY KEY, type text NOT NULL, payload json NOT NULL,"
            + " status text, created_at timestamptz, started_at timestamptz,"
            + " completed_at timestamptz, error text)",
        "CREATE TABLE tasks (id uuid, type text NOT NULL, payload jsonb NOT NULL,"
            + " status text, created_at timestamptz, started_at timestamptz,"
            + " completed_at timestamptz, error text)",
        "CREATE TABLE tasks (id uuid PRIMARY KEY, type text NOT NULL, payload jsonb NOT NULL,"
            + " status text, created_at timestamptz, started_at timestamptz,"
            + " completed_at timestamptz, error text, retries int)",
        "CREATE VIEW tasks AS SELECT 1 AS id",
      })
  void install_foreignTasks_isRefusedUntouched(String foreign) throws SQLException {
    inSchema(foreign);
    String before = fingerprint();
    assertThatExceptionOfType(SetupException.class)
        .isThrownBy(() -> Schema.install(postgres.dataSource(), postgres.schema()))
        .withMessageContaining("choose another schema");
    assertThat(fingerprint()).isEqualTo(before);
  }

  @Test
  void install_foreignTasks_namesTheColumns() throws SQLException {
    inSchema("CREATE TABLE tasks (id bigint PRIMARY KEY, type text NOT NULL, title text)");
    assertThatExceptionOfType(SetupException.class)
        .isThrownBy(() -> Schema.install(postgres.dataSource(), postgres.schema()))
        .withMessageContaining("id is bigint instead of uuid")
        .withMessageContaining("title text is not of the contract")
        .withMessageContaining("payload jsonb is missing")
        .withMessageNotContaining("type");
  }

  @Test
  void install_rowsWithUnknownStatus_isRefusedUntouched() throws SQLException {
    inSchema(
        GUIDE,
        "ALTER TABLE tasks DROP CONSTRAINT tasks_status_check",
        "INSERT INTO tasks (type, payload, status) VALUES ('a', '1', 'done')");
    String before = fingerprint();
    assertThatExceptionOfType(SetupException.class)
        .isThrownBy(() -> Schema.install(postgres.dataSource(), postgres.schema()))
        .withMessageContaining("1 row(s) with status 'done'");
    assertThat(fingerprint()).isEqualTo(before);
  }

  @Test
  void install_guideTableWithACheckOfItsTypes_keepsIt() throws SQLException {
    inSchema(GUIDE, "ALTER TABLE tasks ADD CHECK (type IN ('a', 'b'))");
    install();
    queue().enqueue("a", "1");
    assertThatExceptionOfType(DatabaseException.class)
        .isThrownBy(() -> queue().enqueue("c", "1"))
        .withMessageContaining("SQLSTATE 23514");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ADD CONSTRAINT \"not begun\" CHECK (status <> 'pending' OR started_at IS NULL) | \"not begun\"; nothing was changed; drop them",
        "ADD CHECK ((status = 'completed') = (completed_at IS NOT NULL)) | tasks_check; nothing was changed; drop them",
        "SET UNLOGGED | .tasks SET LOGGED and run it again",
      })
  void install_guideTableThatCouldNotKeepThePromises_isRefusedUntouched(String change, String cure)
      throws SQLException {
    inSchema(GUIDE, "ALTER TABLE tasks " + change);
    String before = fingerprint();
    assertThatExceptionOfType(SetupException.class)
        .isThrownBy(SchemaIT::install)
        .withMessageContaining(cure);
    assertThat(fingerprint()).isEqualTo(before);
  }

  @Test
  void install_functionOfTheSameName_isRefusedUntouched() throws SQLException {
    inSchema("CREATE FUNCTION complete_task(n int) RETURNS int LANGUAGE sql AS 'SELECT 1'");
    assertThatExceptionOfType(SetupException.class)
        .isThrownBy(() -> Schema.install(postgres.dataSource(), postgres.schema()))
        .withMessageContaining("complete_task(integer)");
    assertThat(query("SELECT to_regclass('tasks')")).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"with \"quotes\" and spaces", "ünïcödé", "Select", "a.b", "$1;--"})
  void install_oddName_works(String schema) throws SQLException {
    try {
      Schema.install(postgres.dataSource(), schema);
      TaskQueue queue = PostgresTaskQueue.create(postgres.dataSource(), schema);
      queue.enqueue("a", "{}");
      assertThat(queue.claim(ClaimRequest.of("a"))).hasSize(1);
      assertThat(
              Db.query(
                  postgres.dataSource(),
                  "SELECT count(*) FROM " + quoted(schema) + ".claim_task(ARRAY['a'])"))
          .isEqualTo("0");
    } finally {
      Db.execute(postgres.dataSource(), "DROP SCHEMA IF EXISTS " + quoted(schema) + " CASCADE");
    }
  }

  @Test
  void install_nameOf63Bytes_worksAnd64IsRefused() throws SQLException {
    String longest = "é".repeat(31) + "x";
    Schema.install(postgres.dataSource(), longest);
    Db.execute(postgres.dataSource(), "DROP SCHEMA " + quoted(longest) + " CASCADE");
    for (String bad : new String[] {"é".repeat(32), "x".repeat(64), "", " ", "a\0b", "pg_mine"}) {
      assertThatExceptionOfType(InvalidInputException.class)
          .isThrownBy(() -> Schema.install(postgres.dataSource(), bad))
          .withMessageStartingWith("schema: must");
      assertThatExceptionOfType(InvalidInputException.class)
          .isThrownBy(() -> PostgresTaskQueue.create(postgres.dataSource(), bad));
    }
  }

  @Test
  void install_noDatabase_saysWhatTheServerSaid() throws SQLException {
    PGSimpleDataSource wrong = postgres.dataSource().unwrap(PGSimpleDataSource.class);
    wrong.setDatabaseName("not_there");
    assertThatExceptionOfType(DatabaseException.class)
        .isThrownBy(() -> Schema.install(wrong))
        .withMessageStartingWith("install: no connection to the database: ")
        .withMessageContaining("\"not_there\" does not exist");
  }

  @Test
  void install_connectionLost_isUnknownAndCanBeRepeated() throws Exception {
    try (Connection holder = postgres.connect()) {
      holder.setAutoCommit(false);
      Db.query(
          holder,
          "SELECT pg_advisory_xact_lock(hashtextextended('dibs schema "
              + postgres.schema()
              + "', 0))");
      CompletableFuture<Void> installing = CompletableFuture.runAsync(SchemaIT::install);
      Poll.until("the lock is waited for", Duration.ofSeconds(30), () -> endedWhoWaits(holder));
      assertThatExceptionOfType(ExecutionException.class)
          .isThrownBy(installing::get)
          .withCauseInstanceOf(OutcomeUnknownException.class);
    }
    install();
    assertThat(queue().enqueue("a", "1")).isNotNull();
  }

  private static void install() {
    Schema.install(postgres.dataSource(), postgres.schema());
  }

  private static boolean endedWhoWaits(Connection connection) throws SQLException {
    String ended =
        "SELECT count(*) > 0 FROM (SELECT pg_terminate_backend(pid) FROM pg_locks"
            + " WHERE locktype = 'advisory' AND NOT granted) AS ended";
    return Db.query(connection, ended).equals("t");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void renamed_besideANewSchemaOfTheOldName_isRefusedAndMendedByAMigration(boolean fromJava)
      throws SQLException {
    String renamed = postgres.schema() + "_renamed";
    install();
    UUID task = queue().enqueue("a", "1");
    try {
      inSchema("ALTER SCHEMA " + postgres.schema() + " RENAME TO " + renamed);
      install();
      UUID other = queue().enqueue("a", "2");
      TaskQueue queue = PostgresTaskQueue.create(postgres.dataSource(), renamed);
      assertThatExceptionOfType(SetupException.class)
          .isThrownBy(() -> queue.claim(ClaimRequest.of("a")))
          .withMessageContaining("cancel_task, claim_in_lanes, claim_task, complete_task")
          .withMessageContaining("run Schema.migrate(dataSource, \"" + renamed + "\")");

      if (fromJava) {
        Schema.migrate(postgres.dataSource(), renamed);
      } else {
        runScripts(renamed);
      }
      assertThat(queue.claim(ClaimRequest.of("a"))).extracting(Claim::id).containsExactly(task);
      assertThat(query("SELECT id FROM " + renamed + ".claim_task()")).isNull();
      assertThat(query("SELECT id FROM claim_task()")).isEqualTo(other.toString());
    } finally {
      Db.execute(postgres.dataSource(), "DROP SCHEMA IF EXISTS " + renamed + " CASCADE");
    }
  }

  private static void runScripts(String schema) throws SQLException {
    try (Connection connection = postgres.connect()) {
      connection.setSchema(schema);
      Db.execute(connection, Schema.scripts().toArray(String[]::new));
    }
  }

  @Test
  void migrate_functionsWithOtherSchemasBehindTheirOwn_leavesThem() throws SQLException {
    install();
    inSchema(
        "ALTER FUNCTION claim_in_lanes SET search_path = " + postgres.schema() + ", public",
        "ALTER FUNCTION claim_task SET search_path = public");
    String before = "SELECT proconfig FROM pg_proc WHERE oid = 'claim_in_lanes'::regproc";
    String left = query(before);
    Schema.migrate(postgres.dataSource(), postgres.schema());
    assertThat(query(before)).isEqualTo(left);
    assertThat(query("SELECT proconfig[1] FROM pg_proc WHERE oid = 'claim_task'::regproc"))
        .startsWith("search_path=" + postgres.schema());
    assertThat(queue().claim(ClaimRequest.of("a"))).isEmpty();
  }

  @Test
  void migrate_missingSchema_saysToInstall() {
    assertThatExceptionOfType(SetupException.class)
        .isThrownBy(() -> Schema.migrate(postgres.dataSource(), "not_there"))
        .withMessageContaining("Schema.install");
  }

  @Test
  void use_missingTables_saysToInstall() {
    assertThatExceptionOfType(SetupException.class)
        .isThrownBy(() -> queue().enqueue("a", "{}"))
        .withMessageContaining("Schema.install");
  }

  @Test
  void use_missingTablesWithinTransaction_doesNotSpoilIt() throws SQLException {
    try (Connection connection = postgres.connect()) {
      connection.setAutoCommit(false);
      assertThatExceptionOfType(SetupException.class)
          .isThrownBy(() -> queue().within(connection).enqueue("a", "{}"));
      assertThat(Db.query(connection, "SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void use_schemaOlderThanTheLibrary_saysToMigrate() throws SQLException {
    install();
    inSchema("DELETE FROM dibs_migrations WHERE version = " + Schema.VERSION);
    assertThatExceptionOfType(SetupException.class)
        .isThrownBy(() -> queue().claim(ClaimRequest.of("a")))
        .withMessageContaining("Schema.migrate");
  }

  @Test
  void use_newerSchemaThatKeepsThisLibrary_works() throws SQLException {
    install();
    inSchema("INSERT INTO dibs_migrations VALUES (99, 1)");
    queue().enqueue("a", "{}");
  }

  @Test
  void use_newerSchemaThatDropsThisLibrary_isRefused() throws SQLException {
    install();
    inSchema("INSERT INTO dibs_migrations VALUES (99, 98)");
    assertThatExceptionOfType(SetupException.class)
        .isThrownBy(SchemaIT::install)
        .withMessageContaining("is at migration 99")
        .withMessageContaining("upgrade Dibs");
    assertThatExceptionOfType(SetupException.class)
        .isThrownBy(() -> queue().enqueue("a", "{}"))
        .withMessageContaining("upgrade Dibs");
  }

  private static TaskQueue queue() {
    return PostgresTaskQueue.create(postgres.dataSource(), postgres.schema());
  }

  private static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  private static void inSchema(String... statements) throws SQLException {
    try (Connection connection = postgres.connect()) {
      Db.execute(connection, statements);
    }
  }

  private static String query(String sql) throws SQLException {
    try (Connection connection = postgres.connect()) {
      return Db.query(connection, sql);
    }
  }

  /** Every column, constraint, index, function and row count of the schema, as text. */
  private static String fingerprint() throws SQLException {
    return query(
        """
        SELECT string_agg(line, E'\\n' ORDER BY line) FROM (
          SELECT format('column %s.%s %s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
              a.attnotnull, a.attcollation::regcollation, pg_get_expr(d.adbin, d.adrelid)) AS line
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
            LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
            WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'v')
          UNION ALL
          SELECT format('constraint %s %s', conname, pg_get_constraintdef(oid)) FROM pg_constraint
            WHERE connamespace = current_schema()::regnamespace
          UNION ALL
          SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema()
          UNION ALL
          SELECT concat('function ', oid::regprocedure, prosrc, proconfig, proacl) FROM pg_proc
            WHERE pronamespace = current_schema()::regnamespace
          UNION ALL
          SELECT concat('options ', relname, reloptions) FROM pg_class
            WHERE relnamespace = current_schema()::regnamespace
        ) AS lines
        """);
  }
}
