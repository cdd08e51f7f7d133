package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.NewTask;
import dev.dibs.OutcomeUnknownException;
import dev.dibs.Status;
import dev.dibs.TaskQueue;
import dev.dibs.Worker;
import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.testkit.DibsPostgres;
import dev.dibs.testkit.wire.Cut;
import dev.dibs.testkit.wire.FaultProxy;
import java.sql.Connection;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.postgresql.ds.PGSimpleDataSource;

/** The connection breaks between a statement and its answer; repeating does it once. */
@Timeout(60)
class UnknownOutcomeIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  private enum Moment {
    BEFORE_THE_SERVER_GETS_IT,
    AFTER_THE_SERVER_COMMITTED;

    Cut cut() {
      return this == BEFORE_THE_SERVER_GETS_IT ? Cut.request(1) : Cut.answer(1);
    }
  }

  private static final String ENQUEUE = "insert into";
  private static final String CLAIM = "claim_in_lanes";

  private FaultProxy proxy;
  private TaskQueue queue;
  private TaskQueue direct;

  @BeforeEach
  void open() throws Exception {
    try (Connection connection = postgres.connect()) {
      Db.execute(connection, "TRUNCATE tasks");
    }
    PGSimpleDataSource through = postgres.dataSource().unwrap(PGSimpleDataSource.class);
    proxy = FaultProxy.to(through.getServerNames()[0], through.getPortNumbers()[0]);
    through.setServerNames(new String[] {"localhost"});
    through.setPortNumbers(new int[] {proxy.port()});
    queue = PostgresTaskQueue.create(through, postgres.schema());
    queue.counts();
    direct = PostgresTaskQueue.create(postgres.dataSource(), postgres.schema());
  }

  @AfterEach
  void close() {
    proxy.close();
  }

  @ParameterizedTest
  @EnumSource(Moment.class)
  void enqueue_cut_isUnknownAndTheRepetitionMakesOneTask(Moment moment) {
    NewTask task = NewTask.of("a", "1");
    proxy.arm(moment.cut().from(ENQUEUE));
    unknown(() -> queue.enqueue(task));
    assertThat(direct.find(task.id()).isPresent())
        .isEqualTo(moment == Moment.AFTER_THE_SERVER_COMMITTED);
    assertThat(queue.enqueue(task)).isEqualTo(task.id());
    assertThat(direct.counts()).containsEntry(Status.PENDING, 1L);
  }

  /** The control: who does not keep the task's id, enqueues it twice. */
  @Test
  void enqueue_repeatedBlindlyWithAnotherId_makesTwoTasks() {
    proxy.arm(Moment.AFTER_THE_SERVER_COMMITTED.cut().from(ENQUEUE));
    unknown(() -> queue.enqueue("a", "1"));
    queue.enqueue("a", "1");
    assertThat(direct.counts()).containsEntry(Status.PENDING, 2L);
  }

  @ParameterizedTest
  @EnumSource(Moment.class)
  void enqueueAll_uniqueKeysAndCut_repetitionMakesEachOnce(Moment moment) {
    List<NewTask> tasks =
        List.of(NewTask.of("a", "1").uniqueKey("k"), NewTask.of("a", "2").uniqueKey("l"));
    proxy.arm(moment.cut().from(ENQUEUE));
    unknown(() -> queue.enqueueAll(tasks));
    assertThat(queue.enqueueAll(tasks)).isEqualTo(tasks.stream().map(NewTask::id).toList());
    assertThat(direct.counts()).containsEntry(Status.PENDING, 2L);
  }

  @ParameterizedTest
  @EnumSource(Moment.class)
  void claim_cut_repetitionWithTheTokenGivesWhatItTook(Moment moment) {
    queue.enqueueAll("a", Collections.nCopies(5, "1"));
    ClaimRequest request = ClaimRequest.of("a").limit(3).lease(Duration.ofHours(1));
    proxy.arm(moment.cut().from(CLAIM));
    UUID token = unknown(() -> queue.claim(request)).token().orElseThrow();
    List<Claim> repeated = queue.claim(request.token(token));
    assertThat(repeated).hasSize(moment == Moment.AFTER_THE_SERVER_COMMITTED ? 3 : 0);
    assertThat(repeated).allMatch(claim -> claim.attempt() == 1 && claim.token().equals(token));
    repeated.forEach(Claim::complete);
    assertThat(queue.claim(request.limit(10))).hasSize(5 - repeated.size());
  }

  @ParameterizedTest
  @EnumSource(Moment.class)
  void updates_cut_areUnknownAndTheRepetitionWritesOnce(Moment moment) {
    Claim completed = claim("\"completed\"");
    cut(completed::complete, "completed", moment);
    assertThat(direct.find(completed.id()).orElseThrow().status()).isEqualTo(Status.COMPLETED);

    Claim failed = claim("\"failed\"");
    cut(() -> failed.fail(new IllegalStateException("once")), "with_error", moment);
    assertThat(direct.find(failed.id()).orElseThrow().status()).isEqualTo(Status.PENDING);
    assertThat(direct.errors(failed.id())).hasSize(1);

    Claim snoozed = claim("\"snoozed\"");
    cut(() -> snoozed.snooze(Duration.ofHours(1)), "greatest", moment);
    assertThat(direct.find(snoozed.id()).orElseThrow().attempt()).isZero();

    Claim extended = claim("\"extended\"");
    cut(() -> extended.extend(Duration.ofHours(1)), "lease_until", moment);
    cut(() -> extended.progress("1"), "progress", moment);
    assertThat(direct.find(extended.id()).orElseThrow().progress()).hasValue("1");
    UUID pending = queue.enqueue(NewTask.of("b", "1"));
    cut(() -> queue.cancel(pending), "cancelled", moment);
    assertThat(direct.find(pending).orElseThrow().status()).isEqualTo(Status.CANCELLED);
  }

  /** Were it not to ask again, its tasks would wait for an hour's lease. */
  @Test
  void worker_itsClaimIsCut_runsWhatItTook() throws Exception {
    int tasks = 20;
    direct.enqueueAll("a", Collections.nCopies(tasks, "1"));
    CountDownLatch ran = new CountDownLatch(tasks);
    proxy.arm(Moment.AFTER_THE_SERVER_COMMITTED.cut().from(CLAIM));
    try (Worker worker = Worker.builder(queue).lease(Duration.ofHours(1)).build()) {
      worker.register("a", task -> ran.countDown()).start();
      assertThat(ran.await(30, TimeUnit.SECONDS)).as("all ran").isTrue();
    }
    assertThat(proxy.hasCut()).isTrue();
    assertThat(direct.counts()).containsEntry(Status.COMPLETED, (long) tasks);
  }

  private Claim claim(String payload) {
    direct.enqueue("a", payload);
    return queue.claim(ClaimRequest.of("a").limit(10)).get(0);
  }

  private void cut(Runnable operation, String text, Moment moment) {
    proxy.arm(moment.cut().from(text));
    unknown(operation);
    assertThat(proxy.hasCut()).isTrue();
    operation.run();
  }

  private static OutcomeUnknownException unknown(Runnable operation) {
    return assertThatExceptionOfType(OutcomeUnknownException.class)
        .isThrownBy(operation::run)
        .actual();
  }
}
