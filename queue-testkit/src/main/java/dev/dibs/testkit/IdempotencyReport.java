package dev.dibs.testkit;

import java.util.List;

/**
 * What an {@link IdempotencyCheck} found. Its text says at which points a kill changes the effects,
 * and shows both.
 *
 * <p>Thread-safe: immutable.
 *
 * @param type the task's type
 * @param points after how many points the handler was killed
 * @param statements the statements of the undisturbed run, in order
 * @param effects the effects of the undisturbed run
 * @param findings the points whose effects differ
 */
public record IdempotencyReport(
    String type, int points, List<String> statements, String effects, List<Finding> findings) {
  static final String END = "the return of the handler, before its completion was written";

  /**
   * A point at which a kill changes the effects.
   *
   * @param killedAfter the statement after which the handler was killed, with its number
   * @param effects what was there when it had run again
   */
  public record Finding(String killedAfter, String effects) {}

  /** Copies the lists. */
  public IdempotencyReport {
    statements = List.copyOf(statements);
    findings = List.copyOf(findings);
  }

  /** Whether the effects were the same for every point. */
  public boolean passed() {
    return findings.isEmpty();
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append("handler of '").append(type).append("': killed after each of ").append(points);
    text.append(" points and run again, ");
    if (passed()) {
      return text.append("always with the effects of one run").toString();
    }
    text.append("with other effects for ").append(findings.size());
    text.append("\n  effects of one undisturbed run:").append(indented(effects));
    for (Finding finding : findings) {
      text.append("\n  killed after ").append(finding.killedAfter());
      text.append("\n  and run again:").append(indented(finding.effects()));
    }
    return text.toString();
  }

  private static String indented(String effects) {
    return "\n      " + effects.replace("\n", "\n      ");
  }
}
