/** A worker in bash and psql beside one in Java, on the same tasks. */
@NullMarked
package dev.dibs.examples.shellworker;

import org.jspecify.annotations.NullMarked;
