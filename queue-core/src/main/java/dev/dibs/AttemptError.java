package dev.dibs;

import java.time.Instant;

/**
 * What one failed attempt of a task left behind.
 *
 * <p>Thread-safe: immutable.
 *
 * @param attempt which attempt it was, from 1
 * @param at when its failure was written, by the database's clock
 * @param error what the worker was told to keep of it, at most 4000 characters; {@code the lease
 *     expired} if nobody said how it ended
 */
public record AttemptError(int attempt, Instant at, String error) {}
