package dev.dibs.testkit.contract;

import static dev.dibs.testkit.contract.QueueUnderTest.assertInvalid;
import static java.time.temporal.ChronoUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import dev.dibs.IdConflictException;
import dev.dibs.NewTask;
import dev.dibs.Priority;
import dev.dibs.Status;
import dev.dibs.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What enqueueing one task or many makes of them, and that repeating it makes nothing more. */
interface EnqueueContract extends QueueUnderTest {

  @Test
  default void enqueue_newTask_isPending() {
    NewTask task = newTask();

    assertThat(queue().enqueue(task)).isEqualTo(task.id());
    Task made = read(task.id());
    assertThat(made.id()).isEqualTo(task.id());
    assertThat(made.type()).isEqualTo(TYPE);
    assertThat(made.queue()).isEqualTo("default");
    assertThat(made.priority()).isEqualTo(Priority.NORMAL);
    assertThat(made.status()).isEqualTo(Status.PENDING);
    assertThat(made.attempt()).isZero();
    assertThat(made.maxAttempts()).isEqualTo(20);
    assertThat(made.runAt()).isCloseTo(made.createdAt(), within(10, SECONDS));
    assertThat(made.startedAt()).isEmpty();
    assertThat(made.completedAt()).isEmpty();
    assertThat(made.error()).isEmpty();
  }

  @Test
  default void enqueue_everyOption_isKept() {
    UUID id = UUID.fromString("ffffffff-0000-0000-0000-000000000000");
    Instant runAt = Instant.parse("2030-05-06T07:08:09.123456Z");
    queue()
        .enqueue(
            newTask().id(id).queue("Größe").priority(Priority.LOW).maxAttempts(1000).runAt(runAt));

    Task made = read(id);
    assertThat(made.queue()).isEqualTo("Größe");
    assertThat(made.priority()).isEqualTo(Priority.LOW);
    assertThat(made.maxAttempts()).isEqualTo(1000);
    assertThat(made.runAt()).isEqualTo(runAt);
  }

  @Test
  default void enqueue_payload_isReturnedInNormalForm() {
    String spelled = "{ \"bb\":1e2, \"a\" : [1.0,true, null],\"bb\":\"\\u00e9\\n\" }";
    String normal = "{\"a\": [1.0, true, null], \"bb\": \"é\\n\"}";

    assertThat(read(queue().enqueue(TYPE, spelled)).payload()).isEqualTo(normal);
    assertThat(claimOne().payload()).isEqualTo(normal);
  }

  @Test
  default void enqueue_delay_isDueThatLongAfter() {
    Task made = read(queue().enqueue(newTask().delay(Duration.ofHours(1))));

    assertThat(made.runAt())
        .isCloseTo(made.createdAt().plus(Duration.ofHours(1)), within(10, SECONDS));
  }

  @Test
  default void enqueue_runAtFinerThanMicroseconds_isCut() {
    Instant runAt = Instant.parse("2030-01-01T00:00:00.123456999Z");
    Instant beforeEpoch = Instant.parse("1950-01-01T00:00:00.123456999Z");

    assertThat(read(queue().enqueue(newTask().runAt(runAt))).runAt())
        .isEqualTo("2030-01-01T00:00:00.123456Z");
    assertThat(read(queue().enqueue(newTask().runAt(beforeEpoch))).runAt())
        .isEqualTo("1950-01-01T00:00:00.123456Z");
  }

  @Test
  default void enqueue_sameTaskAgain_isMadeOnce() {
    NewTask task = newTask();
    queue().enqueue(task);
    Task made = read(task.id());

    assertThat(queue().enqueue(task)).isEqualTo(task.id());
    assertThat(read(task.id())).isEqualTo(made);
    assertThat(queue().counts()).containsEntry(Status.PENDING, 1L);
  }

  @Test
  default void enqueue_sameTaskAgainAfterCompletion_staysCompleted() {
    NewTask task = newTask();
    queue().enqueue(task);
    claimOne().complete();
    Task completed = read(task.id());

    assertThat(queue().enqueue(task)).isEqualTo(task.id());
    assertThat(read(task.id())).isEqualTo(completed);
    assertThat(queue().claim(request())).isEmpty();
  }

  @Test
  default void enqueue_sameIdAndSameJsonSpelledOtherwise_isNoConflict() {
    UUID id = queue().enqueue(TYPE, "{\"a\":1,\"b\":[]}");

    queue().enqueue(NewTask.of(TYPE, "{ \"b\" : [ ], \"a\" : 1 }").id(id));
    assertThat(queue().counts()).containsEntry(Status.PENDING, 1L);
  }

  @Test
  default void enqueue_sameIdAndSameNumberSpelledOtherwise_isNoConflict() {
    UUID id = queue().enqueue(TYPE, "[1.0, \"1.0\", 0]");

    queue().enqueue(NewTask.of(TYPE, "[10.00e-1, \"1.0\", 0.000]").id(id));
    assertThat(read(id).payload()).isEqualTo("[1.0, \"1.0\", 0]");
    assertConflict(NewTask.of(TYPE, "[1.0, \"1.00\", 0]").id(id));
  }

  @Test
  default void enqueue_sameIdWithOtherOptions_keepsTheFirst() {
    NewTask task = newTask();
    queue().enqueue(task);
    Task first = read(task.id());

    queue().enqueue(task.queue("other").priority(Priority.URGENT).maxAttempts(1));
    assertThat(read(task.id())).isEqualTo(first);
  }

