package dev.dibs.testkit;

import static dev.dibs.testkit.InMemoryTaskQueue.present;

import dev.dibs.InvalidInputException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

/**
 * Where assertions about tasks begin, in the style of AssertJ, beside whose own {@code assertThat}
 * it can be imported.
 *
 * <pre>{@code
 * import static dev.dibs.testkit.DibsAssertions.assertThat;
 *
 * assertThat(queue).hasEnqueued("send_email", "{\"to\":\"a@b.c\"}").hasEnqueued(0, "send_sms");
 * assertThat(queue).task("send_email").isDueIn(Duration.ofMinutes(5)).hasPriority(Priority.HIGH);
 * worker.runUntilIdle();
 * assertThat(queue).hasNoMoreTasks().task("send_email").isCompletedAfter(1);
 * }</pre>
 *
 * <p>It reads all tasks once, when {@code assertThat} is called. That is possible for a queue in
 * memory and for the schema of a {@link DibsPostgres}; a {@code TaskQueue} as such does not list
 * its pending tasks.
 *
 * <p>Thread-safe. Needs AssertJ on the class path, which the testkit does not bring along.
 */
public final class DibsAssertions {
  /** The server's clock runs between the enqueue and the assertion. */
  private static final Duration SLACK = Duration.ofSeconds(10);

  private DibsAssertions() {}

  /**
   * Begins assertions about the tasks of a queue in memory.
   *
   * @throws InvalidInputException if {@code queue} is null
   * @throws IllegalStateException if AssertJ is not on the class path
   */
  public static TaskQueueAssert assertThat(InMemoryTaskQueue queue) {
    present("queue", queue);
    requireAssertj();
    Backstage backstage = queue.backstage();
    return new TaskQueueAssert(backstage.tasks(), backstage.clock().instant(), Duration.ZERO);
  }

  /**
   * Begins assertions about the committed tasks in the schema of this test class.
   *
   * @throws InvalidInputException if {@code postgres} is null
   * @throws IllegalStateException if AssertJ is not on the class path, or outside a test class
   * @throws AssertionError if the table cannot be read
   */
  public static TaskQueueAssert assertThat(DibsPostgres postgres) {
    present("postgres", postgres);
    requireAssertj();
    try (Connection connection = postgres.connect()) {
      return new TaskQueueAssert(TaskRows.tasks(connection), TaskRows.now(connection), SLACK);
    } catch (SQLException e) {
      throw new AssertionError("The tasks cannot be read: " + e.getMessage(), e);
    }
  }

  /** Asked before a class is needed that cannot be loaded without it. */
  private static void requireAssertj() {
    try {
      Class.forName(
          "org.assertj.core.api.AbstractAssert", false, DibsAssertions.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(
          "assertThat needs AssertJ: add the Maven artifact org.assertj:assertj-core in scope test",
          e);
    }
  }
}
