package dev.dibs.testkit.contract;

import dev.dibs.TaskQueue;
import java.sql.Connection;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * The suite that every {@link TaskQueue} passes: a JUnit 5 test class that implements this
 * interface inherits one test for each documented result, exception and bound of each operation.
 *
 * <pre>{@code
 * class InMemoryTaskQueueTest implements TaskQueueContract {
 *   private Instant now = Instant.parse("2026-01-01T00:00:00Z");
 *   private final TaskQueue queue = InMemoryTaskQueue.create(() -> now);
 *
 *   public TaskQueue queue() {
 *     return queue;
 *   }
 *
 *   public void forward(Duration time) {
 *     now = now.plus(time);
 *   }
 * }
 * }</pre>
 *
 * <p>Not thread-safe: JUnit makes an instance for each test and uses it in one thread.
 */
public interface TaskQueueContract
    extends InputContract,
        BoundsContract,
        EnqueueContract,
        ClaimContract,
        OrderContract,
        OutcomeContract,
        RetryContract,
        StaleClaimContract,
        RepeatedClaimContract,
        QuarantineContract,
        HistoryContract,
        ResultContract,
        UniqueKeyContract,
        CancelContract,
        PauseContract,
        StatsContract,
        DeadLetterContract,
        RetentionContract,
        DeletionContract,
        ReadingContract {

  /** The queue, the same throughout one test and empty at its begin. */
  @Override
  TaskQueue queue();

  /**
   * Moves the queue's time. Where time cannot be moved, as in a database, every time that is stored
   * is moved back by as much instead.
   */
  @Override
  void forward(Duration time);

  /**
   * Asks again until the condition holds or so much time has passed that the queue has broken its
   * promise to find what lies behind its cursor; asks once unless overridden.
   *
   * @return whether the condition held
   */
  @Override
  default boolean soon(BooleanSupplier condition) {
    return condition.getAsBoolean();
  }

  /**
   * Runs work with a connection and commits what was done with it; unless overridden, the
   * connection leads nowhere, which is enough for a queue without a database.
   */
  @Override
  default void inTransaction(Consumer<Connection> work) {
    work.accept(QueueUnderTest.connectionToNothing());
  }

  /** Called after each test: throws if what is stored is not as it must always be. */
  @Override
  default void assertInvariants() {}
}
