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
  /** The claim no longer holds the task, or the task is gone; nothing was written. */
  LEASE_LOST,
  /**
   * Another transaction has the row locked at this moment; nothing was written, and the same update
   * may be applied later. Only {@link TaskQueue#applyAll} answers this; {@link TaskQueue#apply}
   * waits.
   */
  LOCKED
}
