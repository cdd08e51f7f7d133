/**
 * Queues, workers, programs and environments with one mistake each: what the checks of the testkit
 * must catch, so that a figure of theirs means something.
 */
@NullMarked
package dev.dibs.it.mutants;

import org.jspecify.annotations.NullMarked;
