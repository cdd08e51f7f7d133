package dev.dibs;

import java.time.Duration;
import java.util.Optional;

/**
 * How long finished tasks are kept, by status; zero to 36500 days. Empty: for ever. Counted from
 * when they ended, or for one that was finished by hand without {@code completed_at} from when its
 * last attempt began, or else from when it was made.
 *
 * <pre>{@code
 * Worker.builder(queue).retention(Retention.forever().completed(Duration.ofDays(7)))
 * }</pre>
 *
 * <p>The id of a deleted task is unknown again: a late repetition of its enqueue makes it anew. A
 * task whose unique window is not over is kept until it is.
 *
 * <p>Zero for completed tasks deletes what the worker completes by its completion, not a minute
 * later: {@link ClaimRequest#deleteCompleted(boolean)} has what that gives up.
 *
 * <p>Thread-safe: immutable.
 *
 * @param completed for {@link Status#COMPLETED}
 * @param failed for {@link Status#FAILED}, with its history
 * @param cancelled for {@link Status#CANCELLED}
 */
public record Retention(
    Optional<Duration> completed, Optional<Duration> failed, Optional<Duration> cancelled) {
  private static final Duration MAX = Duration.ofDays(36_500);
  private static final Retention FOREVER =
      new Retention(Optional.empty(), Optional.empty(), Optional.empty());

  /**
   * Checks the parts.
   *
   * @throws InvalidInputException if one is null or outside its bound
   */
  public Retention {
    check("retention of completed tasks", completed);
    check("retention of failed tasks", failed);
    check("retention of cancelled tasks", cancelled);
  }

  private static void check(String option, Optional<Duration> value) {
    Check.present(option, value)
        .ifPresent(duration -> Check.range(option, duration, Duration.ZERO, MAX));
  }

  /** Nothing is deleted. */
  public static Retention forever() {
    return FOREVER;
  }

  /** Completed tasks this long; {@link Duration#ZERO} deletes them by their completion. */
  public Retention completed(Duration completed) {
    return new Retention(
        Optional.of(Check.present("retention of completed tasks", completed)), failed, cancelled);
  }

  /** Failed tasks this long. */
  public Retention failed(Duration failed) {
    return new Retention(
        completed, Optional.of(Check.present("retention of failed tasks", failed)), cancelled);
  }

  /** Cancelled tasks this long. */
  public Retention cancelled(Duration cancelled) {
    return new Retention(
        completed, failed, Optional.of(Check.present("retention of cancelled tasks", cancelled)));
  }

  /** Whether nothing is ever deleted. */
  public boolean isForever() {
    return equals(FOREVER);
  }

  /** Whether nothing that is completed is to be kept. */
  boolean deletesCompleted() {
    return completed.equals(Optional.of(Duration.ZERO));
  }

  @Override
  public String toString() {
    return "completed "
        + shown(completed)
        + ", failed "
        + shown(failed)
        + ", cancelled "
        + shown(cancelled);
  }

  private static String shown(Optional<Duration> value) {
    return value.map(Duration::toString).orElse("forever");
  }
}
