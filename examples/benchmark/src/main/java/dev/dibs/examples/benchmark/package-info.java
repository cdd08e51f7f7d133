/** The benchmark: one command, all contenders side by side. */
@NullMarked
package dev.dibs.examples.benchmark;

import org.jspecify.annotations.NullMarked;
