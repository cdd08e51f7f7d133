package dev.dibs.examples.quickstart;

import java.time.Instant;
import java.util.UUID;

/**
 * One run of a handler.
 *
 * @param task what it ran for
 * @param beganAt when it began
 * @param ending how it ended
 * @param endedAt when it ended so; of an open one, when it began
 */
record Run(UUID task, Instant beganAt, Ending ending, Instant endedAt) {
  enum Ending {
    /** The handler returned. */
    ENDED,
    /** The handler threw: the task is to run again. */
    THREW,
    /** Its process was killed before the task was written as completed: it is to run again. */
    KILLED,
    /** It has not ended. */
    OPEN
  }

  /** Whether this run was over in a way that demands another one, before the other began. */
  boolean excuses(Run later) {
    return (ending == Ending.THREW || ending == Ending.KILLED) && !endedAt.isAfter(later.beganAt());
  }
}
