/**
 * A small shop that charges its orders and mails receipts. {@link
 * dev.dibs.examples.proveit.ChargeHandler} has a bug, which the tests beside it find.
 */
@NullMarked
package dev.dibs.examples.proveit;

import org.jspecify.annotations.NullMarked;
