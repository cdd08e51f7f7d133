package dev.dibs.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.dibs.Claim;
import dev.dibs.ClaimRequest;
import dev.dibs.ClaimUpdate;
import dev.dibs.DatabaseException;
import dev.dibs.NewTask;
import dev.dibs.Outcome;
import dev.dibs.OutcomeUnknownException;
import dev.dibs.TaskQueue;
import dev.dibs.jdbc.PostgresTaskQueue;
import dev.dibs.testkit.DibsPostgres;
import dev.dibs.testkit.wire.CutEverywhere;
import dev.dibs.testkit.wire.CutReport;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The connection breaks at every message of every operation; and clients that make it worse. */
@Timeout(600)
class CutEverywhereIT {
  @RegisterExtension static final DibsPostgres postgres = DibsPostgres.create();

  /** Each of the thousands of runs looks for the rows of its own queue, finished ones as well. */
  @BeforeAll
  static void indexQueues() throws SQLException {
    try (Connection connection = postgres.connect()) {
      Db.execute(connection, "CREATE INDEX ON tasks (queue)");
    }
  }

  @Test
  void everyOperation_cutAtEveryMessage_happensOnceAndTheCallerIsToldTheTruth() {
    CutReport report =
        CutEverywhere.on(postgres.jdbcUrl(), postgres.schema())
            .thorough(Boolean.getBoolean("dibs.test.full"))
            .threads(32)
            .run();
    System.out.println(report);
    assertThat(report.passed()).as(report::toString).isTrue();
    assertThat(report.points()).isGreaterThan(200);
    assertThat(report.cuts()).isEqualTo(3 * report.points());
  }

  /** Every cut of an answer comes after the server has committed. */
  @Test
  void client_repeatsBlindlyUnderANewId_isReportedAsDuplicated() {
    CutReport report = run("enqueue answer", BlindRepetition::new);
    assertThat(report.duplicated()).as(report::toString).isEqualTo(report.cuts());
    assertThat(report.toString()).contains("only(\"enqueue answer 1 drop\").run()");
  }

  @Test
  void client_repeatsAClaimWithoutItsToken_isReportedAsDuplicated() {
    CutReport report = run("claim answer", BlindRepetition::new);
    assertThat(report.duplicated()).as(report::toString).isEqualTo(report.cuts());
  }

  /** No cut of a request lets the server commit. */
  @Test
  void client_takesUnknownForSuccess_isReportedAsLost() {
    for (String operation :
        List.of("enqueue request", "complete request", "completeAndDelete request")) {
      CutReport report = run(operation, Optimist::new);
      assertThat(report.lost()).as(report::toString).isEqualTo(report.cuts());
    }
  }

  @Test
  void client_takesALostAnswerForNothingWritten_isReportedAsWrongOutcome() {
    CutReport report = run("enqueue answer", Pessimist::new);
    assertThat(report.wrongOutcomes()).as(report::toString).isEqualTo(report.cuts());
  }

  @Test
  void client_runsACommittedTransactionAgain_isReportedAsDuplicated() {
    for (String operation : List.of("completeIn answer", "completeInAndDelete answer")) {
      CutReport report = run(operation, Forgetful::new);
      assertThat(report.duplicated()).as(report::toString).isPositive();
      assertThat(report.lost() + report.wrongOutcomes()).as(report::toString).isZero();
    }
  }

  @Test
  void client_doesNotKnowAlthoughNothingWasSent_isReportedAsWrongOutcome() {
    CutReport report = run("enqueue connecting request 3", Doubter::new);
    assertThat(report.wrongOutcomes()).as(report::toString).isEqualTo(3).isEqualTo(report.cuts());
  }

  @Test
  void only_aNameThatNoPlaceHas_isRefused() {
    CutEverywhere nothing =
        CutEverywhere.on(postgres.jdbcUrl(), postgres.schema()).only("no such operation");
    assertThatIllegalStateException()
        .isThrownBy(nothing::run)
        .withMessageContaining("no such operation");
  }

  private static CutReport run(String only, UnaryOperator<TaskQueue> client) {
    return CutEverywhere.on(postgres.jdbcUrl(), postgres.schema())
        .client(dataSource -> client.apply(PostgresTaskQueue.create(dataSource, postgres.schema())))
        .only(only)
        .run();
  }

  /** Does it again as if nothing had been done. */
  private static final class BlindRepetition extends ForwardingTaskQueue {
    BlindRepetition(TaskQueue queue) {
      super(queue);
    }

    @Override
    public List<UUID> enqueueAll(List<NewTask> tasks) {
      try {
        return super.enqueueAll(tasks);
      } catch (OutcomeUnknownException e) {
        super.enqueueAll(tasks.stream().map(task -> task.id(UUID.randomUUID())).toList());
        return tasks.stream().map(NewTask::id).toList();
      }
    }

    @Override
    public List<Claim> claim(ClaimRequest request) {
      try {
        return super.claim(request);
      } catch (OutcomeUnknownException e) {
        return super.claim(request);
      }
    }
  }

  /** No news is good news. */
  private static final class Optimist extends ForwardingTaskQueue {
    Optimist(TaskQueue queue) {
      super(queue);
    }

    @Override
    public List<UUID> enqueueAll(List<NewTask> tasks) {
      try {
        return super.enqueueAll(tasks);
      } catch (OutcomeUnknownException e) {
        return tasks.stream().map(NewTask::id).toList();
      }
    }

    @Override
    public Outcome apply(ClaimUpdate update) {
      try {
        return super.apply(update);
      } catch (OutcomeUnknownException e) {
        return Outcome.APPLIED;
      }
    }
  }

  /** What was not acknowledged was not done. */
  private static final class Pessimist extends ForwardingTaskQueue {
    Pessimist(TaskQueue queue) {
      super(queue);
    }

    @Override
    public List<UUID> enqueueAll(List<NewTask> tasks) {
      try {
        return super.enqueueAll(tasks);
      } catch (OutcomeUnknownException e) {
        throw new DatabaseException("nothing was written", true, e);
      }
    }
  }

  /** One can never know. */
  private static final class Doubter extends ForwardingTaskQueue {
    Doubter(TaskQueue queue) {
      super(queue);
    }

    @Override
    public List<UUID> enqueueAll(List<NewTask> tasks) {
      try {
        return super.enqueueAll(tasks);
      } catch (DatabaseException e) {
        throw new OutcomeUnknownException("enqueue", e);
      }
    }
  }

  /** Takes a completion by an earlier transaction for one by this. */
  private static final class Forgetful extends ForwardingTaskQueue {
    Forgetful(TaskQueue queue) {
      super(queue);
    }

    @Override
    public Outcome applyIn(Connection connection, ClaimUpdate update) {
      Outcome outcome = super.applyIn(connection, update);
      boolean refused = outcome == Outcome.ALREADY_APPLIED || outcome == Outcome.LEASE_LOST;
      return refused ? Outcome.APPLIED : outcome;
    }
  }
}
