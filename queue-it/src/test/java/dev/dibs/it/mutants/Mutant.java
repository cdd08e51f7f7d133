package dev.dibs.it.mutants;

import java.util.List;

/**
 * One mistake and what must catch it.
 *
 * @param name what is done wrong
 * @param whose who is known to do so
 * @param rule the name of the rule that is meant for it
 * @param unit what is counted until it is caught
 * @param wrong the scene with the mistake
 * @param right the same scene without it, each of which must break no rule at all
 */
record Mutant(String name, String whose, String rule, String unit, Scene wrong, List<Right> right) {
  /**
   * A scene without the mistake. Mutants that share the instance share its runs: for each seed it
   * is played once.
   */
  record Right(String name, Scene scene) {}

  @Override
  public String toString() {
    return rule + ": " + name;
  }
}
