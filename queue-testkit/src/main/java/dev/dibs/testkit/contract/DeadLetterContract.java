package dev.dibs.testkit.contract;

import static java.time.temporal.ChronoUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dibs.Claim;
import dev.dibs.ClaimUpdate;
import dev.dibs.FailedFilter;
import dev.dibs.NewTask;
import dev.dibs.Outcome;
import dev.dibs.Priority;
import dev.dibs.Redriven;
import dev.dibs.Status;
import dev.dibs.Task;
import dev.dibs.TaskAdmin;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Failed tasks: how they are found, run again, and thrown away. */
interface DeadLetterContract extends QueueUnderTest {
  FailedFilter ALL = FailedFilter.all();

  private TaskAdmin admin() {
    return queue().admin();
  }

  private List<UUID> found(FailedFilter filter) {
    return admin().failed(filter).stream().map(Task::id).toList();
  }

  @Test
  default void failed_noneFailed_isEmpty() {
    queue().enqueue(newTask());
    claimed().complete();
    queue().cancel(queue().enqueue(newTask()));

    assertThat(admin().failed(ALL)).isEmpty();
    assertThat(admin().redrive(ALL)).isEqualTo(new Redriven(List.of(), List.of()));
    assertThat(admin().prune(ALL)).isEmpty();
    assertThat(queue().counts()).containsEntry(Status.COMPLETED, 1L);
  }

  @Test
  default void failed_severalTasks_areTheOldestFailuresFirst() {
    List<UUID> ids = queue().enqueueAll(TYPE, List.of("1", "2", "3"));
    List<Claim> claims = new ArrayList<>(queue().claim(request().limit(3)));
    for (int i : new int[] {1, 2, 0}) {
      queue().apply(new ClaimUpdate.Fail(claims.get(i), "broken"));
      forward(Duration.ofSeconds(1));
    }

    assertThat(found(ALL)).containsExactly(ids.get(1), ids.get(2), ids.get(0));
    assertThat(admin().failed(ALL))
        .containsExactly(read(ids.get(1)), read(ids.get(2)), read(ids.get(0)));
    assertThat(found(ALL.limit(2))).containsExactly(ids.get(1), ids.get(2));
  }

  @Test
  default void failed_everyCondition_isKept() {
    UUID plain = failed(newTask(), "100% of [it] timed out: c:\\temp").id();
    forward(Duration.ofSeconds(1));
    UUID other = failed(NewTask.of(OTHER_TYPE, "{}"), "Timed out").id();
    forward(Duration.ofSeconds(1));
    UUID bulk = failed(newTask().queue("bulk"), "1000 of it").id();
    UUID live = queue().enqueue(newTask());

    assertThat(found(ALL)).containsExactly(plain, other, bulk);
    assertThat(found(FailedFilter.id(other))).containsExactly(other);
    assertThat(found(ALL.ids(List.of(bulk, live, UUID.randomUUID(), plain))))
        .containsExactly(plain, bulk);
    assertThat(found(ALL.queue("bulk"))).containsExactly(bulk);
    assertThat(found(ALL.type(TYPE))).containsExactly(plain, bulk);
    assertThat(found(ALL.type(TYPE).queue("default"))).containsExactly(plain);
    assertThat(found(ALL.type("Send_email"))).isEmpty();
    assertThat(found(ALL.errorContains("timed out"))).containsExactly(plain);
    assertThat(found(ALL.errorContains("imed out"))).containsExactly(plain, other);
    assertThat(found(ALL.errorContains("100%"))).as("no pattern").containsExactly(plain);
    assertThat(found(ALL.errorContains("100_ of"))).isEmpty();
    assertThat(found(ALL.errorContains("c:\\temp"))).containsExactly(plain);
    assertThat(found(ALL.errorContains("[it]"))).containsExactly(plain);
    assertThat(found(ALL.before(read(other).completedAt().orElseThrow()))).containsExactly(plain);
    assertThat(found(ALL.before(read(plain).completedAt().orElseThrow()))).isEmpty();
  }

