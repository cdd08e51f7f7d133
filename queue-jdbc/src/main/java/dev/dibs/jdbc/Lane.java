package dev.dibs.jdbc;

import dev.dibs.Priority;

/**
 * One type and priority of a queue: what a claim walks through in the order of {@link Position}.
 */
record Lane(String type, Priority priority) {}
