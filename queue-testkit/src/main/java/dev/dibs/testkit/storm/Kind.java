package dev.dibs.testkit.storm;

import dev.dibs.ClaimUpdate;
import java.time.Duration;

/** What an update does to its task. */
enum Kind {
  COMPLETE,
  FAIL,
  RETRY,
  RELEASE,
  EXTEND,
  PROGRESS;

  private static final Kind[] BY_CODE = values();

  /** The number that stands for it in a track. */
  @SuppressWarnings("EnumOrdinal") // tracks never outlive the run
  int code() {
    return ordinal();
  }

  static Kind ofCode(int code) {
    return BY_CODE[code];
  }

  static Kind of(ClaimUpdate update) {
    if (update instanceof ClaimUpdate.Complete) {
      return COMPLETE;
    } else if (update instanceof ClaimUpdate.Fail) {
      return FAIL;
    } else if (update instanceof ClaimUpdate.Retry) {
      return RETRY;
    }
    if (update instanceof ClaimUpdate.Progress) {
      return PROGRESS;
    }
    return update instanceof ClaimUpdate.Release ? RELEASE : EXTEND;
  }

  /** How long the update postpones the task, or how long it lets the lease last. */
  static Duration span(ClaimUpdate update) {
    if (update instanceof ClaimUpdate.Retry retry) {
      return retry.delay();
    } else if (update instanceof ClaimUpdate.Release release) {
      return release.delay();
    } else if (update instanceof ClaimUpdate.Extend extend) {
      return extend.lease();
    }
    return Duration.ZERO;
  }

  /** The claim is over afterwards, whatever becomes of the task. */
  boolean endsClaim() {
    return this != EXTEND && this != PROGRESS;
  }

  /** Nobody may claim the task afterwards. */
  boolean isTerminal() {
    return this == COMPLETE || this == FAIL;
  }

  /** Anybody may claim the task afterwards. */
  boolean isPutBack() {
    return this == RETRY || this == RELEASE;
  }
}
