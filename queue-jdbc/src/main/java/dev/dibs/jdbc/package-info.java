/**
 * The queue on PostgreSQL: {@link dev.dibs.jdbc.Schema} makes the table, {@link
 * dev.dibs.jdbc.PostgresTaskQueue} works on it.
 *
 * <p>One class per SQL verb builds its statement once with jOOQ and runs it with JDBC: rendering
 * anew costs more client CPU than the whole call.
 */
@NullMarked
package dev.dibs.jdbc;

import org.jspecify.annotations.NullMarked;
