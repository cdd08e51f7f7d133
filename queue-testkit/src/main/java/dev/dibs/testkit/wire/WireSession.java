package dev.dibs.testkit.wire;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** One client connection and its way to the server, one thread in each direction. */
final class WireSession {

  private static final long LONGEST_SETTLE_MILLIS = 1_000;

  private final Socket client;
  private final Socket server;
  private final WireCounts counts;
  private final WaitingInput input;
  private final AtomicBoolean counted = new AtomicBoolean();
  private final Map<String, String> statements = new HashMap<>();
  private final Map<String, String> portals = new HashMap<>();

  WireSession(Socket client, Socket server, WireCounts counts) throws IOException {
    this.client = client;
    this.server = server;
    this.counts = counts;
    this.input = new WaitingInput(client.getInputStream());
    client.setTcpNoDelay(true);
    server.setTcpNoDelay(true);
  }

  /** Carries messages to the server until the client leaves; {@code opening} precedes the count. */
  void pumpRequests(Runnable opening) throws IOException {
    FrontendMessages messages = new FrontendMessages(input);
    DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(server.getOutputStream(), 1 << 16));
    for (Optional<FrontendMessage> next = messages.next();
        next.isPresent();
        next = messages.next()) {
      FrontendMessage message = next.get();
      if (message.asksForEncryption()) {
        // Encrypted messages could not be counted; 'N' makes a client go on in the clear.
        client.getOutputStream().write('N');
        continue;
      }
      if (message.startsSession()) {
        opening.run();
      }
      // Counted before it is sent, so that whoever has an answer finds its statement counted.
      count(message);
      message.writeTo(out);
      if (!messages.hasMore()) {
        out.flush();
      }
    }
  }

  /** Carries answers to the client until the server leaves. */
  void pumpAnswers() throws IOException {
    OutputStream out = client.getOutputStream();
    server.getInputStream().transferTo(out);
  }

  private void count(FrontendMessage message) {
    if (message.startsSession() && counted.compareAndSet(false, true)) {
      counts.opened();
    }
    switch (message.type()) {
      case FrontendMessage.QUERY -> counts.statement(message.strings(1).get(0));
      case FrontendMessage.PARSE -> remember(statements, message.strings(2), Map.of());
      case FrontendMessage.BIND -> remember(portals, message.strings(2), statements);
      case FrontendMessage.EXECUTE ->
          counts.statement(portals.getOrDefault(message.strings(1).get(0), ""));
      case FrontendMessage.TERMINATE -> left();
      default -> {}
    }
  }

  private static void remember(
      Map<String, String> target, List<String> nameAndValue, Map<String, String> values) {
    String value = nameAndValue.get(1);
    target.put(nameAndValue.get(0), values.getOrDefault(value, value));
  }

  /** Waits until everything the client had sent is counted, in particular that it left. */
  void settle() {
    // A session that is not counted yet may itself be waiting here: two must not await each other.
    if (counted.get()) {
      input.awaitDrained(LONGEST_SETTLE_MILLIS);
    }
  }

  void close() {
    left();
    closeQuietly(client);
    closeQuietly(server);
  }

  private void left() {
    if (counted.compareAndSet(true, false)) {
      counts.closed();
    }
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // Closing is how the pumps are ended; there is nothing left to lose.
    }
  }

  /**
   * Knows whether its reader has come back for more. It waits for a single byte and takes the rest
   * only when it has said that it waits no longer, so a message is always seen: in the socket, or
   * by a reader that does not wait.
   */
  private static final class WaitingInput extends FilterInputStream {

    private boolean waiting;

    WaitingInput(InputStream in) {
      super(in);
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      waiting(true);
      int first = in.read(target, offset, Math.min(length, 1));
      if (first < 1) {
        // At the end of the stream nothing more will be counted: this reader waits for ever.
        return first;
      }
      waiting(false);
      int rest = Math.min(in.available(), length - first);
      return rest == 0 ? first : first + Math.max(0, in.read(target, offset + first, rest));
    }

    private synchronized void waiting(boolean now) {
      waiting = now;
      notifyAll();
    }

    synchronized void awaitDrained(long millis) {
      long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
      try {
        for (long left = millis; left > 0 && !isDrained(); ) {
          wait(left);
          left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private synchronized boolean isDrained() {
      try {
        // Under the lock: what has left the socket but is not counted left a reader not waiting.
        return in.available() == 0 && waiting;
      } catch (IOException e) {
        return true;
      }
    }
  }
}
