package dev.dibs.it.mutants;

/**
 * A course of events in which a subject keeps or breaks its rules; the seed decides what it can.
 */
interface Scene {
  /**
   * Plays it once on an empty table.
   *
   * @param rule the rule that is looked for
   */
  Sighting play(Ground ground, String rule, long seed) throws Exception;
}
