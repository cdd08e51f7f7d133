package dev.dibs.testkit.wire;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.TimeUnit;

/**
 * Knows whether its reader has come back for more. It waits for a single byte and takes the rest
 * only when it has said that it waits no longer, so a message is always seen: in the socket, or by
 * a reader that does not wait.
 */
final class WaitingInput extends FilterInputStream {

  private boolean waiting;

  WaitingInput(InputStream in) {
    super(in);
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    waiting(true);
    int first = in.read(target, offset, Math.min(length, 1));
    if (first < 1) {
      // At the end of the stream nothing more will come: this reader waits for ever.
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
      // Under the lock: what has left the socket but was not looked at left a reader not waiting.
      return in.available() == 0 && waiting;
    } catch (IOException e) {
      return true;
    }
  }
}
