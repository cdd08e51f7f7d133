package dev.dibs.testkit.wire;

import dev.dibs.DatabaseException;
import dev.dibs.OutcomeUnknownException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What one run showed.
 *
 * @param hasCut whether the proxy cut
 * @param before the table before the call
 * @param after the table after the call, whatever came of it
 * @param failure what the call threw; null if it went well
 * @param end the table after the repetition; the same as {@code after} if there was none
 * @param repetitionFailure what the repetition threw; null if it went well or there was none
 * @param answer what the caller got in the end
 */
record CutRun(
    boolean hasCut,
    CutTable.State before,
    CutTable.State after,
    @Nullable Exception failure,
    CutTable.State end,
    @Nullable Exception repetitionFailure,
    String answer) {

  /** What the client was told. */
  enum Told {
    DONE,
    NOTHING_WRITTEN,
    UNKNOWN,
    SOMETHING_ELSE
  }

  Told told() {
    if (failure == null) {
      return Told.DONE;
    }
    if (failure instanceof OutcomeUnknownException) {
      return Told.UNKNOWN;
    }
    return failure instanceof DatabaseException refused && refused.isTransient()
        ? Told.NOTHING_WRITTEN
        : Told.SOMETHING_ELSE;
  }

  /**
   * What is wrong with it.
   *
   * @param whole a run that was not cut
   * @param sent whether the operation's own statement was sent, as far as the proxy can tell
   */
  Optional<CutReport.Finding> judge(CutRun whole, boolean sent) {
    String done = whole.after().meaning();
    switch (told()) {
      case SOMETHING_ELSE -> {
        return wrong("the call threw " + failure);
      }
      case NOTHING_WRITTEN -> {
        if (!after.text().equals(before.text())) {
          return wrong("the call said that nothing was written, and it was: " + after.meaning());
        }
      }
      case UNKNOWN -> {
        if (!sent) {
          return wrong("the call did not know the outcome, although nothing had been sent");
        }
      }
      case DONE -> {}
    }
    if (repetitionFailure != null) {
      return Optional.of(
          new CutReport.Finding(CutReport.Kind.LOST, "the repetition threw " + repetitionFailure));
    }
    if (!end.meaning().equals(done)) {
      boolean fewer = end.meaning().equals(before.meaning()) || end.rows() < whole.end().rows();
      return Optional.of(
          new CutReport.Finding(
              fewer ? CutReport.Kind.LOST : CutReport.Kind.DUPLICATED,
              "the table holds " + end.meaning() + " instead of " + done));
    }
    if (after.meaning().equals(done) && !end.text().equals(after.text())) {
      return Optional.of(
          new CutReport.Finding(
              CutReport.Kind.DUPLICATED,
              "the repetition wrote again: " + end.text() + " after " + after.text()));
    }
    return answer.equals(whole.answer())
        ? Optional.empty()
        : wrong("the caller got \"" + answer + "\" instead of \"" + whole.answer() + "\"");
  }

  private static Optional<CutReport.Finding> wrong(String reason) {
    return Optional.of(new CutReport.Finding(CutReport.Kind.WRONG_OUTCOME, reason));
  }
}
