package dev.dibs.examples.benchmark.measure;

import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * What a piece of work cost.
 *
 * @param serverMicros CPU of PostgreSQL, empty where the system does not tell
 * @param clientMicros CPU of the child JVMs, likewise
 * @param walBytes what was logged
 * @param checkpointed whether a checkpoint fell into it
 * @param seconds how long it took
 */
public record Cost(
    OptionalLong serverMicros,
    OptionalLong clientMicros,
    long walBytes,
    boolean checkpointed,
    double seconds) {

  static Cost between(
      Reading before, Reading after, OptionalLong client0, OptionalLong client1, double seconds) {
    return new Cost(
        minus(after.cpuMicros(), before.cpuMicros()),
        minus(client1, client0),
        after.wal() - before.wal(),
        after.checkpoint() != before.checkpoint(),
        seconds);
  }

  /** Of PostgreSQL and the clients, for each of so many tasks. */
  public OptionalDouble bothPerTask(long tasks) {
    return serverMicros.isPresent() && clientMicros.isPresent()
        ? OptionalDouble.of((double) (serverMicros.getAsLong() + clientMicros.getAsLong()) / tasks)
        : OptionalDouble.empty();
  }

  private static OptionalLong minus(OptionalLong a, OptionalLong b) {
    return a.isPresent() && b.isPresent()
        ? OptionalLong.of(a.getAsLong() - b.getAsLong())
        : OptionalLong.empty();
  }
}
