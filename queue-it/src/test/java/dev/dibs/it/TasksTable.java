package dev.dibs.it;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import javax.sql.DataSource;

/** The table {@code tasks} as an operator with psql has it, beside any queue. */
public final class TasksTable {
  private static final String MOVE_BACK =
      """
      update tasks set
        run_at = run_at - span, created_at = created_at - span, started_at = started_at - span,
        completed_at = completed_at - span, lease_until = lease_until - span,
        unique_window = (
          select tstzrange(pg_catalog.lower(unique_window) - buckets, pg_catalog.upper(unique_window) - buckets)
          from (select extract(epoch from pg_catalog.upper(unique_window) - pg_catalog.lower(unique_window))) as one (secs)
            cross join lateral (
              select make_interval(secs =>
                (secs * floor(extract(epoch from span)::numeric / secs))::double precision)
            ) as moved (buckets)
          where unique_window is not null)
      from (select ?::double precision * interval '1 microsecond' as span) as given
      """;

  private static final String PUT_BACK =
      """
      update tasks set status = 'pending', started_at = null
      where status = 'processing' and id = ?
      """;

  private final DataSource dataSource;
  private final String schema;

  /** For the table in that schema. */
  public TasksTable(DataSource dataSource, String schema) {
    this.dataSource = dataSource;
    this.schema = schema;
  }

  /** Empties it, and what operators and housekeepers left beside it. */
  public void clear() {
    run("truncate tasks, dibs_pauses, dibs_housekeeping", PreparedStatement::execute);
  }

  /**
   * Makes so much time pass for every row: all its times lie earlier by as much, and its unique
   * window by as many whole ones, for windows stay where the clock has put them.
   */
  public void moveBack(Duration time) {
    run(
        MOVE_BACK,
        statement -> {
          statement.setLong(1, time.toNanos() / 1000);
          return statement.executeUpdate();
        });
  }

  /** The operator's rescue by hand of one task that is processing. */
  public void putBack(UUID id) {
    run(
        PUT_BACK,
        statement -> {
          statement.setObject(1, id);
          return statement.executeUpdate();
        });
  }

  /** The database's clock. */
  public Instant now() {
    return run(
        "select clock_timestamp()",
        statement -> {
          try (ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getObject(1, OffsetDateTime.class).toInstant();
          }
        });
  }

  /** All rows by id, each as {@code reader} reads its columns. */
  public <T> Map<UUID, T> rows(Reader<T> reader) {
    return run(
        "select * from tasks",
        statement -> {
          Map<UUID, T> rows = new HashMap<>();
          try (ResultSet row = statement.executeQuery()) {
            while (row.next()) {
              rows.put(row.getObject("id", UUID.class), reader.read(row));
            }
          }
          return rows;
        });
  }

  /** Reads the row that the result stands at. */
  @FunctionalInterface
  public interface Reader<T> {
    /** Reads it without moving on. */
    T read(ResultSet row) throws SQLException;
  }

  private <T> T run(String sql, Reading<T> reading) {
    try (Connection connection = dataSource.getConnection()) {
      connection.setSchema(schema);
      try (PreparedStatement statement = connection.prepareStatement(sql)) {
        return reading.of(statement);
      }
    } catch (SQLException e) {
      throw new IllegalStateException("cannot run: " + sql, e);
    }
  }

  @FunctionalInterface
  private interface Reading<T> {
    T of(PreparedStatement statement) throws SQLException;
  }
}
