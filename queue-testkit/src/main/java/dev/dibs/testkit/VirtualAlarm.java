package dev.dibs.testkit;

import java.time.Instant;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** What is to be done at a moment of virtual time. */
final class VirtualAlarm extends FutureTask<Object> implements ScheduledFuture<Object> {
  private final VirtualTime time;
  private final Instant at;
  private final long number;

  VirtualAlarm(VirtualTime time, Instant at, long number, Runnable action) {
    super(action, number);
    this.time = time;
    this.at = at;
    this.number = number;
  }

  Instant at() {
    return at;
  }

  /** Of two at the same moment, the one with the smaller number was there first. */
  long number() {
    return number;
  }

  @Override
  public boolean cancel(boolean mayInterrupt) {
    time.forget(this);
    return super.cancel(mayInterrupt);
  }

  @Override
  public long getDelay(TimeUnit unit) {
    return unit.convert(time.until(at));
  }

  @Override
  public int compareTo(Delayed other) {
    return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
  }
}
