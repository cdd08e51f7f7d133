/** The suite that every {@link dev.dibs.TaskQueue} passes. */
@NullMarked
package dev.dibs.testkit.contract;

import org.jspecify.annotations.NullMarked;
