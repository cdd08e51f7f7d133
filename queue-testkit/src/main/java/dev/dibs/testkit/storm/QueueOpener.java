package dev.dibs.testkit.storm;

import dev.dibs.TaskQueue;

/**
 * How each process of a {@link Storm} opens the queue that its claimers share. The class needs a
 * public constructor without parameters and is on the class path of the test.
 *
 * <pre>{@code
 * public final class ShopQueue implements QueueOpener {
 *   public TaskQueue open(String jdbcUrl) {
 *     HikariDataSource pool = new HikariDataSource();
 *     pool.setJdbcUrl(jdbcUrl);
 *     return PostgresTaskQueue.create(pool);
 *   }
 * }
 * }</pre>
 *
 * <p>Called once in each process, by one thread.
 */
public interface QueueOpener {
  /**
   * Opens the queue; the process ends without closing it.
   *
   * @param argument what {@link Storm#processes} was given
   * @throws Exception ends the process, and the storm with what it had printed
   */
  TaskQueue open(String argument) throws Exception;
}
