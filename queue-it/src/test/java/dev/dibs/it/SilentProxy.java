package dev.dibs.it;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A TCP proxy before a PostgreSQL whose network can fall silent: nothing arrives and nothing is
 * closed, as when a firewall forgets a connection or a cable is pulled.
 */
final class SilentProxy implements AutoCloseable {
  /** What is under way when the silence begins. */
  enum Lost {
    /** The server does not get the request before the silence is over. */
    REQUEST,
    /** The server carries the request out; the client does not hear of it. */
    ANSWER
  }

  private final String host;
  private final int serverPort;
  private final ServerSocket entrance;
  private final Set<Link> links = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          work -> {
            Thread thread = new Thread(work, "silent-proxy");
            thread.setDaemon(true);
            return thread;
          });
  private final CountDownLatch triggered = new CountDownLatch(1);
  private volatile boolean silent;
  private volatile String trigger = "";
  private volatile Lost lost = Lost.REQUEST;

  SilentProxy(String host, int serverPort) throws IOException {
    this.host = host;
    this.serverPort = serverPort;
    this.entrance = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    threads.execute(this::accept);
  }

  int port() {
    return entrance.getLocalPort();
  }

  /** From now on nothing passes, on connections old and new. */
  void fallSilent() {
    silent = true;
    links.forEach(link -> link.setSilent(true));
  }

  /** The silence begins with the next request that contains this text. */
  void fallSilentAt(String text, Lost what) {
    lost = what;
    trigger = text;
  }

  void awaitSilence() throws InterruptedException {
    triggered.await();
  }

  /** What was held back arrives, late. */
  void resume() {
    silent = false;
    links.forEach(link -> link.setSilent(false));
  }

  /** New connections work; those that met the silence stay silent for good. */
  void heal() {
    silent = false;
  }

  /** Closes the connections that are silent. */
  void drop() {
    links.stream().filter(Link::isSilent).forEach(Link::close);
  }

  @Override
  public void close() throws IOException {
    entrance.close();
    links.forEach(Link::close);
    threads.shutdown();
  }

  private void accept() {
    try {
      while (true) {
        Link link = new Link(entrance.accept(), new Socket(host, serverPort));
        links.add(link);
        link.setSilent(silent);
        threads.execute(() -> pump(link, link.client, link.server, true));
        threads.execute(() -> pump(link, link.server, link.client, false));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private void pump(Link link, Socket from, Socket to, boolean requests) {
    byte[] buffer = new byte[65_536];
    try (link;
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream()) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        boolean begins = requests && begins(new String(buffer, 0, n, StandardCharsets.ISO_8859_1));
        if (begins) {
          fallSilent();
          triggered.countDown();
        }
        if (!begins || lost == Lost.REQUEST) {
          link.awaitSound();
        }
        out.write(buffer, 0, n);
      }
    } catch (IOException | InterruptedException e) {
      // One side has gone; the other follows.
    }
  }

  private boolean begins(String request) {
    String text = trigger;
    if (text.isEmpty() || !request.contains(text)) {
      return false;
    }
    trigger = "";
    return true;
  }

  /** One client's connection and the one to the server that belongs to it. */
  private final class Link implements AutoCloseable {
    private final Socket client;
    private final Socket server;
    private boolean silent;
    private boolean closed;

    Link(Socket client, Socket server) {
      this.client = client;
      this.server = server;
    }

    synchronized void setSilent(boolean silent) {
      this.silent = silent;
      notifyAll();
    }

    synchronized boolean isSilent() {
      return silent;
    }

    synchronized void awaitSound() throws InterruptedException {
      while (silent && !closed) {
        wait();
      }
    }

    @Override
    public void close() {
      synchronized (this) {
        closed = true;
        notifyAll();
      }
      links.remove(this);
      try (client;
          server) {
        // Both, whatever the first says.
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
