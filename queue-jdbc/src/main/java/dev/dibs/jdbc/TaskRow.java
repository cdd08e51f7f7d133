package dev.dibs.jdbc;

import dev.dibs.Priority;
import dev.dibs.Status;
import dev.dibs.Task;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Field;
import org.jspecify.annotations.Nullable;

/** One row of {@code tasks} as the statements return it. */
record TaskRow(Task task, boolean alone) {
  static final List<Field<?>> COLUMNS =
      List.of(
          Sql.ID,
          Sql.QUEUE,
          Sql.TYPE,
          Sql.PAYLOAD,
          Sql.PRIORITY,
          Sql.STATUS,
          Sql.ATTEMPT,
          Sql.MAX_ATTEMPTS,
          Sql.RUN_AT,
          Sql.CREATED_AT,
          Sql.STARTED_AT,
          Sql.COMPLETED_AT,
          Sql.ERROR,
          Sql.UNIQUE_KEY,
          Sql.CANCEL_REQUESTED,
          Sql.PROGRESS,
          Sql.RESULT,
          Sql.ALONE);

  /** The place of this column, from 1. */
  static final int STARTED_AT = COLUMNS.indexOf(Sql.STARTED_AT) + 1;

  /** Reads the current row of a result with {@link #COLUMNS}. */
  static TaskRow read(ResultSet rows) throws SQLException {
    return read(rows, new Times());
  }

  /** The same for one of many rows. */
  static TaskRow read(ResultSet rows, Times times) throws SQLException {
    return read(rows, times, times.read(rows, STARTED_AT));
  }

  /**
   * One of many rows that a claim took, with the microseconds of its time as the start; of one that
   * it ended instead that is wrong, and goes no further than the log.
   */
  static TaskRow claimed(ResultSet rows, Times times) throws SQLException {
    Instant now = Instant.EPOCH.plus(rows.getLong(STARTED_AT), ChronoUnit.MICROS);
    return read(rows, times, Optional.of(now));
  }

  private static TaskRow read(ResultSet rows, Times times, Optional<Instant> startedAt)
      throws SQLException {
    Instant runAt = times.read(rows, 9).orElseThrow();
    Task task =
        new Task(
            rows.getObject(1, UUID.class),
            rows.getString(2),
            rows.getString(3),
            rows.getString(4),
            Priority.ofRank(rows.getInt(5)),
            Status.of(rows.getString(6)),
            rows.getInt(7),
            rows.getInt(8),
            runAt,
            times.read(rows, 10).orElse(runAt),
            startedAt,
            times.read(rows, 12),
            Optional.ofNullable(rows.getString(13)),
            Optional.ofNullable(rows.getString(14)),
            rows.getBoolean(15),
            Optional.ofNullable(rows.getString(16)),
            Optional.ofNullable(rows.getString(17)));
    return new TaskRow(task, rows.getBoolean(18));
  }

  Lane lane() {
    return new Lane(task.type(), task.priority());
  }

  Position position() {
    return new Position(task.runAt(), task.id());
  }

  /**
   * Reads the times of many rows, of which a claim gives the same to each and an enqueue the same
   * to many: to parse one costs more than all the rest of a row. For one thread.
   */
  static final class Times {
    private final @Nullable String[] texts = new String[COLUMNS.size() + 1];
    private final Instant[] times = new Instant[COLUMNS.size() + 1];

    Optional<Instant> read(ResultSet rows, int column) throws SQLException {
      @Nullable String text = rows.getString(column);
      if (text == null) {
        return Optional.empty();
      }
      if (!text.equals(texts[column])) {
        texts[column] = text;
        times[column] = parsed(rows.getObject(column, OffsetDateTime.class));
      }
      return Optional.of(times[column]);
    }

    /** Programs in other languages may have written an infinite time. */
    private static Instant parsed(OffsetDateTime time) {
      if (time.equals(OffsetDateTime.MAX)) {
        return Instant.MAX;
      }
      return time.equals(OffsetDateTime.MIN) ? Instant.MIN : time.toInstant();
    }
  }
}