  @Test
  default void redrive_failedTask_beginsAnew() {
    queue().enqueue(newTask().maxAttempts(2).priority(Priority.HIGH));
    Claim first = claimOne();
    first.progress("1");
    queue().apply(new ClaimUpdate.Retry(first, "first", Duration.ZERO));
    Claim last = claimOne();
    queue().apply(new ClaimUpdate.Fail(last, "last"));
    Task failed = read(last.id());
    forward(Duration.ofDays(1));

    assertThat(admin().redrive(ALL)).isEqualTo(new Redriven(List.of(last.id()), List.of()));
    Task task = read(last.id());
    assertThat(task.status()).isEqualTo(Status.PENDING);
    assertThat(task.attempt()).isZero();
    assertThat(task.maxAttempts()).isEqualTo(2);
    assertThat(task.completedAt()).isEmpty();
    assertThat(task.progress()).isEmpty();
    assertThat(task.cancelRequested()).isFalse();
    assertThat(task.error()).contains("last");
    assertThat(task.priority()).isEqualTo(failed.priority());
    assertThat(queue().errors(last.id())).hasSize(2);
    assertThat(task.runAt())
        .as("due now")
        .isCloseTo(read(queue().enqueue(OTHER_TYPE, "{}")).createdAt(), within(10, SECONDS));
    for (ClaimUpdate update : OutcomeContract.updates(last)) {
      assertThat(queue().apply(update)).as("%s", update).isEqualTo(Outcome.LEASE_LOST);
    }
    assertThat(read(last.id())).isEqualTo(task);
    Claim again = claimOne();
    assertThat(again.attempt()).isEqualTo(1);
    again.complete();
    assertThat(read(last.id()).status()).isEqualTo(Status.COMPLETED);
  }

  @Test
  default void redrive_tasksThatAreNotFailed_areLeft() {
    Claim completed = claimed();
    completed.complete();
    UUID cancelled = queue().enqueue(newTask());
    queue().cancel(cancelled);
    UUID pending = queue().enqueue(newTask().delay(Duration.ofDays(1)));
    List<UUID> ids = List.of(completed.id(), cancelled, pending, UUID.randomUUID());
    List<Task> before = ids.subList(0, 3).stream().map(this::read).toList();

    assertThat(admin().redrive(ALL.ids(ids))).isEqualTo(new Redriven(List.of(), List.of()));
    assertThat(admin().prune(ALL.ids(ids))).isEmpty();
    assertThat(ids.subList(0, 3).stream().map(this::read).toList()).isEqualTo(before);
  }

  @Test
  default void redrive_filterAndLimit_areKept() {
    UUID first = failed(newTask(), "one").id();
    forward(Duration.ofSeconds(1));
    UUID second = failed(newTask(), "one").id();
    forward(Duration.ofSeconds(1));
    UUID third = failed(newTask(), "other").id();

    assertThat(admin().redrive(ALL.errorContains("one").limit(1)).tasks()).containsExactly(first);
    assertThat(found(ALL)).containsExactly(second, third);
    assertThat(admin().redrive(ALL).tasks()).containsExactlyInAnyOrder(second, third);
    assertThat(queue().counts()).containsEntry(Status.PENDING, 3L);
  }

  @Test
  default void redrive_everyCondition_isKept() {
    List<UUID> ids = failedThatMissOneConditionEach();

    assertThat(admin().redrive(everyCondition(ids)).tasks()).containsExactly(ids.get(0));
    assertThat(found(ALL)).containsExactlyElementsOf(ids.subList(1, 6));
  }

  @Test
  default void prune_everyCondition_isKept() {
    List<UUID> ids = failedThatMissOneConditionEach();

    assertThat(admin().prune(everyCondition(ids))).containsExactly(ids.get(0));
    assertThat(found(ALL)).containsExactlyElementsOf(ids.subList(1, 6));
  }

  /** The first meets {@link #everyCondition}, each of the others all but one. */
  private List<UUID> failedThatMissOneConditionEach() {
    List<UUID> ids = new ArrayList<>();
    ids.add(failed(newTask(), "broken").id());
    ids.add(failedLater(newTask().queue("bulk"), "broken"));
    ids.add(failedLater(NewTask.of(OTHER_TYPE, "{}"), "broken"));
    ids.add(failedLater(newTask(), "timed out"));
    ids.add(failedLater(newTask(), "broken"));
    ids.add(failedLater(newTask(), "broken"));
    return ids;
  }

  private UUID failedLater(NewTask task, String error) {
    forward(Duration.ofSeconds(1));
    return failed(task, error).id();
  }

