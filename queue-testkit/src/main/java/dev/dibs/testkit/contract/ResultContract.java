package dev.dibs.testkit.contract;

import static dev.dibs.testkit.contract.QueueUnderTest.assertInvalid;
import static java.time.temporal.ChronoUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import dev.dibs.Claim;
import dev.dibs.ClaimUpdate;
import dev.dibs.IdConflictException;
import dev.dibs.LeaseLostException;
import dev.dibs.NewTask;
import dev.dibs.Outcome;
import dev.dibs.Priority;
import dev.dibs.Status;
import dev.dibs.Task;
import dev.dibs.TaskProducer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What a handler tells its producer, and what it writes in a transaction of its own. */
interface ResultContract extends QueueUnderTest {

  @Test
  default void complete_result_isKeptInNormalForm() {
    Claim claim = claimed();
    claim.complete("{\"bb\":1e2, \"a\" : [ ]}");

    assertThat(read(claim.id()).status()).isEqualTo(Status.COMPLETED);
    assertThat(read(claim.id()).result()).contains("{\"a\": [], \"bb\": 100}");
  }

  @Test
  default void apply_result_isKept() {
    Claim claim = claimed();
    queue().apply(new ClaimUpdate.Complete(claim, Optional.of("1")));
    Claim other = claimed();
    applyInTransaction(new ClaimUpdate.Complete(other, Optional.of("2")));

    assertThat(read(claim.id()).result()).contains("1");
    assertThat(read(other.id()).result()).contains("2");
  }

  @Test
  default void complete_noResult_leavesNone() {
    Claim claim = claimed();
    assertThat(read(claim.id()).result()).isEmpty();
    claim.complete();

    assertThat(read(claim.id()).result()).isEmpty();
  }

  @Test
  default void complete_twiceWithAnotherResult_keepsTheFirst() {
    Claim claim = claimed();
    claim.complete("1");

    assertThat(queue().apply(new ClaimUpdate.Complete(claim, Optional.of("2"))))
        .isEqualTo(Outcome.ALREADY_APPLIED);
    assertThat(read(claim.id()).result()).contains("1");
  }

  @Test
  default void applyAll_resultsAndProgress_areEachTasksOwn() {
    List<UUID> ids = queue().enqueueAll(TYPE, List.of("1", "2", "3"));
    List<Claim> claims = queue().claim(request().limit(3));

    assertThat(
            queue()
                .applyAll(
                    List.of(
                        new ClaimUpdate.Complete(claims.get(2), Optional.of("\"third\"")),
                        new ClaimUpdate.Progress(claims.get(1), "\"second\""),
                        new ClaimUpdate.Complete(claims.get(0)))))
        .containsOnly(Outcome.APPLIED);
    assertThat(ids)
        .extracting(id -> read(id).result())
        .containsExactly(Optional.empty(), Optional.empty(), Optional.of("\"third\""));
    assertThat(ids)
        .extracting(id -> read(id).progress())
        .containsExactly(Optional.empty(), Optional.of("\"second\""), Optional.empty());
  }

  @Test
  default void progress_runningTask_isReplacedEachTime() {
    Claim claim = claimed();
    assertThat(claim.task().progress()).isEmpty();
    claim.progress("{ \"done\":1 }");
    assertThat(read(claim.id()).progress()).contains("{\"done\": 1}");
    claim.progress("null");

    assertThat(read(claim.id()).progress()).contains("null");
    assertThat(read(claim.id()).status()).isEqualTo(Status.PROCESSING);
  }

  @Test
  default void progress_nextAttempt_findsIt() {
    Claim first = claimed();
    first.progress("7");
    queue().apply(new ClaimUpdate.Retry(first, "boom", Duration.ZERO));
    assertThat(read(first.id()).progress()).contains("7");
    Claim second = claimOne();
    assertThat(second.task().progress()).contains("7");
    expireLeases();
    Claim third = claimOne();
    assertThat(third.task().progress()).contains("7");
    third.complete("8");

    assertThat(read(first.id()).progress()).as("kept by the completion").contains("7");
    assertThat(read(first.id()).result()).contains("8");
  }

  @Test
  default void progress_runningTask_doesNotExtendItsLease() {
    Claim claim = claimed();
    forward(LEASE.minusSeconds(10));
    claim.progress("1");
    forward(Duration.ofSeconds(20));

    assertThat(claimOne().attempt()).isEqualTo(2);
  }

  @Test
  default void progress_leaseExpiredButUntaken_isApplied() {
    Claim claim = claimed();
    expireLeases();

    assertThat(queue().apply(new ClaimUpdate.Progress(claim, "1"))).isEqualTo(Outcome.APPLIED);
    assertThat(claimOne().attempt()).as("it is expired still").isEqualTo(2);
  }

  @Test
  default void progress_afterTheEnd_isRefused() {
    Claim claim = claimed();
    claim.progress("1");
    claim.complete();

    assertThat(queue().apply(new ClaimUpdate.Progress(claim, "1"))).isEqualTo(Outcome.LEASE_LOST);
    assertThatExceptionOfType(LeaseLostException.class).isThrownBy(() -> claim.progress("2"));
    assertThat(read(claim.id()).progress()).contains("1");
  }

