package dev.dibs;

/**
 * What became of one {@link ClaimUpdate}.
 *
 * <p>Thread-safe: immutable.
 */
public enum Outcome {
  /** Written and durable. */
  APPLIED,
  /** An earlier call with the same claim had already written it; nothing was written again. */
  ALREADY_APPLIED,
  /**
   * The claim no longer holds the task, or the task is gone, as it is after a completion by a claim
   * with {@link Claim#deletedOnCompletion()}; nothing was written.
   */
  LEASE_LOST,
  /**
   * The task is cancelled or shall be. A retry, a failure or a release ended it as {@link
   * Status#CANCELLED}, now or before; an extension or progress wrote nothing, nor did a completion,
   * which comes too late only when the task is cancelled already.
   */
  CANCELLED,
  /**
   * Another transaction has the row locked at this moment; nothing was written, and the same update
   * may be applied later. Only {@link TaskQueue#applyAll} answers this; {@link TaskQueue#apply}
   * waits.
   */
  LOCKED
}
