package dev.dibs;

import java.time.Duration;

/**
 * One write that the holder of a claim wants: it takes effect only while the claim's token is the
 * task's and the task is {@link Status#PROCESSING}. Most programs use the methods of {@link Claim}
 * instead; this is for those that gather updates and send them together.
 *
 * <pre>{@code
 * List<Outcome> outcomes = queue.applyAll(claims.stream().map(ClaimUpdate.Complete::new).toList());
 * }</pre>
 *
 * <p>Thread-safe: immutable. Constructors throw {@link InvalidInputException} for a value that is
 * null or outside its bound.
 */
public sealed interface ClaimUpdate {
  /** The claim under whose token the write is made. */
  Claim claim();

  /** The task is done. */
  record Complete(Claim claim) implements ClaimUpdate {
    /** Checks the claim. */
    public Complete {
      Check.present("claim", claim);
    }
  }

  /**
   * The attempt failed and another shall be made.
   *
   * @param claim the claim
   * @param error why; cleaned of what PostgreSQL cannot hold and cut to {@value
   *     ErrorText#MAX_LENGTH} characters
   * @param delay how long to wait before the next attempt, zero to 3650 days
   */
  record Retry(Claim claim, String error, Duration delay) implements ClaimUpdate {
    /** Checks the parts. */
    public Retry {
      Check.present("claim", claim);
      error = ErrorText.clean(Check.present("error", error));
      Check.delay("delay", delay);
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
   * The lease ends this long from now, by the database's clock.
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
}
