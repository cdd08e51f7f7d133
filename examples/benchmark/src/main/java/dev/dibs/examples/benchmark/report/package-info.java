/** What was measured, as JSON lines, tables, charts and bars that are met or not. */
@NullMarked
package dev.dibs.examples.benchmark.report;

import org.jspecify.annotations.NullMarked;
