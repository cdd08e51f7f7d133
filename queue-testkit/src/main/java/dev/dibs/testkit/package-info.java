/**
 * For tests of those who use Dibs: a PostgreSQL, a queue in memory, a worker in virtual time,
 * assertions, and a check of handlers that are killed.
 */
@NullMarked
package dev.dibs.testkit;

import org.jspecify.annotations.NullMarked;
