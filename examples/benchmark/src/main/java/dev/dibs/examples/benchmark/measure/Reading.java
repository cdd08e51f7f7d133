package dev.dibs.examples.benchmark.measure;

import java.util.OptionalLong;

/**
 * What a server has used until a moment.
 *
 * @param cpuMicros of all its processes; empty where the system does not tell
 * @param wal the position in the log, in bytes
 * @param checkpoint the position of the last checkpoint
 */
record Reading(OptionalLong cpuMicros, long wal, long checkpoint) {}
