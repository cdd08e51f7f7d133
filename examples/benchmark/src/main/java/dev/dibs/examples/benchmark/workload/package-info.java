/** What the contenders are given to do. */
@NullMarked
package dev.dibs.examples.benchmark.workload;

import org.jspecify.annotations.NullMarked;
