package dev.dibs.testkit.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dibs.DatabaseException;
import dev.dibs.OutcomeUnknownException;
import dev.dibs.testkit.wire.CutTable.State;
import java.sql.SQLException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CutRunTest {

  private static final State NOTHING = new State(0, "[]", "[]");
  private static final State ONE = new State(1, "[1]", "[1 at 9:00]");
  private static final State WRITTEN_AGAIN = new State(1, "[1]", "[1 at 9:01]");
  private static final State TWO = new State(2, "[1, 1]", "[1 at 9:00, 1 at 9:01]");

  private final SQLException lost = new SQLException("lost", "08006");
  private final Exception unknown = new OutcomeUnknownException("enqueue", lost);
  private final Exception notWritten = new DatabaseException("enqueue", true, lost);
  private static final CutRun WHOLE = run(ONE, null, ONE);

  @Test
  void judge_documentedOutcomes_findsNothing() {
    assertThat(judge(WHOLE)).isEmpty();
    assertThat(judge(run(NOTHING, unknown, ONE))).isEmpty();
    assertThat(judge(run(ONE, unknown, ONE))).isEmpty();
    assertThat(run(NOTHING, notWritten, ONE).judge(WHOLE, false)).isEmpty();
  }

  @Test
  void judge_effectNeverThere_isLost() {
    assertThat(judge(run(NOTHING, null, NOTHING))).hasValue(CutReport.Kind.LOST);
    assertThat(judge(run(NOTHING, unknown, NOTHING))).hasValue(CutReport.Kind.LOST);
  }

  @Test
  void judge_repetitionFails_isLost() {
    CutRun run = new CutRun(true, NOTHING, ONE, unknown, ONE, unknown, "");

    assertThat(judge(run)).hasValue(CutReport.Kind.LOST);
  }

  @Test
  void judge_effectThereTwice_isDuplicated() {
    assertThat(judge(run(ONE, unknown, TWO))).hasValue(CutReport.Kind.DUPLICATED);
    assertThat(judge(run(TWO, null, TWO))).hasValue(CutReport.Kind.DUPLICATED);
  }

  @Test
  void judge_sameWrittenAgain_isDuplicated() {
    assertThat(judge(run(ONE, unknown, WRITTEN_AGAIN))).hasValue(CutReport.Kind.DUPLICATED);
  }

  @Test
  void judge_saidNothingWrittenAndWas_isWrongOutcome() {
    assertThat(judge(run(ONE, notWritten, ONE))).hasValue(CutReport.Kind.WRONG_OUTCOME);
  }

  @Test
  void judge_unknownAlthoughNothingWasSent_isWrongOutcome() {
    assertThat(run(NOTHING, unknown, ONE).judge(WHOLE, false))
        .map(CutReport.Finding::kind)
        .hasValue(CutReport.Kind.WRONG_OUTCOME);
  }

  @Test
  void judge_exceptionThatPromisesNothing_isWrongOutcome() {
    Exception lasting = new DatabaseException("enqueue", false, lost);

    assertThat(judge(run(NOTHING, lost, ONE))).hasValue(CutReport.Kind.WRONG_OUTCOME);
    assertThat(judge(run(NOTHING, lasting, ONE))).hasValue(CutReport.Kind.WRONG_OUTCOME);
  }

  @Test
  void judge_callerGotSomethingElse_isWrongOutcome() {
    CutRun run = new CutRun(true, NOTHING, ONE, unknown, ONE, null, "another id");

    assertThat(judge(run)).hasValue(CutReport.Kind.WRONG_OUTCOME);
  }

  private static CutRun run(State after, @Nullable Exception failure, State end) {
    return new CutRun(true, NOTHING, after, failure, end, null, "");
  }

  private static Optional<CutReport.Kind> judge(CutRun run) {
    return run.judge(WHOLE, true).map(CutReport.Finding::kind);
  }
}
