package dev.dibs.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.dibs.Claim;
import dev.dibs.ClaimUpdate;
import dev.dibs.IdConflictException;
import dev.dibs.NewTask;
import dev.dibs.Status;
import dev.dibs.Task;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Which enqueues a unique key passes over, and when it is free again. */
interface UniqueKeyContract extends QueueUnderTest {
  /** The longest: no test runs into the end of its bucket before 2029. */
  Duration WINDOW = Duration.ofDays(3650);

  private NewTask keyed() {
    return newTask().uniqueKey("k");
  }

  private NewTask windowed() {
    return newTask().uniqueKey("k", WINDOW);
  }

  /** An enqueue that is passed over for this task. */
  private void assertSkipped(NewTask task, UUID holder) {
    Task before = read(holder);
    assertThat(queue().enqueue(task)).isEqualTo(holder);
    assertThat(queue().find(task.id())).isEmpty();
    assertThat(read(holder)).isEqualTo(before);
  }

  private UUID assertMade(NewTask task) {
    assertThat(queue().enqueue(task)).isEqualTo(task.id());
    assertThat(read(task.id()).status()).isEqualTo(Status.PENDING);
    return task.id();
  }

  @Test
  default void uniqueKey_ofATask_isRead() {
    assertThat(read(queue().enqueue(newTask())).uniqueKey()).isEmpty();
    assertThat(read(queue().enqueue(keyed())).uniqueKey()).contains("k");
    String longest = "\ud83d\ude80".repeat(200);
    assertThat(read(queue().enqueue(newTask().uniqueKey(longest, WINDOW))).uniqueKey())
        .contains(longest);
  }

  @Test
  default void uniqueKey_setAnew_replacesTheFormer() {
    assertThat(windowed().uniqueKey("k").uniqueWindow()).isEmpty();
    assertThat(keyed().uniqueKey("l", WINDOW).uniqueKey()).contains("l");
    assertThat(newTask().uniqueKey("k", Duration.ofNanos(1_000_001_999)).uniqueWindow())
        .contains(Duration.ofNanos(1_000_001_000));
  }

  @Test
  default void enqueue_keyOfALiveTask_returnsThatTask() {
    UUID holder = assertMade(keyed());
    assertSkipped(keyed(), holder);
    assertSkipped(keyed().delay(Duration.ofDays(1)).queue("other"), holder);
    Claim claim = claimOne();
    assertSkipped(keyed(), holder);
    queue().apply(new ClaimUpdate.Retry(claim, "boom", Duration.ZERO));
    assertSkipped(keyed(), holder);
    Claim again = claimOne();
    queue().cancel(holder);
    assertSkipped(keyed(), holder);
    expireLeases();
    assertSkipped(keyed(), holder);
    again.complete();
    assertMade(keyed());
  }

  @Test
  default void enqueue_keyOfAFinishedTask_makesTheTask() {
    assertMade(keyed());
    claimOne().complete();
    assertMade(keyed());
    queue().apply(new ClaimUpdate.Fail(claimOne(), "broken"));
    UUID third = assertMade(keyed());
    queue().cancel(third);
    assertMade(keyed());
  }

  @Test
  default void enqueue_otherKeyOrType_makesTheTask() {
    assertMade(keyed());
    assertMade(newTask().uniqueKey("K"));
    assertMade(newTask());
    assertMade(NewTask.of(OTHER_TYPE, "{}").uniqueKey("k"));
  }

  @Test
  default void enqueue_sameIdAgain_isThatTaskWhateverItsKey() {
    NewTask first = keyed();
    assertMade(first);
    assertThat(queue().enqueue(first)).isEqualTo(first.id());
    claimOne().complete();
    UUID second = assertMade(keyed());

    assertThat(queue().enqueue(first)).isEqualTo(first.id());
    assertThat(queue().enqueue(first.uniqueKey("l"))).isEqualTo(first.id());
    assertThat(read(first.id()).uniqueKey()).contains("k");
    assertSkipped(keyed(), second);
  }

