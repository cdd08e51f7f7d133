/**
 * The quickstart: the race between workers of a textbook queue, and the same load on Dibs, with
 * failing handlers and a killed process. {@link dev.dibs.examples.quickstart.Quickstart} tells it.
 */
@NullMarked
package dev.dibs.examples.quickstart;

import org.jspecify.annotations.NullMarked;
