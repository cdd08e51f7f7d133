package dev.dibs.testkit.wire;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A cut and how far it is from striking. Thread-safe. */
final class ArmedCut {
  private final Cut cut;
  private final CountDownLatch struck = new CountDownLatch(1);
  private @Nullable Object counted;
  private boolean disarmed;
  private int passed;

  ArmedCut(Cut cut) {
    this.cut = cut;
  }

  /** Whether it strikes at this message of this connection; once at most. */
  synchronized boolean strikes(Object connection, boolean request, WireMessage message) {
    if (disarmed || hasStruck()) {
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
    struck.countDown();
    return true;
  }

  synchronized void disarm() {
    disarmed = true;
  }

  Cut.Way way() {
    return cut.way();
  }

  boolean hasStruck() {
    return struck.getCount() == 0;
  }

  boolean await(long millis) throws InterruptedException {
    return struck.await(millis, TimeUnit.MILLISECONDS);
  }
}
