package dev.dibs.testkit;

import static dev.dibs.testkit.InMemoryTaskQueue.present;

import dev.dibs.InvalidInputException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/**
 * A clock that stands still until a test moves it. It is a {@link Clock}, so the code under test
 * can have it too.
 *
 * <pre>{@code
 * VirtualClock clock = VirtualClock.create();
 * TaskQueue queue = InMemoryTaskQueue.create(clock);
 * clock.advance(Duration.ofHours(1));
 * }</pre>
 *
 * <p>A handler that moves it simulates work that takes so long: under a {@link TestWorker} the
 * lease is renewed meanwhile, and a timeout that is over interrupts the handler.
 *
 * <p>Thread-safe.
 */
public final class VirtualClock extends Clock {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final VirtualTime time;
  private final ZoneId zone;

  private VirtualClock(VirtualTime time, ZoneId zone) {
    this.time = time;
    this.zone = zone;
  }

  /** A clock that shows {@code 2026-01-01T00:00:00Z}. */
  public static VirtualClock create() {
    return startingAt(START);
  }

  /**
   * A clock that shows this time.
   *
   * @throws InvalidInputException if {@code start} is null
   */
  public static VirtualClock startingAt(Instant start) {
    return new VirtualClock(new VirtualTime(present("start", start)), ZoneOffset.UTC);
  }

  /**
   * Lets so much time pass.
   *
   * @param time not negative
   * @throws InvalidInputException if it is null or negative
   */
  public void advance(Duration time) {
    if (present("time", time).isNegative()) {
      throw new InvalidInputException("time: must not be negative, was " + time);
    }
    this.time.advanceTo(instant().plus(time));
  }

  /**
   * Lets time pass until then.
   *
   * @throws InvalidInputException if {@code then} is null or has passed: leases and due times know
   *     no way back
   */
  public void advanceTo(Instant then) {
    if (present("then", then).isBefore(instant())) {
      throw new InvalidInputException("then: must not be before " + instant() + ", was " + then);
    }
    time.advanceTo(then);
  }

  @Override
  public Instant instant() {
    return time.now();
  }

  @Override
  public ZoneId getZone() {
    return zone;
  }

  /** The same clock, moved with this one, in another time zone. */
  @Override
  public VirtualClock withZone(ZoneId zone) {
    return new VirtualClock(time, present("zone", zone));
  }

  VirtualTime time() {
    return time;
  }

  /** What it shows. */
  @Override
  public String toString() {
    return "VirtualClock[" + instant() + "]";
  }
}
