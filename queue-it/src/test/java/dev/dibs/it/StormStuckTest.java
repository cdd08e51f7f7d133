package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.DatabaseException;
import dev.dibs.NewTask;
import dev.dibs.Status;
import dev.dibs.Task;
import dev.dibs.testkit.InMemoryTaskQueue;
import dev.dibs.testkit.storm.Rule;
import dev.dibs.testkit.storm.Storm;
import dev.dibs.testkit.storm.Verdict;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A storm ends whatever its queue refuses, as long as each call returns. */
@Timeout(30)
class StormStuckTest {
  @TempDir private Path directory;

  /** Refuses what a test tells it to, each time as if that would pass. */
  private static final class Refusing extends ForwardingTaskQueue {
    private volatile boolean counts;
    private volatile boolean enqueues;
    private volatile boolean everything;

    Refusing() {
      super(InMemoryTaskQueue.create());
    }

    private void refuse(boolean now) {
      if (now || everything) {
        throw new DatabaseException("no connection", true, new SQLException());
      }
    }

    @Override
    public Map<Status, Long> counts() {
      refuse(counts);
      return super.counts();
    }

    @Override
    public List<UUID> enqueueAll(List<NewTask> tasks) {
      refuse(enqueues);
      return super.enqueueAll(tasks);
    }

    @Override
    public List<Claim> claim(ClaimRequest request) {
      refuse(false);
      List<Claim> claims = super.claim(request);
      everything = true;
      return claims;
    }

    @Override
    public Optional<Task> find(UUID id) {
      refuse(false);
      return super.find(id);
    }
  }

  private final Refusing queue = new Refusing();

  private Storm storm() {
    return Storm.on(queue).tasks(100).claimers(4).late(0).stuckAfter(Duration.ofMillis(300));
  }

  @Test
  void storm_queueThatDoesNotCount_doesNotBegin() {
    queue.counts = true;

    assertThatIllegalStateException()
        .isThrownBy(storm()::run)
        .withMessage("the queue's tasks cannot be counted: no connection");
  }

  @Test
  void storm_queueThatTakesNoTasks_doesNotBegin() {
    queue.enqueues = true;

    assertThatIllegalStateException()
        .isThrownBy(storm()::run)
        .withMessage("the tasks of a storm cannot be enqueued: no connection");
  }

  @Test
  void storm_queueThatAnswersNoMore_isStuck() {
    Path file = directory.resolve("history.jsonl");
    Verdict verdict = storm().maxBatch(10).history(file).run();

    assertThat(verdict.count(Rule.STUCK)).as(verdict.toString()).isGreaterThan(60);
    assertThat(verdict.count(Rule.LOST)).as(verdict.toString()).isZero();
    assertThat(verdict.toString()).contains("the queue could not be asked how its tasks stand");
    assertThat(Verdict.recheck(file).summary()).isEqualTo(verdict.summary());
  }
}
