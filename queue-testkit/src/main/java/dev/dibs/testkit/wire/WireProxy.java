package dev.dibs.testkit.wire;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The port in front of a PostgreSQL, and all connections through it. Thread-safe. */
final class WireProxy {

  private static final Logger log = LoggerFactory.getLogger(WireProxy.class);
  private static final int BACKLOG = 1024;

  private final String name;
  private final String host;
  private final int serverPort;
  private final Traffic.Source source;
  private final ServerSocket entrance;
  private final Set<WireSession> sessions = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads;

  private WireProxy(String name, String host, int serverPort, Traffic.Source source) {
    this.name = name;
    this.host = host;
    this.serverPort = serverPort;
    this.source = source;
    this.threads = Executors.newCachedThreadPool(this::daemon);
    try {
      this.entrance = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException("The " + name + " found no free port", e);
    }
  }

  /**
   * Opens a port on the loopback address.
   *
   * @param name for logs and threads
   */
  static WireProxy open(String name, String host, int serverPort, Traffic.Source source) {
    WireProxy proxy = new WireProxy(name, host, serverPort, source);
    proxy.threads.execute(proxy::accept);
    return proxy;
  }

  int port() {
    return entrance.getLocalPort();
  }

  /** Those that are open now. */
  Set<WireSession> sessions() {
    return sessions;
  }

  /** Cuts all connections and ends all threads; calling it again does nothing. */
  void close() {
    threads.shutdown();
    try {
      entrance.close();
    } catch (IOException e) {
      throw new UncheckedIOException("The port of the " + name + " could not be closed", e);
    }
    sessions.forEach(WireSession::close);
    try {
      if (!threads.awaitTermination(10, TimeUnit.SECONDS)) {
        log.warn("{} - threads still run after 10 s", name);
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
          log.warn("{} - could not accept a connection", name, e);
        }
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      if (!source.admits()) {
        client.setSoLinger(true, 0);
        return;
      }
      try (Socket server = new Socket(host, serverPort)) {
        serve(new WireSession(client, server, source));
      }
    } catch (IOException | InterruptedException | RejectedExecutionException e) {
      log.debug("{} - a connection ended", name, e);
    }
  }

  private void serve(WireSession session) throws IOException, InterruptedException {
    sessions.add(session);
    try {
      // Refused when close() has gone over the sessions already.
      threads.execute(() -> answer(session));
      session.pumpRequests();
    } finally {
      session.close();
      sessions.remove(session);
    }
  }

  private void answer(WireSession session) {
    try {
      session.pumpAnswers();
    } catch (IOException | InterruptedException e) {
      log.debug("{} - a connection ended", name, e);
    }
  }

  private Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "dibs-" + name.replace(' ', '-'));
    thread.setDaemon(true);
    return thread;
  }
}
