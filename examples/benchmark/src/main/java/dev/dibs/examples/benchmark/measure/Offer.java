package dev.dibs.examples.benchmark.measure;

import dev.dibs.examples.benchmark.contender.Contender;
import dev.dibs.examples.benchmark.contender.Payload;
import dev.dibs.examples.benchmark.contender.Tally;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * Tasks that are offered at a steady rate, whether or not somebody keeps up: what is late is sent
 * as soon as it can be.
 *
 * @param from the number of the first task
 * @param count how many
 * @param perSecond the rate; 0 for as fast as it goes
 * @param batch how many with one call
 * @param bytes the size of a payload
 */
public record Offer(int from, int count, int perSecond, int batch, int bytes) {

  /** Sends all of them, unless the tally is ended before. */
  void send(Contender.Producer producer, Tally tally) throws SQLException {
    long begun = System.nanoTime();
    int sent = 0;
    while (sent < count && !tally.isEnded()) {
      int next = Math.min(batch, count - sent);
      if (perSecond > 0) {
        await(begun + (sent * TimeUnit.SECONDS.toNanos(1)) / perSecond);
      }
      int first = from + sent;
      if (next == 1) {
        producer.one(Payload.of(first, bytes));
      } else {
        producer.many(
            IntStream.range(first, first + next).mapToObj(n -> Payload.of(n, bytes)).toList());
      }
      tally.committed(first, next);
      sent += next;
    }
  }

  private static void await(long due) {
    for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }
}
