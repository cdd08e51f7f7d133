package dev.dibs.it.mutants;

import java.util.OptionalLong;
import java.util.Set;

/**
 * What a scene showed of its subject.
 *
 * @param broken the rules that were broken, by their names
 * @param after how many claims, or other operations of the scene, it took to show the rule that was
 *     looked for; empty if it was kept
 * @param report what happened, for the message of a failure
 */
record Sighting(Set<String> broken, OptionalLong after, String report) {
  static Sighting kept() {
    return new Sighting(Set.of(), OptionalLong.empty(), "kept");
  }

  static Sighting of(String rule, long after, String report) {
    return new Sighting(Set.of(rule), OptionalLong.of(after), rule + ": " + report);
  }
}
