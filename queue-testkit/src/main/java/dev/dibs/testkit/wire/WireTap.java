package dev.dibs.testkit.wire;

import java.io.UncheckedIOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

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

  private final WireCounts counts;
  private final Set<CountedTraffic> connections = ConcurrentHashMap.newKeySet();
  private final WireProxy proxy;

  private WireTap(String host, int port, boolean recording) {
    this.counts = new WireCounts(recording);
    this.proxy = WireProxy.open("wire tap", host, port, this::count);
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
    return proxy.port();
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
    connections.forEach(CountedTraffic::settle);
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
    connections.forEach(CountedTraffic::settle);
    counts.reset();
  }

  private Traffic count(WireSession session) {
    CountedTraffic traffic = new CountedTraffic(session, counts, connections);
    connections.add(traffic);
    return traffic;
  }

  /** Cuts all connections and ends all threads of the tap; calling it again does nothing. */
  @Override
  public void close() {
    proxy.close();
  }
}