  @Test
  default void applyIn_everyKind_isAppliedOnce() {
    for (int kind = 0; kind < 4; kind++) {
      Claim claim = claimed();
      ClaimUpdate update = OutcomeContract.updates(claim).get(kind);

      assertThat(applyInTransaction(update)).as("%s", update).isEqualTo(Outcome.APPLIED);
      Task written = read(claim.id());
      assertThat(written.status()).isNotEqualTo(Status.PROCESSING);
      assertThat(applyInTransaction(update)).as("%s", update).isEqualTo(Outcome.ALREADY_APPLIED);
      assertThat(read(claim.id())).isEqualTo(written);
    }
  }

  @Test
  default void applyIn_progressAndExtension_areApplied() {
    Claim claim = claimed();
    assertThat(applyInTransaction(new ClaimUpdate.Progress(claim, "1"))).isEqualTo(Outcome.APPLIED);
    assertThat(applyInTransaction(new ClaimUpdate.Extend(claim, Duration.ofDays(1))))
        .isEqualTo(Outcome.APPLIED);
    forward(Duration.ofHours(23));

    assertThat(queue().claim(request())).isEmpty();
    assertThat(read(claim.id()).progress()).contains("1");
  }

  @Test
  default void applyIn_forgedToken_isRefused() {
    Claim claim = claimed();
    Claim forged = new Claim(queue(), claim.task(), UUID.randomUUID(), false);

    for (ClaimUpdate update : OutcomeContract.updates(forged)) {
      assertThat(applyInTransaction(update)).as("%s", update).isEqualTo(Outcome.LEASE_LOST);
    }
    assertThat(read(claim.id())).isEqualTo(claim.task());
  }

  @Test
  default void completeIn_claim_completesTask() {
    Claim claim = claimed();
    inTransaction(claim::completeIn);

    assertThat(read(claim.id()).status()).isEqualTo(Status.COMPLETED);
    inTransaction(
        connection ->
            assertThatExceptionOfType(LeaseLostException.class)
                .isThrownBy(() -> claim.completeIn(connection))
                .withMessageContaining("roll this one back"));
    assertThat(applyInTransaction(new ClaimUpdate.Complete(claim)))
        .isEqualTo(Outcome.ALREADY_APPLIED);
    assertThat(queue().apply(new ClaimUpdate.Complete(claim))).isEqualTo(Outcome.ALREADY_APPLIED);
  }

  @Test
  default void within_transaction_enqueuesWhenItCommits() {
    UUID[] id = new UUID[1];
    inTransaction(connection -> id[0] = queue().within(connection).enqueue(newTask()));

    assertThat(claimOne().id()).isEqualTo(id[0]);
  }

  @Test
  default void within_everyOption_isKept() {
    NewTask delayed =
        newTask()
            .queue("bulk")
            .priority(Priority.HIGH)
            .maxAttempts(3)
            .delay(Duration.ofHours(1))
            .uniqueKey("k", UniqueKeyContract.WINDOW);
    NewTask dated = newTask().runAt(OrderContract.LONG_AGO).uniqueKey("k");
    inTransaction(
        connection ->
            assertThat(queue().within(connection).enqueueAll(List.of(delayed, dated)))
                .containsExactly(delayed.id(), dated.id()));

    Task task = read(delayed.id());
    assertThat(task.queue()).isEqualTo("bulk");
    assertThat(task.priority()).isEqualTo(Priority.HIGH);
    assertThat(task.maxAttempts()).isEqualTo(3);
    assertThat(task.payload()).isEqualTo(read(queue().enqueue(newTask())).payload());
    assertThat(task.runAt())
        .isCloseTo(task.createdAt().plus(Duration.ofHours(1)), within(10, SECONDS));
    assertThat(queue().enqueue(newTask().uniqueKey("k", UniqueKeyContract.WINDOW)))
        .as("its key")
        .isEqualTo(delayed.id());
    assertThat(read(dated.id()).runAt()).isEqualTo(OrderContract.LONG_AGO);
    assertThat(queue().enqueue(newTask().uniqueKey("k"))).as("its key").isEqualTo(dated.id());
  }

  @Test
  default void within_inputNotValidOrConflict_doesNotSpoilTheTransaction() {
    UUID taken = queue().enqueue(newTask());
    UUID[] id = new UUID[1];
    inTransaction(
        connection -> {
          TaskProducer producer = queue().within(connection);
          assertInvalid(() -> producer.enqueue(TYPE, "oops"), "payload");
          assertInvalid(() -> producer.enqueueAll(TYPE, List.of("1", "oops")), "task at index 1");
          assertThatExceptionOfType(IdConflictException.class)
              .isThrownBy(() -> producer.enqueue(NewTask.of(TYPE, "[2]").id(taken)));
          id[0] = producer.enqueue(newTask());
        });

    assertThat(read(id[0]).status()).isEqualTo(Status.PENDING);
    assertThat(queue().counts()).containsEntry(Status.PENDING, 2L);
  }

  private Outcome applyInTransaction(ClaimUpdate update) {
    Outcome[] outcome = new Outcome[1];
    inTransaction(connection -> outcome[0] = queue().applyIn(connection, update));
    return outcome[0];
  }
}
