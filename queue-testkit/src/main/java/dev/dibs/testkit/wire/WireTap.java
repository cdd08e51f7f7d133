package dev.dibs.testkit.wire;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A TCP proxy in front of a PostgreSQL that counts the statements and connections which pass.
 *
 * <p>A statement is what the server is told to run: each simple query and each Execute of the
 * extended protocol. The driver's {@code BEGIN}, {@code COMMIT} and {@code SET} count too, and so
 * does each further fetch from a cursor. Connections never become encrypted: the tap answers that
 * the server does not offer it.
 *
 * <p>Thread-safe. A statement whose result has arrived is counted.
 *
 * <pre>{@code
 * try (WireTap tap = WireTap.to("localhost", 5432)) {
 *   dataSource.setPortNumbers(new int[] {tap.port()});
 *   queue.enqueue("send_email", "{}");
 *   assertThat(tap.statements()).isEqualTo(1);
 * }
 * }</pre>
 */
public final class WireTap implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(WireTap.class);
  private static final int BACKLOG = 1024;

  private final String host;
  private final int serverPort;
  private final ServerSocket entrance;
  private final WireCounts counts;
  private final Set<WireSession> sessions = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads = Executors.newCachedThreadPool(WireTap::daemon);

  private WireTap(String host, int port, boolean recording) {
    this.host = host;
    this.serverPort = port;
    this.counts = new WireCounts(recording);
    try {
      this.entrance = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException("The wire tap found no free port", e);
    }
    threads.execute(this::accept);
  }

  /**
   * Opens a tap that counts; it connects to the server once per client connection, not before.
   *
   * @param host where PostgreSQL listens
   * @param port its TCP port
   * @throws UncheckedIOException if no local port is free
   */
  public static WireTap to(String host, int port) {
    return new WireTap(host, port, false);
  }

  /**
   * Opens a tap that counts and keeps the text of each statement, for {@link #sql()}.
   *
   * @param host where PostgreSQL listens
   * @param port its TCP port
   * @throws UncheckedIOException if no local port is free
   */
  public static WireTap recording(String host, int port) {
    return new WireTap(host, port, true);
  }

  /** The port on the loopback address that clients connect to instead of the server's. */
  public int port() {
    return entrance.getLocalPort();
  }

  /** How many statements were sent since the tap opened or was {@linkplain #reset() reset}. */
  public long statements() {
    return counts.statements();
  }

  /** How many connections were opened since the tap opened or was {@linkplain #reset() reset}. */
  public int connections() {
    return counts.connections();
  }

  /** How many connections are open now; one that its client has closed no longer counts. */
  public int openConnections() {
    sessions.forEach(WireSession::settle);
    return counts.open();
  }

  /**
   * The most connections open at one time since the tap opened or was {@linkplain #reset() reset}.
   */
  public int peakConnections() {
    return counts.peak();
  }

  /**
   * The text of each counted statement, in the order sent, as the server got it: {@code $1} for a
   * parameter. Empty unless the tap was opened by {@link #recording}.
   */
  public List<String> sql() {
    return counts.sql();
  }

  /** Starts the counts anew; the peak begins with the connections that are open now. */
  public void reset() {
    sessions.forEach(WireSession::settle);
    counts.reset();
  }

  /** Cuts all connections and ends all threads of the tap; calling it again does nothing. */
  @Override
  public void close() {
    threads.shutdown();
    try {
      entrance.close();
    } catch (IOException e) {
      throw new UncheckedIOException("The wire tap's port could not be closed", e);
    }
    sessions.forEach(WireSession::close);
    try {
      if (!threads.awaitTermination(10, TimeUnit.SECONDS)) {
        log.warn("Wire tap - threads still run after 10 s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void accept() {
    while (!entrance.isClosed()) {
      try {
        Socket client = entrance.accept();
        threads.execute(() -> serve(client));
      } catch (IOException | RejectedExecutionException e) {
        if (!entrance.isClosed()) {
          log.warn("Wire tap - could not accept a connection", e);
        }
      }
    }
  }

  private void serve(Socket client) {
    try (client;
        Socket server = new Socket(host, serverPort)) {
      WireSession session = new WireSession(client, server, counts);
      sessions.add(session);
      try {
        // Refused when close() has gone over the sessions already.
        threads.execute(() -> answer(session));
        session.pumpRequests(() -> settleOthers(session));
      } finally {
        session.close();
        sessions.remove(session);
      }
    } catch (IOException | RejectedExecutionException e) {
      log.debug("Wire tap - a connection ended", e);
    }
  }

  private static void answer(WireSession session) {
    try {
      session.pumpAnswers();
    } catch (IOException e) {
      log.debug("Wire tap - a connection ended", e);
    } finally {
      session.close();
    }
  }

  // A client that closes one connection and opens the next never had two, but the goodbye of the
  // first may still wait in its socket: without this the peak would sometimes be one too many.
  private void settleOthers(WireSession opening) {
    for (WireSession session : sessions) {
      if (session != opening) {
        session.settle();
      }
    }
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "dibs-wire-tap");
    thread.setDaemon(true);
    return thread;
  }
}
