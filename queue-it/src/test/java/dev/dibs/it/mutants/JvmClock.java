package dev.dibs.it.mutants;

import dev.dibs.ClaimRequest;
import dev.dibs.NewTask;
import dev.dibs.TaskQueue;
import dev.dibs.it.ForwardingTaskQueue;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;

/** Takes the clock of its JVM, which is wrong, for the database's. */
final class JvmClock {
  private JvmClock() {}

  /** Claims what is due by its own clock. */
  static TaskQueue claiming(DataSource dataSource, TaskQueue queue, Duration skew) {
    return new PlainClaim(dataSource, queue, ClaimSql.JVM_CLOCK) {
      @Override
      Object value(Connection connection, String name, ClaimRequest request, UUID token)
          throws SQLException {
        return name.equals("now")
            ? OffsetDateTime.now(ZoneOffset.UTC).plus(skew)
            : super.value(connection, name, request, token);
      }
    };
  }

  /** Makes the due times of delays by its own clock. */
  static TaskQueue enqueuing(TaskQueue queue, Duration skew) {
    return new ForwardingTaskQueue(queue) {
      @Override
      public List<UUID> enqueueAll(List<NewTask> tasks) {
        return super.enqueueAll(tasks.stream().map(this::dated).toList());
      }

      private NewTask dated(NewTask task) {
        return task.delay().isZero()
            ? task
            : task.runAt(Instant.now().plus(skew).plus(task.delay()));
      }
    };
  }
}
