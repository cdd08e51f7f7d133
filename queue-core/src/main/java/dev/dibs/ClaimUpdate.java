package dev.dibs;

import java.time.Duration;
import java.util.Optional;

/**
 * One write that the holder of a claim wants: it takes effect only while the claim's token is the
 * task's and the task is {@link Status#PROCESSING}. Most programs use the methods of {@link Claim}
 * instead; this is for those that gather updates and send them together.
 *
 * <pre>{@code
 * List<Outcome> outcomes = queue.applyAll(claims.stream().map(ClaimUpdate.Complete::new).toList());
 * }</pre>
 *
 * <p>Thread-safe: immutable. As text they show no result, progress or error, which a log must not
 * hold. Constructors throw {@link InvalidInputException} for a value that is null or outside its
 * bound.
 */
public sealed interface ClaimUpdate {
  /** The claim under whose token the write is made. */
  Claim claim();

  /**
   * The task is done; it is deleted if {@link Claim#deletedOnCompletion()}, and {@link
   * Outcome#LEASE_LOST} is the answer to a repetition then.
   *
   * @param claim the claim
   * @param result what it leaves to its producer: JSON text as {@link NewTask#of} takes it, or
   *     empty; not kept where the task is not
   */
  record Complete(Claim claim, Optional<String> result) implements ClaimUpdate {
    /** Checks the parts. */
    public Complete {
      Check.present("claim", claim);
      Check.present("result", result)
          .ifPresent(json -> Check.json("result", json, Check.MAX_PAYLOAD_BYTES));
    }

    /** Without a result. */
    public Complete(Claim claim) {
      this(claim, Optional.empty());
    }

    @Override
    public String toString() {
      return "Complete[" + claim + "]";
    }
  }

  /**
   * The attempt failed and another shall be made.
   *
   * @param claim the claim
   * @param error why, also for the task's history; cleaned of what PostgreSQL cannot hold and cut
   *     to {@value ErrorText#MAX_LENGTH} characters
   * @param delay how long to wait before the next attempt, zero to 3650 days
   */
  record Retry(Claim claim, String error, Duration delay) implements ClaimUpdate {
    /** Checks the parts. */
    public Retry {
      Check.present("claim", claim);
      error = ErrorText.clean(Check.present("error", error));
      Check.delay("delay", delay);
    }

    @Override
    public String toString() {
      return "Retry[" + claim + " after " + delay + "]";
    }
  }

  /**
   * The task failed for good.
   *
   * @param claim the claim
   * @param error why; cleaned of what PostgreSQL cannot hold and cut to {@value
   *     ErrorText#MAX_LENGTH} characters
   */
  record Fail(Claim claim, String error) implements ClaimUpdate {
    /** Checks the parts. */
    public Fail {
      Check.present("claim", claim);
      error = ErrorText.clean(Check.present("error", error));
    }

    @Override
    public String toString() {
      return "Fail[" + claim + "]";
    }
  }

  /**
   * The task goes back to {@link Status#PENDING} and the attempt is not counted.
   *
   * @param claim the claim
   * @param delay how long nobody shall take it, zero to 3650 days; zero keeps its place in the line
   */
  record Release(Claim claim, Duration delay) implements ClaimUpdate {
    /** Checks the parts. */
    public Release {
      Check.present("claim", claim);
      Check.delay("delay", delay);
    }
  }

  /**
   * The lease ends this long from now, by the database's clock; refused with {@link
   * Outcome#CANCELLED} if somebody asked to cancel the task.
   *
   * @param claim the claim
   * @param lease 1 ms to 30 days
   */
  record Extend(Claim claim, Duration lease) implements ClaimUpdate {
    /** Checks the parts. */
    public Extend {
      Check.present("claim", claim);
      Check.lease(lease);
    }
  }

  /**
   * How far the attempt is.
   *
   * @param claim the claim
   * @param progress JSON text of at most 64 KiB, otherwise as {@link NewTask#of} takes it; replaces
   *     what was said before
   */
  record Progress(Claim claim, String progress) implements ClaimUpdate {
    /** Checks the parts. */
    public Progress {
      Check.present("claim", claim);
      Check.json("progress", progress, Check.MAX_PROGRESS_BYTES);
    }

    @Override
    public String toString() {
      return "Progress[" + claim + "]";
    }
  }
}
