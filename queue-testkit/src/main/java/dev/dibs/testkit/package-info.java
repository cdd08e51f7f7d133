/**
 * Proves that a queue keeps its promises: a PostgreSQL for tests, and instruments that watch what
 * is sent to it.
 */
@NullMarked
package dev.dibs.testkit;

import org.jspecify.annotations.NullMarked;
