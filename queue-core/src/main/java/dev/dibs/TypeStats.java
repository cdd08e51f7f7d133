package dev.dibs;

import java.time.Duration;
import java.util.Optional;

/**
 * How one type of one queue stands. Finished tasks other than failed ones are not counted.
 *
 * <p>Thread-safe: immutable.
 *
 * @param queue the queue
 * @param type the type
 * @param ready how many are pending and due
 * @param scheduled how many are pending and not yet due
 * @param processing how many are claimed, those with an expired lease included
 * @param expired how many are claimed and their lease is over: taken over by the next claim
 * @param failed how many are failed
 * @param oldestReady how long the oldest ready task has been due; empty if none is ready
 * @param paused whether its queue or its type is paused
 */
public record TypeStats(
    String queue,
    String type,
    long ready,
    long scheduled,
    long processing,
    long expired,
    long failed,
    Optional<Duration> oldestReady,
    boolean paused) {}
