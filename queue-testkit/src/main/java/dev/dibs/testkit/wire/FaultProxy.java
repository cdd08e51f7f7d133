package dev.dibs.testkit.wire;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A TCP proxy in front of a PostgreSQL whose network fails when it is told to: it cuts a connection
 * at a message of the protocol, falls silent without closing anything, and refuses connections.
 *
 * <p>Connections never become encrypted: the proxy answers that the server does not offer it. That
 * is a message too, and so is everything else from the client's SSLRequest to its Terminate.
 *
 * <p>Thread-safe.
 *
 * <pre>{@code
 * try (FaultProxy proxy = FaultProxy.to("localhost", 5432)) {
 *   dataSource.setPortNumbers(new int[] {proxy.port()});
 *   proxy.arm(Cut.answer(1).from("insert into")); // committed, and nobody is told
 *   assertThrows(OutcomeUnknownException.class, () -> queue.enqueue(task));
 *   queue.enqueue(task); // makes it once
 * }
 * }</pre>
 */
public final class FaultProxy implements AutoCloseable {

  private final Set<FaultTraffic> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger connections = new AtomicInteger();
  private final WireProxy proxy;
  private volatile ArmedCut armed = disarmed();
  private volatile boolean silent;
  private volatile boolean refusing;

  private FaultProxy(String host, int port) {
    proxy = WireProxy.open("fault proxy", host, port, new Connections());
  }

  /**
   * Opens a proxy that passes everything on; it connects to the server once per client connection,
   * not before.
   *
   * @param host where PostgreSQL listens
   * @param port its TCP port
   * @throws UncheckedIOException if no local port is free
   */
  public static FaultProxy to(String host, int port) {
    return new FaultProxy(host, port);
  }

  /** The port on the loopback address that clients connect to instead of the server's. */
  public int port() {
    return proxy.port();
  }

  /** How many connections were let in since the proxy opened. */
  public int connections() {
    return connections.get();
  }

  /**
   * From now on messages are counted, of all connections, and one is cut; replaces what was armed.
   */
  public void arm(Cut cut) {
    settle();
    armed = new ArmedCut(cut);
  }

  /** What is armed will not cut any more; {@link #hasCut()} keeps its answer. */
  public void disarm() {
    settle();
    armed.disarm();
  }

  /** Whether what was armed last has cut; false if nothing was armed. */
  public boolean hasCut() {
    settle();
    return armed.hasStruck();
  }

  /**
   * Waits until what was armed last has cut.
   *
   * @return false if it had not within {@code atMost}
   * @throws InterruptedException if the thread is interrupted
   */
  public boolean awaitCut(Duration atMost) throws InterruptedException {
    return armed.await(atMost.toMillis());
  }

  /**
   * From now on nothing passes, on connections old and new, and nothing is closed: as when a
   * firewall forgets its connections or a cable is pulled.
   */
  public void fallSilent() {
    silent = true;
    open.forEach(connection -> connection.setSilent(true));
  }

  /** Ends the silence for all connections: what was held back arrives, late. */
  public void resume() {
    silent = false;
    open.forEach(connection -> connection.setSilent(false));
  }

  /** From now on new connections are reset at once; those that are open work on. */
  public void refuse() {
    refusing = true;
  }

  /** New connections work again; those that met a silence stay silent for good. */
  public void heal() {
    silent = false;
    refusing = false;
  }

  /** Closes the connections that are silent, as their hosts do when they find out. */
  public void closeSilent() {
    open.stream().filter(FaultTraffic::isSilent).forEach(FaultTraffic::close);
  }

  /** Closes all connections and ends all threads of the proxy; calling it again does nothing. */
  @Override
  public void close() {
    proxy.close();
  }

  /** Everything that clients had sent is counted, and connections that were cut have ended. */
  void awaitEnds() throws InterruptedException {
    settle();
    for (FaultTraffic connection : open) {
      connection.awaitEndIfSevered();
    }
  }

  private void settle() {
    open.forEach(FaultTraffic::settle);
  }

  ArmedCut armed() {
    return armed;
  }

  void closed(FaultTraffic connection) {
    open.remove(connection);
  }

  private static ArmedCut disarmed() {
    ArmedCut none = new ArmedCut(Cut.request(1));
    none.disarm();
    return none;
  }

  private final class Connections implements Traffic.Source {
    @Override
    public boolean admits() {
      return !refusing;
    }

    @Override
    public Traffic open(WireSession session) {
      connections.incrementAndGet();
      FaultTraffic connection = new FaultTraffic(FaultProxy.this, session);
      open.add(connection);
      // After it can be found, so that a silence that begins meanwhile is not missed.
      connection.setSilent(silent);
      return connection;
    }
  }
}