  private FailedFilter everyCondition(List<UUID> ids) {
    return ALL.queue("default")
        .type(TYPE)
        .errorContains("broken")
        .ids(List.of(ids.get(0), ids.get(1), ids.get(2), ids.get(3), ids.get(5)))
        .before(read(ids.get(5)).completedAt().orElseThrow());
  }

  @Test
  default void redrive_keyOfALiveTask_staysFailed() {
    UUID failed = failed(newTask().uniqueKey("k"), "broken").id();
    UUID holder = queue().enqueue(newTask().uniqueKey("k"));
    Task before = read(failed);

    assertThat(admin().redrive(ALL)).isEqualTo(new Redriven(List.of(), List.of(failed)));
    assertThat(read(failed)).isEqualTo(before);
    queue().cancel(holder);
    assertThat(admin().redrive(ALL)).isEqualTo(new Redriven(List.of(failed), List.of()));
    assertThat(queue().enqueue(newTask().uniqueKey("k"))).as("its key again").isEqualTo(failed);
  }

  @Test
  default void redrive_severalOfOneKey_takesTheOldestFailure() {
    // It is the failure's age that counts, not the id.
    UUID older = failed(newTask().uniqueKey("k").id(new UUID(1, 1)), "broken").id();
    forward(Duration.ofSeconds(1));
    UUID newer = failed(newTask().uniqueKey("k").id(new UUID(0, 1)), "broken").id();
    forward(Duration.ofSeconds(1));
    UUID other = failed(newTask().uniqueKey("l"), "broken").id();

    Redriven redriven = admin().redrive(ALL);
    assertThat(redriven.tasks()).containsExactlyInAnyOrder(older, other);
    assertThat(redriven.keyTaken()).containsExactly(newer);
    assertThat(read(newer).status()).isEqualTo(Status.FAILED);
  }

  /** So that what cannot be redriven is said, and does not make a call look at everything. */
  @Test
  default void redrive_keyTaken_countsTowardsTheLimit() {
    UUID oldest = failed(newTask().uniqueKey("k"), "broken").id();
    queue().enqueue(newTask().uniqueKey("k").delay(Duration.ofDays(1)));
    forward(Duration.ofSeconds(1));
    UUID next = failed(newTask(), "broken").id();

    assertThat(admin().redrive(ALL.limit(1))).isEqualTo(new Redriven(List.of(), List.of(oldest)));
    assertThat(read(next).status()).isEqualTo(Status.FAILED);
    assertThat(admin().redrive(ALL.limit(2)))
        .isEqualTo(new Redriven(List.of(next), List.of(oldest)));
  }

  @Test
  default void redrive_keyOfABucket_isItsOwn() {
    UUID id = failed(newTask().uniqueKey("k", UniqueKeyContract.WINDOW), "broken").id();
    queue().enqueue(newTask().uniqueKey("k").delay(Duration.ofDays(1)));

    assertThat(admin().redrive(ALL)).isEqualTo(new Redriven(List.of(id), List.of()));
  }

  @Test
  default void prune_failedTasks_areGone() {
    NewTask oldest = newTask().uniqueKey("k", UniqueKeyContract.WINDOW);
    failed(oldest, "broken");
    forward(Duration.ofSeconds(1));
    UUID second = failed(NewTask.of(OTHER_TYPE, "{}"), "broken").id();
    forward(Duration.ofSeconds(1));
    UUID third = failed(newTask(), "broken").id();
    UUID live = queue().enqueue(newTask());

    assertThat(admin().prune(ALL.limit(1))).containsExactly(oldest.id());
    assertThat(queue().find(oldest.id())).isEmpty();
    assertThat(queue().errors(oldest.id())).isEmpty();
    NewTask next = newTask().uniqueKey("k", UniqueKeyContract.WINDOW);
    assertThat(queue().enqueue(next)).as("its key is free").isEqualTo(next.id());
    assertThat(queue().enqueue(oldest.uniqueKey("l"))).as("unknown again").isEqualTo(oldest.id());
    assertThat(read(oldest.id()).attempt()).isZero();
    assertThat(admin().prune(ALL.type(TYPE))).containsExactly(third);
    assertThat(found(ALL)).containsExactly(second);
    assertThat(read(live).status()).isEqualTo(Status.PENDING);
  }
}