  @Test
  default void enqueue_passedOverBefore_isMadeOnceTheKeyIsFree() {
    assertMade(keyed());
    NewTask second = keyed();
    queue().enqueue(second);
    claimOne().complete();

    assertMade(second);
  }

  @Test
  default void enqueue_idConflictAndKeyTaken_isConflict() {
    NewTask taken = newTask();
    queue().enqueue(taken);
    assertMade(keyed());

    assertThatExceptionOfType(IdConflictException.class)
        .isThrownBy(() -> queue().enqueue(NewTask.of(TYPE, "[2]").id(taken.id()).uniqueKey("k")))
        .satisfies(e -> assertThat(e.id()).isEqualTo(taken.id()));
  }

  @Test
  default void enqueueAll_keyTaken_makesTheRest() {
    UUID holder = assertMade(keyed());
    NewTask skipped = keyed();
    NewTask made = newTask().uniqueKey("l");
    NewTask plain = newTask();

    assertThat(queue().enqueueAll(List.of(skipped, made, plain)))
        .containsExactly(holder, made.id(), plain.id());
    assertThat(queue().counts()).containsEntry(Status.PENDING, 3L);
  }

  @Test
  default void enqueueAll_keyTwice_makesTheFirst() {
    NewTask first = keyed();
    NewTask firstOfBucket = windowed();
    List<UUID> ids =
        queue()
            .enqueueAll(List.of(first, firstOfBucket, keyed(), windowed(), keyed().queue("other")));

    assertThat(ids)
        .containsExactly(
            first.id(), firstOfBucket.id(), first.id(), firstOfBucket.id(), first.id());
    assertThat(queue().counts()).containsEntry(Status.PENDING, 2L);
  }

  /** Its key counts for nothing, since it is there already and does not have that key. */
  @Test
  default void enqueueAll_repeatedIdBeforeTheSameKey_doesNotTakeIt() {
    NewTask there = newTask();
    queue().enqueue(there);
    NewTask next = keyed();

    assertThat(queue().enqueueAll(List.of(there.uniqueKey("k"), next)))
        .containsExactly(there.id(), next.id());
    assertThat(read(next.id()).uniqueKey()).contains("k");
  }

  @Test
  default void enqueueAll_conflictBesideKeys_writesNothing() {
    NewTask taken = newTask();
    queue().enqueue(taken);

    assertThatExceptionOfType(IdConflictException.class)
        .isThrownBy(
            () ->
                queue()
                    .enqueueAll(List.of(keyed(), keyed(), NewTask.of(TYPE, "[2]").id(taken.id()))));
    assertThat(queue().counts()).containsEntry(Status.PENDING, 1L);
    assertMade(keyed());
  }

  @Test
  default void within_keyTaken_returnsThatTask() {
    UUID holder = assertMade(keyed());
    inTransaction(
        connection ->
            assertThat(queue().within(connection).enqueueAll(List.of(keyed(), keyed())))
                .containsExactly(holder, holder));

    assertThat(queue().counts()).containsEntry(Status.PENDING, 1L);
  }

  @Test
  default void enqueue_keyOfTheBucket_returnsItsTaskWhateverBecameOfIt() {
    UUID holder = assertMade(windowed());
    assertSkipped(windowed(), holder);
    claimOne().complete();
    assertSkipped(windowed(), holder);
    forward(Duration.ofDays(1));
    assertSkipped(windowed(), holder);
  }

  @Test
  default void enqueue_keyOfAnEarlierBucket_makesTheTask() {
    UUID first = assertMade(windowed());
    forward(WINDOW);
    UUID second = assertMade(windowed());

    assertThat(second).as("while the first still waits").isNotEqualTo(first);
    assertSkipped(windowed(), second);
  }

  @Test
  default void enqueue_windowsOfOtherLength_doNotMeet() {
    assertMade(windowed());
    assertMade(newTask().uniqueKey("k", WINDOW.minusDays(1)));
    assertMade(keyed());
    assertMade(NewTask.of(OTHER_TYPE, "{}").uniqueKey("k", WINDOW));
    assertMade(newTask().uniqueKey("l", WINDOW));
  }
}
