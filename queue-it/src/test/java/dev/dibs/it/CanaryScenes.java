package dev.dibs.it;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.DibsException;
import dev.dibs.NewTask;
import dev.dibs.TaskQueue;
import dev.dibs.jdbc.PostgresTaskQueue;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A process that logs all that Dibs has to say and prints whatever else Dibs shows, while a secret
 * goes through payloads, results and progress. Nothing here prints the secret itself, except where
 * {@code control} is asked for.
 */
final class CanaryScenes {
  private static final String APPLICATION = "canary";

  final String secret;
  final TaskQueue queue;
  private final String schema;
  private final DataSource source;
  private final PGSimpleDataSource other;
  private final Connection operator;

  private CanaryScenes(String jdbcUrl, String schema, String secret) throws SQLException {
    PGSimpleDataSource own = new PGSimpleDataSource();
    own.setUrl(jdbcUrl);
    own.setApplicationName(APPLICATION);
    other = new PGSimpleDataSource();
    other.setUrl(jdbcUrl);
    this.secret = secret;
    this.schema = schema;
    source = own;
    queue = PostgresTaskQueue.create(own, schema);
    operator = other.getConnection();
    operator.setSchema(schema);
  }

  /** Arguments: JDBC URL, schema, secret, scene. */
  public static void main(String[] arguments) throws Exception {
    CanaryScenes scenes = new CanaryScenes(arguments[0], arguments[1], arguments[2]);
    try {
      switch (arguments[3]) {
        case "control" -> CanaryWorkers.control(scenes);
        case "workers" -> CanaryWorkers.run(scenes);
        default -> scenes.calls();
      }
      System.out.println("END");
    } catch (Exception | AssertionError e) {
      e.printStackTrace(System.out);
    }
    // Handlers that never end are part of the play.
    System.exit(0);
  }

  static Process start(String jdbcUrl, String schema, String secret, String scene, Path output)
      throws IOException {
    return ChildJvm.program(
            CanaryScenes.class,
            List.of("-Dorg.slf4j.simpleLogger.log.dev.dibs=trace"),
            jdbcUrl,
            schema,
            secret,
            scene)
        .redirectErrorStream(true)
        .redirectOutput(output.toFile())
        .start();
  }

  String payload() {
    return "{\"card\": \"" + secret + "\", \"" + secret + "\": [1]}";
  }

  String json() {
    return "[\"" + secret + "\"]";
  }

  String table(String name) {
    return schema + "." + name;
  }

  Connection connect() throws SQLException {
    return source.getConnection();
  }

  void await(String condition) throws SQLException {
    Db.await(operator, condition);
  }

  void operator(String... statements) throws SQLException {
    Db.execute(operator, statements);
  }

  static void show(String scene, Object seen) {
    System.out.println(scene + ": " + seen);
  }

  /** Prints what Dibs throws, with all causes. */
  static void thrown(String scene, Runnable call) {
    try {
      call.run();
      System.out.println("NOT THROWN: " + scene);
    } catch (DibsException e) {
      System.out.println(scene + ":");
      e.printStackTrace(System.out);
    }
  }

  private Claim claim(String type, Duration lease) {
    queue.enqueue(type, payload());
    return queue.claim(ClaimRequest.of(type).lease(lease)).get(0);
  }

  private void calls() throws Exception {
    invalid();
    values();
    leases();
    refusals();
    unknownOutcomes();
  }

  private void invalid() {
    String beyond = "[\"" + secret.repeat((1 << 20) / secret.length() + 1) + "\"]";
    for (String bad :
        List.of(
            payload() + "}",
            "{" + secret + ": 1}",
            secret,
            "[" + json() + " " + json() + "]",
            "[\"" + secret + "\\u0000\"]",
            "[\"" + secret + "\ud800\"]",
            "{\"" + secret + "\": 1e999999}",
            "[".repeat(2000) + json() + "]".repeat(2000),
            beyond)) {
      thrown("enqueue", () -> queue.enqueue("invalid", bad));
      thrown("enqueueAll", () -> queue.enqueueAll("invalid", List.of(payload(), bad)));
      Claim claim = claim("invalid", Duration.ofHours(1));
      thrown("complete", () -> claim.complete(bad));
      thrown("progress", () -> claim.progress(bad));
      claim.complete();
    }
    thrown("enqueueAll", () -> queue.enqueueAll("invalid", List.of(payload(), payload() + ",")));
    NewTask twice = NewTask.of("invalid", payload());
    thrown("enqueueAll", () -> queue.enqueueAll(List.of(twice, twice)));
    queue.enqueue(twice);
    thrown("conflict", () -> queue.enqueue(NewTask.of("invalid", json()).id(twice.id())));
  }

