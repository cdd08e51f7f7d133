package dev.dibs.it;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Stands between a client and its PostgreSQL and breaks the connection once, at a statement that
 * holds a given text: before the server gets it, or after the server has done and committed it and
 * before the client learns of it.
 */
final class CutProxy implements Closeable {
  /** When to break the connection. */
  enum Moment {
    BEFORE_THE_SERVER_GETS_IT,
    AFTER_THE_SERVER_COMMITTED
  }

  private record Cut(String text, Moment moment) {}

  private static final int READY_FOR_QUERY = 'Z';

  private final ServerSocket server;
  private final String host;
  private final int port;
  private final AtomicReference<Cut> next = new AtomicReference<>();

  CutProxy(String host, int port) throws IOException {
    this.host = host;
    this.port = port;
    this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    daemon(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  /** Breaks the next connection whose client sends this text. */
  void cut(String text, Moment moment) {
    next.set(new Cut(text, moment));
  }

  boolean hasCut() {
    return next.get() == null;
  }

  private void accept() throws IOException {
    while (!server.isClosed()) {
      Socket client = server.accept();
      Socket upstream = new Socket(host, port);
      AtomicReference<Moment> cut = new AtomicReference<>();
      daemon(() -> requests(client, upstream, cut));
      daemon(() -> answers(client, upstream, cut));
    }
  }

  private void requests(Socket client, Socket upstream, AtomicReference<Moment> cut)
      throws IOException {
    try (client;
        upstream) {
      InputStream in = client.getInputStream();
      OutputStream out = upstream.getOutputStream();
      byte[] buffer = new byte[1 << 16];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        Cut wanted = next.get();
        String sent = new String(buffer, 0, n, StandardCharsets.ISO_8859_1);
        if (wanted != null && sent.contains(wanted.text()) && next.compareAndSet(wanted, null)) {
          if (wanted.moment() == Moment.BEFORE_THE_SERVER_GETS_IT) {
            return;
          }
          cut.set(wanted.moment());
        }
        out.write(buffer, 0, n);
      }
    }
  }

  /** Message by message: a letter and a length that counts itself. */
  private static void answers(Socket client, Socket upstream, AtomicReference<Moment> cut)
      throws IOException {
    try (client;
        upstream) {
      DataInputStream in = new DataInputStream(upstream.getInputStream());
      DataOutputStream out = new DataOutputStream(client.getOutputStream());
      for (int type = in.read(); type >= 0; type = in.read()) {
        int length = in.readInt();
        byte[] body = in.readNBytes(length - 4);
        if (cut.get() == null) {
          out.write(type);
          out.writeInt(length);
          out.write(body);
          out.flush();
        } else if (type == READY_FOR_QUERY) {
          return;
        }
      }
    }
  }

  private interface Work {
    void run() throws IOException;
  }

  private static void daemon(Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException e) {
                // One side has gone; the other learns of it by the closed socket.
              }
            });
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
