/**
 * The vocabulary of the queue and the worker that runs its tasks.
 *
 * <p>A producer hands a {@link dev.dibs.NewTask} to a {@link dev.dibs.TaskQueue}; a {@link
 * dev.dibs.Worker} claims it, gives the {@link dev.dibs.Claim} to the {@link dev.dibs.Handler} of
 * its type, and writes the result back under the claim's token.
 */
@NullMarked
package dev.dibs;

import org.jspecify.annotations.NullMarked;
