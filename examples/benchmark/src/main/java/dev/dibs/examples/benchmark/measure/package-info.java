/** A server, child JVMs with a contender each, and what a piece of work cost them. */
@NullMarked
package dev.dibs.examples.benchmark.measure;

import org.jspecify.annotations.NullMarked;