  private void values() {
    show("NewTask", NewTask.of("values", payload()).uniqueKey("key"));
    Claim claim = claim("values", Duration.ofHours(1));
    claim.progress(json());
    show("Claim", claim);
    show("Task", claim.task());
    show("Task", queue.find(claim.id()));
    show("Complete", new ClaimUpdate.Complete(claim, Optional.of(json())));
    show("Progress", new ClaimUpdate.Progress(claim, json()));
    show("Retry", new ClaimUpdate.Retry(claim, "because of " + secret, Duration.ZERO));
    show("Fail", new ClaimUpdate.Fail(claim, "because of " + secret));
    show("Release", new ClaimUpdate.Release(claim, Duration.ZERO));
    show("Extend", new ClaimUpdate.Extend(claim, Duration.ofSeconds(1)));
    claim.complete(json());
    show("Task", queue.find(claim.id()));
    show("errors", queue.errors(claim.id()));
    show("queue", queue);
    show("within", queue.within(operator));
  }

  private void leases() throws SQLException {
    Claim first = claim("leases", Duration.ofMillis(1));
    await("SELECT lease_until < clock_timestamp() FROM tasks WHERE id = '" + first.id() + "'");
    Claim second = queue.claim(ClaimRequest.of("leases").lease(Duration.ofHours(1))).get(0);
    thrown("complete", () -> first.complete(json()));
    thrown("progress", () -> first.progress(json()));
    queue.cancel(second.id());
    thrown("progress", () -> second.progress(json()));
    thrown("extend", () -> second.extend(Duration.ofHours(1)));
    second.fail(new IllegalStateException("fails"));
    show("errors", queue.errors(second.id()));
  }

  /** The server refuses rows; its details quote them whole. */
  private void refusals() throws SQLException {
    operator(
        "ALTER TABLE tasks ADD CONSTRAINT canary CHECK (type <> 'refused'"
            + " AND (type <> 'poison' OR status <> 'completed' AND progress IS NULL)) NOT VALID");
    thrown("enqueue", () -> queue.enqueue("refused", payload()));
    thrown("unique", () -> queue.enqueue(NewTask.of("refused", payload()).uniqueKey("k")));
    try (Connection connection = connect()) {
      connection.setAutoCommit(false);
      thrown("within", () -> queue.within(connection).enqueue("refused", payload()));
    }
    Claim claim = claim("poison", Duration.ofHours(1));
    thrown("complete", () -> claim.complete(json()));
    thrown("progress", () -> claim.progress(json()));
    try (Connection connection = connect()) {
      connection.setAutoCommit(false);
      thrown("completeIn", () -> claim.completeIn(connection));
    }
    claim.fail(new IllegalStateException("fails"));
    operator("ALTER TABLE tasks DROP CONSTRAINT canary");
    Claim other = claim("refused", Duration.ofHours(1));
    operator("ALTER TABLE tasks RENAME result TO gone");
    thrown("complete", () -> other.complete(json()));
    operator("ALTER TABLE tasks RENAME gone TO result");
    other.complete(json());
  }

  /** Each call waits behind a lock when its connection is cut. */
  private void unknownOutcomes() throws Exception {
    Claim claim = claim("unknown", Duration.ofHours(1));
    NewTask task = NewTask.of("unknown", payload());
    // Of its own, because within a transaction the list of what waits stands still.
    Connection locks = other.getConnection();
    locks.setSchema(schema);
    locks.setAutoCommit(false);
    Db.execute(
        locks,
        "SELECT FROM tasks WHERE id = '" + claim.id() + "' FOR UPDATE",
        "INSERT INTO tasks (id, type, payload) VALUES ('" + task.id() + "', 'unknown', '1')");
    cut("complete", () -> claim.complete(json()));
    cut("progress", () -> claim.progress(json()));
    cut("enqueue", () -> queue.enqueue(task));
    cut("cancel", () -> queue.cancel(claim.id()));
    try (Connection connection = connect()) {
      cut("within", () -> queue.within(connection).enqueue(task));
    }
    try (Connection connection = connect()) {
      cut("completeIn", () -> claim.completeIn(connection));
      thrown("closed", () -> queue.within(connection).enqueue("unknown", payload()));
    }
    locks.rollback();
    locks.close();
    claim.complete(json());
  }

  private void cut(String scene, Runnable call) throws Exception {
    ExecutorService caller = Executors.newSingleThreadExecutor();
    try {
      Future<?> done = caller.submit(() -> thrown(scene, call));
      await(waiting("count(*) > 0"));
      operator("SELECT pg_terminate_backend(pid) FROM (" + waiting("pid") + ") AS w");
      done.get();
    } finally {
      caller.shutdown();
    }
  }

  private static String waiting(String what) {
    return "SELECT "
        + what
        + " FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = '"
        + APPLICATION
        + "'";
  }

  /** Cuts every connection of the queue. */
  void cutAll() throws SQLException {
    operator(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '"
            + APPLICATION
            + "'");
  }
}
