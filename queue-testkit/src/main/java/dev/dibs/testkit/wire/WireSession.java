package dev.dibs.testkit.wire;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client connection and its way to the server, one thread in each direction.
 *
 * <p><b>Cuts.</b> Once a message's fate is to be cut the session is severed: nothing is passed on
 * any more in either direction. A cut answer is one that the server has given for good: before the
 * client may notice anything, the server gets done with all it was sent. Then the server sees its
 * client leave, and only when it has ended the session, with its locks, does the client learn of
 * the cut. Who repeats what was cut therefore meets neither his own ghost nor its locks.
 */
final class WireSession {

  private static final Logger log = LoggerFactory.getLogger(WireSession.class);
  private static final int LONGEST_SETTLE_MILLIS = 1_000;
  private static final int BUFFER = 1 << 16;

  private final Socket client;
  private final Socket server;
  private final WaitingInput input;
  private final CountDownLatch serverLeft = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private final AtomicInteger unanswered = new AtomicInteger();
  private final Traffic traffic;
  private volatile boolean unfinished;
  private volatile boolean severed;

  WireSession(Socket client, Socket server, Traffic.Source source) throws IOException {
    this.client = client;
    this.server = server;
    this.input = new WaitingInput(client.getInputStream());
    client.setTcpNoDelay(true);
    server.setTcpNoDelay(true);
    this.traffic = source.open(this);
  }

  /** Carries messages to the server until the client leaves. */
  void pumpRequests() throws IOException, InterruptedException {
    WireMessages messages = WireMessages.ofClient(input);
    DataOutputStream out = buffered(server);
    for (Optional<WireMessage> next = messages.next(); next.isPresent(); next = messages.next()) {
      if (severed) {
        continue;
      }
      WireMessage message = next.get();
      Traffic.Fate fate = traffic.request(message);
      boolean passes = pass(fate, out);
      if (passes && message.asksForEncryption()) {
        // Encrypted messages could not be read; 'N' makes a client go on in the clear.
        fate = refuseEncryption();
      } else if (passes) {
        unanswered.addAndGet(message.asksForReady() ? 1 : 0);
        unfinished = message.isUnfinished();
        message.writeTo(out);
        if (!messages.hasMore()) {
          out.flush();
        }
      }
      if (isEnd(fate) || fate == Traffic.Fate.STALL) {
        severed = true;
      }
      if (isEnd(fate)) {
        leaveServer();
        closeClient(fate);
        return;
      }
    }
    if (severed) {
      leaveServer();
    }
  }

  /** Carries answers to the client until the server leaves, which ends a session that is whole. */
  void pumpAnswers() throws IOException, InterruptedException {
    try {
      WireMessages messages = WireMessages.ofServer(server.getInputStream());
      DataOutputStream out = buffered(client);
      boolean started = false;
      for (Optional<WireMessage> next = messages.next(); next.isPresent(); next = messages.next()) {
        WireMessage message = next.get();
        if (message.type() == WireMessage.READY_FOR_QUERY) {
          // The first one ends the start of the session, for which nobody asked.
          unanswered.addAndGet(started ? -1 : 0);
          started = true;
        }
        if (severed) {
          continue;
        }
        Traffic.Fate fate = traffic.answer(message);
        if (pass(fate, out)) {
          message.writeTo(out);
          if (!messages.hasMore()) {
            out.flush();
          }
        } else {
          // What the client is still sending reaches the server until then.
          awaitServerDone(messages, message);
          severed = true;
        }
        if (isEnd(fate)) {
          endServer(fate);
        }
      }
    } finally {
      serverLeft.countDown();
      if (!severed) {
        close();
      }
    }
  }

  /** What came before is on its way in any case. */
  private boolean pass(Traffic.Fate fate, DataOutputStream out)
      throws IOException, InterruptedException {
    if (fate == Traffic.Fate.PASS) {
      return true;
    }
    out.flush();
    if (fate == Traffic.Fate.HOLD) {
      traffic.awaitSound();
      return true;
    }
    return false;
  }

  private static boolean isEnd(Traffic.Fate fate) {
    return fate == Traffic.Fate.DROP || fate == Traffic.Fate.RESET;
  }

  private Traffic.Fate refuseEncryption() throws IOException, InterruptedException {
    Traffic.Fate fate = traffic.answer(WireMessage.NO_ENCRYPTION);
    DataOutputStream out = new DataOutputStream(client.getOutputStream());
    if (pass(fate, out)) {
      WireMessage.NO_ENCRYPTION.writeTo(out);
    }
    return fate;
  }

  private void awaitServerDone(WireMessages messages, WireMessage first) throws IOException {
    Optional<WireMessage> last = Optional.of(first);
    while ((unfinished || unanswered.get() > 0)
        && last.isPresent()
        && !last.get().waitsForClient()) {
      last = messages.next();
      if (last.isPresent() && last.get().type() == WireMessage.READY_FOR_QUERY) {
        unanswered.decrementAndGet();
      }
    }
  }

  /** For the thread of the requests. */
  private void leaveServer() throws IOException, InterruptedException {
    server.shutdownOutput();
    if (!serverLeft.await(LONGEST_SETTLE_MILLIS, TimeUnit.MILLISECONDS)) {
      log.debug("Wire - the server is busy with something long and will notice later");
    }
  }

  /** For the thread of the answers. */
  private void endServer(Traffic.Fate fate) throws IOException {
    try {
      server.shutdownOutput();
      server.setSoTimeout(LONGEST_SETTLE_MILLIS);
      server.getInputStream().transferTo(OutputStream.nullOutputStream());
    } finally {
      closeClient(fate);
    }
  }

  private void closeClient(Traffic.Fate fate) throws SocketException {
    if (fate == Traffic.Fate.RESET) {
      client.setSoLinger(true, 0);
    }
    close();
  }

  private static DataOutputStream buffered(Socket socket) throws IOException {
    return new DataOutputStream(new BufferedOutputStream(socket.getOutputStream(), BUFFER));
  }

  /** Waits until everything the client had sent was looked at, in particular that it left. */
  void settle() {
    input.awaitDrained(LONGEST_SETTLE_MILLIS);
  }

  /** If it was cut, waits until both sides know. */
  void awaitEndIfSevered() throws InterruptedException {
    if (severed && !ended.await(2L * LONGEST_SETTLE_MILLIS, TimeUnit.MILLISECONDS)) {
      throw new IllegalStateException("A connection that was cut did not end");
    }
  }

  void close() {
    closeQuietly(client);
    closeQuietly(server);
    traffic.closed();
    ended.countDown();
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // Closing is how the pumps are ended; there is nothing left to lose.
    }
  }
}
