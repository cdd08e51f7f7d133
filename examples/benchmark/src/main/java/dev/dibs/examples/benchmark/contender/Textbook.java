package dev.dibs.examples.benchmark.contender;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;

/** The well-known recipe: eight columns, one row per claim, completion by id. */
final class Textbook implements Contender {
  private static final String CLAIM =
      "UPDATE tasks SET status = 'processing', started_at = now() WHERE id = (SELECT id FROM tasks"
          + " WHERE status = 'pending' ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED)"
          + " RETURNING *";
  private static final String COMPLETE =
      "UPDATE tasks SET status = 'completed', completed_at = now() WHERE id = ?";
  private final int threads;

  Textbook(Settings settings) {
    this.threads = settings.integer("threads", 8);
  }

  @Override
  public String name() {
    return "textbook";
  }

  @Override
  public String settings() {
    return threads + " threads, prepared statements";
  }

  @Override
  public int connections() {
    return threads + 1;
  }

  @Override
  public void install(DataSource database) throws SQLException {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE TABLE tasks (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), type text NOT NULL,"
              + " payload jsonb NOT NULL, status text DEFAULT 'pending' CHECK (status IN"
              + " ('pending', 'processing', 'completed', 'failed')),"
              + " created_at timestamptz DEFAULT now(), started_at timestamptz,"
              + " completed_at timestamptz, error text)");
      statement.execute(
          "CREATE INDEX idx_tasks_pending ON tasks(created_at) WHERE status = 'pending'");
    }
  }

  @Override
  public String table() {
    return "tasks";
  }

  @Override
  public String unfinished() {
    return "status <> 'completed'";
  }

  @Override
  public int tasks() {
    return 30_000;
  }

  @Override
  public Producer producer(DataSource pool) {
    return new DibsTable(pool);
  }

  @Override
  public Running start(DataSource pool, Work work) {
    List<SqlThreads.Turn> turns = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      turns.add(() -> take(pool, work));
    }
    return SqlThreads.start(work, turns);
  }

  private static boolean take(DataSource pool, Work work) throws SQLException {
    try (Connection connection = pool.getConnection()) {
      UUID id;
      try (PreparedStatement claim = connection.prepareStatement(CLAIM);
          ResultSet row = claim.executeQuery()) {
        if (!row.next()) {
          return false;
        }
        id = row.getObject("id", UUID.class);
        work.handle(row.getString("payload"));
      }
      try (PreparedStatement complete = connection.prepareStatement(COMPLETE)) {
        complete.setObject(1, id);
        complete.executeUpdate();
      }
      return true;
    }
  }
}
