/**
 * Bookings that happen once although workers are killed. Compare {@link
 * dev.dibs.examples.ledger.BookThenComplete} with {@link dev.dibs.examples.ledger.BookAndComplete}.
 */
@NullMarked
package dev.dibs.examples.ledger;

import org.jspecify.annotations.NullMarked;
