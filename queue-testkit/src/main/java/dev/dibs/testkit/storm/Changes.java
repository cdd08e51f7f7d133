package dev.dibs.testkit.storm;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** What is known of the changes inside the database, where the answer to a client was lost. */
interface Changes {
  /**
   * A task that was claimed.
   *
   * @param at a moment by which it was done, on the history's clock
   */
  record Claimed(UUID task, int attempt, long runAtMicros, boolean early, boolean alone, long at) {}

  /**
   * An end of a claim.
   *
   * @param cancelled whether the task was cancelled by it
   * @param at a moment by which it was done, on the history's clock
   */
  record Ended(boolean cancelled, long at) {}

  /** What was claimed with this token, in the order of a lane. */
  List<Claimed> claimedWith(UUID token);

  /** How the claim of this task with this token ended, if it was ended by a write. */
  Optional<Ended> ended(UUID task, UUID token);

  /** When this task was inserted, if it was. */
  Optional<Long> inserted(UUID task);
}
