package dev.dibs.testkit.wire;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A cut and how far it is from striking. Thread-safe. */
final class ArmedCut {
  private final Cut cut;
  private final CountDownLatch done = new CountDownLatch(1);
  private @Nullable Object counted;
  private boolean over;
  private int passed;

  ArmedCut(Cut cut) {
    this.cut = cut;
  }

  /** Whether it strikes at this message of this connection; once at most. {@link #strike} then. */
  synchronized boolean strikes(Object connection, boolean request, WireMessage message) {
    if (over) {
      return false;
    }
    boolean all = cut.from().isEmpty();
    if (!all && counted == null && request && message.holds(cut.from())) {
      counted = connection;
    }
    boolean counts = (all || counted == connection) && request == cut.isRequest();
    if (!counts || ++passed < cut.message()) {
      return false;
    }
    over = true;
    return true;
  }

  synchronized void disarm() {
    over = true;
  }

  Cut.Way way() {
    return cut.way();
  }

  /** What was to happen has happened: whoever waits for it may now undo it. */
  void strike() {
    done.countDown();
  }

  boolean hasStruck() {
    return done.getCount() == 0;
  }

  boolean await(long millis) throws InterruptedException {
    return done.await(millis, TimeUnit.MILLISECONDS);
  }
}
