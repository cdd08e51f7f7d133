package dev.dibs.jdbc;

import dev.dibs.SetupException;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGStatement;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.BaseStatement;
import org.postgresql.core.Oid;
import org.postgresql.jdbc.PgArray;
import org.postgresql.jdbc.PreferQueryMode;

/** Prepares a statement and binds its parameters in order. */
final class Bind {
  /**
   * Dimensions, whether there are nulls, type of the elements; length and first index (array_recv).
   */
  private static final int UUID_ARRAY_HEADER = 5 * Integer.BYTES;

  private static final int UUID_ELEMENT = Integer.BYTES + 2 * Long.BYTES;

  private final PreparedStatement statement;
  private int index;

  private Bind(PreparedStatement statement) {
    this.statement = statement;
  }

  /**
   * Prepares a statement that is planned at each execution. A plan kept from the time when the
   * table was empty scans and sorts everything that has come since (PREPARE, "Notes": generic
   * plans).
   */
  static PreparedStatement planned(Connection connection, String sql) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    try {
      if (!statement.isWrapperFor(PGStatement.class)) {
        throw new SetupException(
            "the statements of this DataSource do not unwrap to those of the PostgreSQL JDBC driver;"
                + " use that driver, and a pool that supports unwrap, for example HikariCP");
      }
      statement.unwrap(PGStatement.class).setPrepareThreshold(0);
      return statement;
    } catch (SQLException | RuntimeException e) {
      statement.close();
      throw e;
    }
  }

  static Bind to(PreparedStatement statement) {
    return new Bind(statement);
  }

  /** PostgreSQL's resolution; a finer part is dropped. */
  static long micros(Duration duration) {
    return Math.addExact(
        Math.multiplyExact(duration.getSeconds(), 1_000_000L), duration.getNano() / 1000);
  }

  /** One without a value goes as an empty one: beside longer ones unnest fills it with nulls. */
  Bind array(String type, @Nullable Object[] values) throws SQLException {
    @Nullable Object[] sent = isEmpty(values) ? new Object[0] : values;
    statement.setArray(++index, driver().createArrayOf(type, sent));
    return this;
  }

  /**
   * The driver's own connection, known to the driver's own statement whatever wraps them: of a
   * statement that a pool has kept, the wrapper may still name the connection of its first use.
   */
  private BaseConnection driver() throws SQLException {
    Connection connection = statement.unwrap(BaseStatement.class).getConnection();
    return connection.unwrap(BaseConnection.class);
  }

  private static boolean isEmpty(@Nullable Object[] values) {
    return Arrays.stream(values).allMatch(Objects::isNull);
  }

  /** Of values whose text needs no quotes, such as numbers; for a parameter with a cast. */
  Bind plainArray(@Nullable Object[] values) throws SQLException {
    @Nullable Object[] sent = isEmpty(values) ? new Object[0] : values;
    StringBuilder text = new StringBuilder(sent.length * 8 + 2).append('{');
    for (int i = 0; i < sent.length; i++) {
      text.append(i == 0 ? "" : ",").append(sent[i] == null ? "NULL" : sent[i]);
    }
    statement.setObject(++index, text.append('}').toString(), Types.OTHER);
    return this;
  }

  /**
   * In the binary format: to read id and token of a task as text would cost the server nearly a
   * microsecond. The driver takes an array that is binary already, but makes no such one of UUIDs;
   * and where it writes values into the statement's text ({@code preferQueryMode=simple}), it has
   * no text for such an array.
   */
  Bind uuids(Collection<UUID> values) throws SQLException {
    BaseConnection connection = driver();
    if (connection.getPreferQueryMode() == PreferQueryMode.SIMPLE) {
      return array("uuid", values.toArray());
    }
    ByteBuffer bytes = ByteBuffer.allocate(UUID_ARRAY_HEADER + values.size() * UUID_ELEMENT);
    bytes.putInt(1).putInt(0).putInt(Oid.UUID).putInt(values.size()).putInt(1);
    for (UUID value : values) {
      bytes.putInt(2 * Long.BYTES);
      bytes.putLong(value.getMostSignificantBits()).putLong(value.getLeastSignificantBits());
    }
    statement.setArray(++index, new PgArray(connection, Oid.UUID_ARRAY, bytes.array()));
    return this;
  }

  Bind value(@Nullable Object value) throws SQLException {
    statement.setObject(++index, value);
    return this;
  }
}