  @Test
  default void enqueue_sameIdOtherPayload_isConflict() {
    UUID id = queue().enqueue(TYPE, "{\"a\":1}");
    assertConflict(NewTask.of(TYPE, "{\"a\":2}").id(id));
  }

  @Test
  default void enqueue_sameIdOtherType_isConflict() {
    UUID id = queue().enqueue(TYPE, "{}");
    assertConflict(NewTask.of(OTHER_TYPE, "{}").id(id));
  }

  private void assertConflict(NewTask conflicting) {
    Task first = read(conflicting.id());
    assertThatExceptionOfType(IdConflictException.class)
        .isThrownBy(() -> queue().enqueue(conflicting))
        .satisfies(e -> assertThat(e.id()).isEqualTo(conflicting.id()))
        .withMessageContaining(conflicting.id().toString());
    assertThat(read(conflicting.id())).isEqualTo(first);
  }

  @Test
  default void enqueueAll_manyTasks_returnsIdsInOrder() {
    List<NewTask> tasks = List.of(newTask(), NewTask.of(OTHER_TYPE, "[]"), newTask());

    assertThat(queue().enqueueAll(tasks))
        .containsExactlyElementsOf(tasks.stream().map(NewTask::id).toList());
    assertThat(queue().counts()).containsEntry(Status.PENDING, 3L);
    assertThat(read(tasks.get(1).id()).payload()).isEqualTo("[]");
  }

  @Test
  default void enqueueAll_typeAndPayloads_makesOneEach() {
    List<UUID> ids = queue().enqueueAll(TYPE, List.of("1", "2", "3"));

    assertThat(ids).extracting(id -> read(id).payload()).containsExactly("1", "2", "3");
  }

  @Test
  default void enqueueAll_emptyList_doesNothing() {
    assertThat(queue().enqueueAll(List.of())).isEmpty();
    assertThat(queue().enqueueAll(TYPE, List.of())).isEmpty();
    assertNothingWritten();
  }

  @Test
  default void enqueueAll_nullElement_namesIndex() {
    List<NewTask> tasks = new ArrayList<>(List.of(newTask(), newTask()));
    tasks.add(null);

    assertInvalid(() -> queue().enqueueAll(tasks), "task at index 2", "null");
    assertNothingWritten();
  }

  @Test
  default void enqueueAll_badPayload_namesIndex() {
    assertInvalid(
        () -> queue().enqueueAll(TYPE, List.of("1", "oops", "2")), "task at index 1", "payload");
    assertInvalid(() -> queue().enqueueAll(" ", List.of("1")), "type", "blank");
    assertNothingWritten();
  }

  @Test
  default void enqueueAll_idTwice_namesIndex() {
    NewTask task = newTask();

    assertInvalid(
        () -> queue().enqueueAll(List.of(task, newTask(), newTask(), task.priority(Priority.LOW))),
        "task at index 3");
    assertNothingWritten();
  }

  @Test
  default void enqueueAll_hundredThousandTasks_isTheMost() {
    List<NewTask> tasks = new ArrayList<>();
    for (int i = 0; i < 100_000; i++) {
      tasks.add(NewTask.of(TYPE, "1"));
    }

    assertThat(queue().enqueueAll(tasks)).hasSize(100_000);
    assertThat(queue().counts()).containsEntry(Status.PENDING, 100_000L);
    tasks.add(newTask());
    assertInvalid(() -> queue().enqueueAll(tasks), "100000", "100001");
    assertThat(queue().counts()).containsEntry(Status.PENDING, 100_000L);
  }

  @Test
  default void enqueueAll_moreThan256MiB_namesIndex() {
    NewTask oneMiB = NewTask.of(TYPE, "\"" + "x".repeat((1 << 20) - 2) + "\"");
    List<NewTask> tasks = new ArrayList<>();
    for (int i = 0; i < 256; i++) {
      tasks.add(oneMiB.id(UUID.randomUUID()));
    }
    assertThat(NewTask.checkAll(tasks)).as("just within the bound").hasSize(256);
    tasks.add(NewTask.of(TYPE, "1"));

    assertInvalid(() -> queue().enqueueAll(tasks), "task at index 256", "268435456");
    assertNothingWritten();
  }

  @Test
  default void enqueueAll_oneConflict_writesNothing() {
    NewTask taken = newTask();
    queue().enqueue(taken);
    NewTask conflicting = NewTask.of(OTHER_TYPE, "{}").id(taken.id());

    assertThatExceptionOfType(IdConflictException.class)
        .isThrownBy(() -> queue().enqueueAll(List.of(newTask(), conflicting, newTask())))
        .satisfies(e -> assertThat(e.id()).isEqualTo(taken.id()));
    assertThat(queue().counts()).containsEntry(Status.PENDING, 1L);
    assertThat(read(taken.id()).type()).isEqualTo(TYPE);
  }

  @Test
  default void enqueueAll_partlyThere_makesTheRest() {
    List<NewTask> tasks = List.of(newTask(), newTask(), newTask());
    queue().enqueue(tasks.get(1));

    assertThat(queue().enqueueAll(tasks)).hasSize(3);
    List<NewTask> reversed = new ArrayList<>(tasks);
    Collections.reverse(reversed);
    assertThat(queue().enqueueAll(reversed)).first().isEqualTo(tasks.get(2).id());
    assertThat(queue().counts()).containsEntry(Status.PENDING, 3L);
  }
}
