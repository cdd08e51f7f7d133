/** The program of the README, and a way to run it without a PostgreSQL of one's own. */
@NullMarked
package dev.dibs.examples.hello;

import org.jspecify.annotations.NullMarked;
