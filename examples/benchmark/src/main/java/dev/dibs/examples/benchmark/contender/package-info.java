/** The queues that take part, each behind the same few methods, and what their handlers do. */
@NullMarked
package dev.dibs.examples.benchmark.contender;

import org.jspecify.annotations.NullMarked;
