package dev.dibs.testkit.wire;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.PooledConnection;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;
import org.postgresql.ds.PGPooledConnection;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A client's connections through the proxy: one that it keeps and replaces when it is broken, or a
 * new one each time. Used by one thread, and other threads get none: what a queue does beside an
 * operation is no part of it, and its messages are not counted.
 */
final class CutClient extends PGSimpleDataSource implements AutoCloseable {
  private static final long serialVersionUID = 1L;

  private final boolean fresh;
  private transient volatile Thread user = Thread.currentThread();
  private transient Duration patience = Duration.ZERO;
  private transient @Nullable Connection physical;
  private transient @Nullable PooledConnection kept;

  /**
   * The connections of one client, patient until told otherwise.
   *
   * @param jdbcUrl of the server, with the driver's settings
   * @param port the proxy's
   * @param fresh whether each connection is a new one
   */
  CutClient(String jdbcUrl, int port, boolean fresh) throws SQLException {
    this.fresh = fresh;
    setUrl(jdbcUrl);
    setServerNames(new String[] {"localhost"});
    setPortNumbers(new int[] {port});
    setPatience(CutBench.PATIENT);
  }

  /** How long it waits for an answer, on connections that are borrowed from now on. */
  void setPatience(Duration patience) throws SQLException {
    this.patience = patience;
    // The driver knows whole seconds only, until there is a connection.
    setSocketTimeout((int) Math.max(1, patience.toSeconds()));
    setProperty(PGProperty.SSL_RESPONSE_TIMEOUT, Long.toString(patience.toMillis()));
  }

  /** From now on it is this thread's. */
  void take() {
    user = Thread.currentThread();
  }

  static void checkUser(Thread user) throws SQLException {
    if (Thread.currentThread() != user) {
      throw new SQLException("only for the thread that runs the operation", "08001");
    }
  }

  @Override
  public Connection getConnection() throws SQLException {
    checkUser(user);
    Connection connection = fresh ? super.getConnection() : kept();
    connection.setNetworkTimeout(Runnable::run, (int) patience.toMillis());
    return connection;
  }

  /** The next connection is a new one. */
  void forget() {
    if (physical != null) {
      closeQuietly(physical);
    }
    physical = null;
  }

  private Connection kept() throws SQLException {
    PooledConnection pooled = kept;
    if (pooled == null || physical == null || physical.isClosed()) {
      physical = super.getConnection();
      pooled = new PGPooledConnection(physical, true);
      kept = pooled;
    }
    return pooled.getConnection();
  }

  static void closeQuietly(Connection connection) {
    try {
      connection.close();
    } catch (SQLException e) {
      // It is broken; nothing is lost with it.
    }
  }

  @Override
  public void close() throws SQLException {
    if (physical != null) {
      physical.close();
    }
  }
}
