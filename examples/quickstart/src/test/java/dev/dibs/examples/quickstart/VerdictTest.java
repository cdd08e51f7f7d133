package dev.dibs.examples.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The count of duplicates can fail: it finds them in records made by hand. */
class VerdictTest {
  private static final UUID TASK = new UUID(0, 1);
  private static final UUID OTHER = new UUID(0, 2);

  @Test
  void repeats_eachTaskOnce_nothing() {
    assertThat(count(ended(TASK, 0, 10), ended(OTHER, 5, 15)))
        .isEqualTo(new Repeats(2, 0, 0, 0, 0, Duration.ZERO));
  }

  @Test
  void repeats_secondRunAfterGoodEnd_isDuplicate() {
    assertThat(count(ended(TASK, 0, 10), ended(TASK, 20, 30)).duplicates()).isEqualTo(1);
  }

  @Test
  void repeats_secondRunBesideOpenOne_isDuplicate() {
    assertThat(count(open(TASK, 0), ended(TASK, 20, 30)).duplicates()).isEqualTo(1);
  }

  @Test
  void repeats_threeRunsOfOneTask_areTwoDuplicatesOfOneTask() {
    Repeats repeats = count(ended(TASK, 0, 10), ended(TASK, 1, 11), ended(TASK, 2, 12));

    assertThat(repeats.duplicates()).isEqualTo(2);
    assertThat(repeats.duplicatedTasks()).isEqualTo(1);
  }

  @Test
  void repeats_afterThrow_isNoDuplicate() {
    assertThat(count(threw(TASK, 0, 10), ended(TASK, 20, 30)))
        .isEqualTo(new Repeats(2, 0, 0, 1, 0, Duration.ZERO));
  }

  @Test
  void repeats_beganBeforeTheThrow_isDuplicate() {
    assertThat(count(threw(TASK, 0, 10), ended(TASK, 9, 30)).duplicates()).isEqualTo(1);
  }

  @Test
  void repeats_afterKill_isNoDuplicate() {
    assertThat(count(killed(TASK, 0, 10), ended(TASK, 5010, 5020)))
        .isEqualTo(new Repeats(2, 0, 0, 0, 1, Duration.ofSeconds(5)));
  }

  @Test
  void repeats_beganBeforeTheKill_isDuplicate() {
    assertThat(count(killed(TASK, 0, 10), ended(TASK, 9, 30)).duplicates()).isEqualTo(1);
  }

  @Test
  void repeats_throwDoesNotExcuseWhatEndedBefore() {
    Repeats repeats = count(ended(TASK, 0, 10), threw(TASK, 20, 30), ended(TASK, 40, 50));

    assertThat(repeats.duplicates()).isEqualTo(2);
    assertThat(repeats.afterThrow()).isZero();
  }

  @Test
  void line_isWhatTheLastLineShouldBe() {
    Verdict verdict = new Verdict(100, duplicates(7), duplicates(0), 100, 0);

    assertThat(verdict.line())
        .isEqualTo("verdict: naive 7 duplicates of 100, dibs 0 duplicates, 0 lost, 100 completed");
    assertThat(verdict.passed()).isTrue();
  }

  @Test
  void passed_anyPartWrong_isFalse() {
    assertThat(
            Stream.of(
                new Verdict(100, duplicates(0), duplicates(0), 100, 0),
                new Verdict(100, duplicates(7), duplicates(1), 100, 0),
                new Verdict(100, duplicates(7), duplicates(0), 99, 0),
                new Verdict(100, duplicates(7), duplicates(0), 100, 1)))
        .noneMatch(Verdict::passed);
  }

  private static Repeats count(Run... runs) {
    return Repeats.of(Stream.of(runs).sorted(Comparator.comparing(Run::beganAt)).toList());
  }

  private static Repeats duplicates(int number) {
    return Repeats.of(
        IntStream.rangeClosed(0, number).mapToObj(i -> ended(TASK, i, i + 1)).toList());
  }

  private static Run ended(UUID task, int began, int ended) {
    return new Run(task, at(began), Run.Ending.ENDED, at(ended));
  }

  private static Run threw(UUID task, int began, int threw) {
    return new Run(task, at(began), Run.Ending.THREW, at(threw));
  }

  private static Run killed(UUID task, int began, int killed) {
    return new Run(task, at(began), Run.Ending.KILLED, at(killed));
  }

  private static Run open(UUID task, int began) {
    return new Run(task, at(began), Run.Ending.OPEN, at(began));
  }

  private static Instant at(int millis) {
    return Instant.EPOCH.plusMillis(millis);
  }
}
