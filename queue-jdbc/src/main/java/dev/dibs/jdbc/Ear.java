package dev.dibs.jdbc;

import dev.dibs.SetupException;
import java.lang.reflect.Field;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.PGStream;
import org.postgresql.core.QueryExecutorBase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears what is said to a connection, as soon as it comes. One thread.
 *
 * <p>Before the driver hands out what it has read, it waits a millisecond for more. It does so for
 * sockets that do not know whether they have more (TLS); what they have comes with the next call as
 * well. It has no option for that, only a time before which it does not look again, and that time
 * is put off here for as long as the connection is listened on. Of a driver that has no such field
 * the same is heard, a millisecond later.
 */
final class Ear implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PostgresTaskQueue.class);

  private final PGConnection connection;

  private Ear(PGConnection connection) {
    this.connection = connection;
    nextLook(Long.MAX_VALUE);
  }

  /**
   * @throws SetupException if it is no connection of the PostgreSQL JDBC driver
   */
  static Ear on(Connection connection) throws SQLException {
    if (!connection.isWrapperFor(PGConnection.class)) {
      throw new SetupException(
          "the connections of listenOn do not unwrap to those of the PostgreSQL JDBC driver; use"
              + " that driver, and a pool that supports unwrap or none");
    }
    return new Ear(connection.unwrap(PGConnection.class));
  }

  private void nextLook(long millis) {
    if (connection instanceof BaseConnection base
        && base.getQueryExecutor() instanceof QueryExecutorBase executor) {
      try {
        Object stream = field(QueryExecutorBase.class, "pgStream").get(executor);
        field(PGStream.class, "nextStreamAvailableCheckTime").setLong(stream, millis);
      } catch (ReflectiveOperationException | RuntimeException e) {
        log.debug("this driver waits before it tells what it heard", e);
      }
    }
  }

  private static Field field(Class<?> type, String name) throws ReflectiveOperationException {
    Field field = type.getDeclaredField(name);
    field.setAccessible(true);
    return field;
  }

  /** Waits until something is said, at most so long, which must not be 0. */
  List<PGNotification> hear(int millis) throws SQLException {
    PGNotification @Nullable [] heard = connection.getNotifications(millis);
    return heard == null ? List.of() : List.of(heard);
  }

  /** Leaves the connection as it was. */
  @Override
  public void close() {
    nextLook(0);
  }
}
