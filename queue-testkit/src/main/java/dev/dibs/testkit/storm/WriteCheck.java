package dev.dibs.testkit.storm;

import java.util.List;

/** The rule about writes under a claim that no longer holds its task, for one task at a time. */
final class WriteCheck {
  private final History history;
  private final Findings findings;

  WriteCheck(History history, Findings findings) {
    this.history = history;
    this.findings = findings;
  }

  /** Checks the writes under this one of all claims of a task. */
  void check(int task, Held claim, List<Held> claims) {
    for (Held.Write write : claim.writes()) {
      String lost = "";
      if (write.answer() == Answer.OK) {
        lost = lostBefore(claim, write, claims);
      } else if (write.answer() == Answer.CANCELLED) {
        lost = notCancelled(claim, write, claims);
      } else if (write.answer() == Answer.ALREADY_APPLIED && !hasForerunner(claim, write)) {
        lost = "nothing of the kind had been sent with this claim before";
      }
      if (!lost.isEmpty()) {
        findings.add(
            Rule.STALE_WRITE_ACCEPTED,
            write.returnedAt(),
            task,
            by(claim)
                + " was answered "
                + write.answer()
                + " to "
                + write.kind()
                + " of attempt "
                + claim.attempt()
                + ", although "
                + lost);
      }
    }
  }

  /** Why the claim could no longer hold the task when the write was sent; empty if it could. */
  private String lostBefore(Held claim, Held.Write write, List<Held> claims) {
    for (Held.Write earlier : claim.writes()) {
      if (earlier.reference() != write.reference() && earlier.certainlyEndedBy(write.invokedAt())) {
        return earlier.kind() + " had already ended this claim";
      }
    }
    return takenBefore(claim, write, claims);
  }

  /**
   * Why the task could not be one that is cancelled, or shall be, under this claim's token; empty
   * if it could. One that was put back may have been cancelled since; a finished one may not.
   */
  private String notCancelled(Held claim, Held.Write write, List<Held> claims) {
    for (Held.Write earlier : claim.writes()) {
      if (earlier.kind().isTerminal()
          && earlier.answer().isCertain()
          && earlier.returnedAt() < write.invokedAt()) {
        return earlier.kind() + " had already finished it";
      }
    }
    return takenBefore(claim, write, claims);
  }

  private String takenBefore(Held claim, Held.Write write, List<Held> claims) {
    for (Held other : claims) {
      if (other.isCertainlyAfter(claim) && other.returnedAt() < write.invokedAt()) {
        return by(other) + " had claimed it since";
      }
    }
    return "";
  }

  /** What does not end a claim is never answered so: it may be written any number of times. */
  private static boolean hasForerunner(Held claim, Held.Write write) {
    if (!write.kind().endsClaim()) {
      return false;
    }
    return claim.writes().stream()
        .anyMatch(
            other ->
                other.reference() != write.reference()
                    && other.kind() == write.kind()
                    && other.answer().isPossible()
                    && other.invokedAt() < write.returnedAt());
  }

  private String by(Held claim) {
    return history.trackName(History.trackOf(claim.reference()));
  }
}
